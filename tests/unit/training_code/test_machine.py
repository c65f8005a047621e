import pytest
import tensorflow as tf

from failure import JobError
from learning import batches, machine


@pytest.mark.parametrize(
    ("capabilities", "cpu", "policy"),
    [
        ([(8, 6)], set(), "mixed_bfloat16"),
        ([(9, 0), (7, 5)], set(), "mixed_float16"),
        ([(6, 1)], {"amx_bf16"}, "float32"),
        ([(0, 0)], set(), "float32"),
        ([], {"avx512_bf16"}, "mixed_bfloat16"),
        ([], {"amx_bf16"}, "mixed_bfloat16"),
        ([], {"avx2", "avx512f"}, "float32"),
        ([], set(), "float32"),
    ],
)
def test_16_bits_only_where_they_are_computed_in_hardware(
    capabilities: list[tuple[int, int]], cpu: set[str], policy: str
) -> None:
    assert machine.fastest_policy(capabilities, cpu) == policy


@pytest.mark.parametrize("instance_type", ["ml.g4dn.xlarge", "ml.p4d.24xlarge", "ml.g5.2xlarge"])
def test_a_gpu_instance_without_a_gpu_fails(instance_type: str) -> None:
    machine.check_gpu(instance_type, gpus=1)
    with pytest.raises(JobError, match=f"{instance_type} has a GPU but TensorFlow sees none"):
        machine.check_gpu(instance_type, gpus=0)


@pytest.mark.parametrize("instance_type", [None, "ml.m5.xlarge", "ml.c5.4xlarge"])
def test_without_a_gpu_none_is_missed(instance_type: str | None) -> None:
    machine.check_gpu(instance_type, gpus=0)


@pytest.mark.parametrize(("devices", "batch_size"), [([], 32), (["GPU:0"], 32), (["GPU:0"] * 8, 1)])
def test_one_device_needs_no_strategy(devices: list[str], batch_size: int) -> None:
    alone = machine.strategy(batch_size, lambda _gpus: True, devices)
    assert alone is tf.distribute.get_strategy()


@pytest.mark.parametrize(
    ("gpus", "batch_size", "measured", "used"),
    [(2, 32, 100, 2), (8, 32, 100, 8), (8, 30, 100, 6), (4, 2, 100, 2), (8, 32, 9, 2)],
    ids=["two", "eight", "that share a batch evenly", "one image each", "with enough to measure"],
)
def test_every_gpu_gets_as_many_images_as_the_others(
    gpus: int,
    batch_size: int,
    measured: int,
    used: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(tf.distribute, "MirroredStrategy", list)
    devices = [f"/device:GPU:{number}" for number in range(gpus)]

    def can_measure(gpus: int) -> bool:
        return batches.evaluation_batch_size(measured, batch_size, gpus) > 0

    assert machine.strategy(batch_size, can_measure, devices) == devices[:used]
    log = capsys.readouterr().out
    assert f"training on {used} GPUs, {batch_size // used} images of each batch on each" in log
    assert ("WARNING" in log) is (used < gpus)
