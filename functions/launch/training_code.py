"""The training code that came with this function: its files, its hash, its place in the bucket."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files

from common import keys
from common.errors import DroptrainError
from common.storage import Bucket

PACKAGE = "training_code"  # the layer puts it on the import path; it is read, never imported
REMEDY = "deploy what `sam build` made"


class MissingCodeError(DroptrainError):
    """When the function was deployed without the training code."""


def read_files(package: str = PACKAGE) -> dict[str, bytes]:
    """Return the layer's Python files by name.

    Raises:
        MissingCodeError: the layer is missing or holds no `train.py`.
    """
    try:
        found = {
            item.name: item.read_bytes()
            for item in files(package).iterdir()
            if item.name.endswith(".py")
        }
    except ModuleNotFoundError as error:
        raise MissingCodeError(f"the layer with {package}/ is not there: {REMEDY}") from error
    if "train.py" not in found:
        raise MissingCodeError(f"{package}/ holds no train.py: {REMEDY}")
    return found


def hash_of(code: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of the names and contents, 64 hexadecimal digits."""
    digest = sha256()
    for name in sorted(code):
        digest.update(f"{name}\n{len(code[name])}\n".encode() + code[name])
    return digest.hexdigest()


def upload_once(bucket: Bucket, code: Mapping[str, bytes]) -> str:
    """Put what is missing of this version of the code; return its prefix."""
    prefix = keys.code(hash_of(code))
    present = set(bucket.keys(prefix))
    for name, body in code.items():
        if prefix + name not in present:
            bucket.put(prefix + name, body, "text/x-python; charset=utf-8")
    return prefix
