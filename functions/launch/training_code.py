"""The training code that was deployed with this function: its files, hash and prefix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from common import keys
from common.errors import DroptrainError
from common.s3 import Bucket

PACKAGE = "training_code"  # the layer puts it on the import path; it is read, never imported
REMEDY = "deploy with `droptrain deploy`"


class MissingCodeError(DroptrainError):
    """The function was deployed without the training code."""


def read_files(package: str = PACKAGE) -> dict[str, bytes]:
    """Return the content of each of the layer's Python files, by its path.

    Raises:
        MissingCodeError: the layer is missing or has no `train.py`.
    """
    try:
        code = dict(_python_files(files(package)))
    except ModuleNotFoundError as error:
        raise MissingCodeError(f"the layer with {package}/ is missing: {REMEDY}") from error
    if "train.py" not in code:
        raise MissingCodeError(f"{package}/ has no train.py: {REMEDY}")
    return code


def _python_files(folder: Traversable, path: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _python_files(entry, f"{path}{entry.name}/")
        elif entry.name.endswith(".py"):
            yield path + entry.name, entry.read_bytes()


def hash_of(code: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of all paths and contents, 64 hexadecimal digits."""
    digest = sha256()
    for name in sorted(code):
        digest.update(f"{name}\n{len(code[name])}\n".encode() + code[name])
    return digest.hexdigest()


def upload_once(bucket: Bucket, code: Mapping[str, bytes]) -> str:
    """Upload the files of this version of the code that are missing; return their prefix."""
    prefix = keys.code(hash_of(code))
    present = set(bucket.keys(prefix))
    for name, body in code.items():
        if prefix + name not in present:
            bucket.put(prefix + name, body, "text/x-python; charset=utf-8")
    return prefix
