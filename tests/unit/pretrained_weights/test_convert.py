"""The weights are read without running anything, and only if they are the ones examined."""

from __future__ import annotations

import hashlib
import io
import pickle
import struct
import sys
from collections import OrderedDict
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from pretrained_weights import convert

WEIGHTS_SHA256 = "fc112479cf71a73e4ec5126c73f9ac04e2d2c5e611ceb662932c0f8327257bf0"


class Stored(NamedTuple):
    key: str


class View:
    """A tensor as a checkpoint holds it."""

    def __init__(self, key: str, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.arguments = Stored(key), 0, shape, strides, False, OrderedDict()

    def __reduce__(self) -> Any:
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.arguments


class CheckpointPickler(pickle.Pickler):
    def persistent_id(self, value: object) -> Any:
        if isinstance(value, Stored):
            return "storage", sys.modules["torch"].FloatStorage, value.key, "cpu", 0, None
        return None


@pytest.fixture(autouse=True)
def torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the names of PyTorch that a checkpoint refers to."""
    package, utilities = ModuleType("torch"), ModuleType("torch._utils")
    package.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})  # type: ignore[attr-defined]
    namespace: dict[str, Any] = {"__name__": "torch._utils"}
    exec("def _rebuild_tensor_v2(*arguments): ...", namespace)
    utilities._rebuild_tensor_v2 = namespace["_rebuild_tensor_v2"]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", package)
    monkeypatch.setitem(sys.modules, "torch._utils", utilities)


def checkpoint(tensors: dict[str, View], storages: dict[str, list[float]]) -> io.BytesIO:
    file = io.BytesIO()
    head = convert.MAGIC_NUMBER, convert.PROTOCOL_VERSION, {"little_endian": True}
    for value in (*head, OrderedDict(tensors), sorted(storages)):
        CheckpointPickler(file, protocol=2).dump(value)
    for _, numbers in sorted(storages.items()):
        file.write(struct.pack(f"<q{len(numbers)}f", len(numbers), *numbers))
    file.seek(0)
    return file


@pytest.mark.parametrize("value", [print, Path("x"), struct.Struct], ids=["function", "path", "C"])
def test_it_reads_nothing_but_tensors(value: object):
    with pytest.raises(pickle.UnpicklingError, match="which a tensor doesn't need"):
        convert.TensorUnpickler(io.BytesIO(pickle.dumps({"weight": value}))).load()


def test_axes_are_put_into_keras_order():
    numbers = [float(number) for number in range(12)]
    kernel = View("1", (2, 3, 1, 2), (1, 2, 12, 6))  # output, input, height, width

    tensors = convert.read_checkpoint(
        checkpoint({"a.weight": kernel, "_fc.weight": View("1", (12,), (1,))}, {"1": numbers})
    )

    assert tensors == {"a.weight": ((1, 2, 3, 2), struct.pack("<12f", *numbers))}


def test_numbers_in_another_order_are_refused():
    kernel = View("1", (2, 3, 1, 2), (6, 2, 2, 1))
    with pytest.raises(ValueError, match=r"a\.weight aren't in TensorFlow's order"):
        convert.read_checkpoint(checkpoint({"a.weight": kernel}, {"1": [0.0] * 12}))


def test_another_checkpoint_is_refused(tmp_path: Path):
    other = tmp_path / "other.pth"
    other.write_bytes(checkpoint({}, {}).read())
    with pytest.raises(ValueError, match="SHA-256"):
        convert.convert(other, tmp_path / "out.safetensors")
    assert not (tmp_path / "out.safetensors").exists()


def test_the_weights_are_the_ones_examined(tmp_path: Path):
    out = tmp_path / "efficientnet-lite0.safetensors"
    convert.convert(convert.find_checkpoint(), out)

    assert hashlib.sha256(out.read_bytes()).hexdigest() == WEIGHTS_SHA256


def test_a_missing_package_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(sys, "argv", ["convert.py", "out", "--packages", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"EfficientNet-Lite0 can't be converted: .*No such file"):
        convert.main()
