"""Checks the machine, chooses its GPUs and its precision, and makes TensorFlow repeatable."""

import platform
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from documents import MachineDocument
from failure import JobError

_GPU_INSTANCE = re.compile(r"ml\.[gp]\d")  # ml.g4dn.xlarge, ml.p5.48xlarge
_CPU_INFORMATION = Path("/proc/cpuinfo")
_CPU_WITH_BFLOAT16 = {"avx512_bf16", "amx_bf16"}  # flags of a CPU


def prepare(instance_type: str | None, seed: int, precision: str) -> None:
    """Seed everything and choose the precision.

    Raises JobError when the instance has a GPU and TensorFlow sees none.
    """
    gpus = tf.config.list_physical_devices("GPU")
    check_gpu(instance_type, len(gpus))
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    policy = "float32"
    if precision == "auto":
        details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
        policy = fastest_policy(
            [gpu.get("compute_capability", (0, 0)) for gpu in details], _cpu_flags()
        )
    keras.config.set_dtype_policy(policy)
    print(f"computing in {policy}", flush=True)


def check_gpu(instance_type: str | None, gpus: int) -> None:
    """Raise JobError on a GPU instance on which TensorFlow sees none."""
    if instance_type and _GPU_INSTANCE.match(instance_type) and gpus == 0:
        raise JobError(
            f"{instance_type} has a GPU but TensorFlow sees none, so training would be slow and "
            "expensive: use the GPU variant of the training image, or a type without a GPU."
        )


def fastest_policy(capabilities: list[tuple[int, int]], cpu_flags: set[str]) -> str:
    """Return the Keras policy that trains fastest at the same accuracy: weights stay in 32 bits.

    `capabilities` are the GPUs' compute capabilities. Tensor cores multiply float16 from 7.0 on and
    bfloat16, which cannot overflow, from 8.0 on:
    https://docs.nvidia.com/deeplearning/performance/mixed-precision-training/index.html
    A CPU that only emulates bfloat16 is slower with it.
    """
    if capabilities:
        slowest = min(capabilities)
        if slowest >= (8, 0):
            return "mixed_bfloat16"
        return "mixed_float16" if slowest >= (7, 0) else "float32"
    return "mixed_bfloat16" if _CPU_WITH_BFLOAT16 & cpu_flags else "float32"


def strategy(
    batch_size: int, can_measure: Callable[[int], bool], devices: list[str] | None = None
) -> Any:
    """Return the strategy to build and train under: all GPUs that a batch feeds evenly.

    Each gets the same number of images of a batch, so that all count the same. `can_measure`
    returns whether the validation images, too, can be dealt out to that many. `devices` stands in
    for the names of the GPUs.
    """
    if devices is None:
        devices = [device.name for device in tf.config.list_logical_devices("GPU")]
    numbers = range(1, max(len(devices), 1) + 1)
    used = max(n for n in numbers if n == 1 or (batch_size % n == 0 and can_measure(n)))
    if used < len(devices):
        print(
            f"WARNING: {used} of {len(devices)} GPUs are used. To use all, set batch-size to a "
            f"multiple of {len(devices)} and have more validation images than that.",
            flush=True,
        )
    if used == 1:
        return tf.distribute.get_strategy()
    print(f"training on {used} GPUs, {batch_size // used} images of each batch on each", flush=True)
    return tf.distribute.MirroredStrategy(devices[:used])


def description(model: Any) -> MachineDocument:
    """Describe the machine and the versions for config.json."""
    return {
        "versions": {
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
        },
        "precision": keras.config.dtype_policy().name,
        "devices": model.distribute_strategy.num_replicas_in_sync,
    }


def _cpu_flags() -> set[str]:
    """Return the CPU's features by Linux' names; none on other systems."""
    try:
        text = _CPU_INFORMATION.read_text("ascii", "replace")
    except OSError:
        return set()
    return {flag for line in text.splitlines() if line.startswith("flags") for flag in line.split()}
