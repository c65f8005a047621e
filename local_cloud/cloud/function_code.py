"""Unpacks a function's code and layers where its process can import them.

The packages that `sam build` puts into a layer are built for Lambda's processor and Python. For
each package that a layer lists, the one installed here under the same name takes its place. What
no layer lists can't be imported, here as in Lambda.
"""

from __future__ import annotations

import hashlib
import io
import re
import threading
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from local_cloud.atomic_folder import atomic_folder
from local_cloud.cloud.clients import Clients, fetch

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import GetFunctionResponseTypeDef

# What Lambda's Python includes: boto3 and its dependencies.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3")


@dataclass(eq=False)
class FunctionCode:
    """Unpacked archives under `folder`, one folder per content, shared by all functions."""

    _clients: Clients
    _folder: Path
    _unpacked: dict[str, Path] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def import_path(self, function: GetFunctionResponseTypeDef) -> list[Path]:
        """Return Python's search path: /var/task, /opt/python of each layer, the runtime's own.

        The layers are in the template's order:
        https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html
        """
        configuration = function["Configuration"]
        roots = [self._root(function["Code"]["Location"], configuration["CodeSha256"])]
        for layer in configuration.get("Layers", []):
            _, _, name, number = layer["Arn"].rsplit(":", 3)
            content = self._clients("lambda").get_layer_version(
                LayerName=name, VersionNumber=int(number)
            )["Content"]
            roots.append(self._root(content["Location"], content["CodeSha256"]) / "python")
        return [*roots, link_runtime(self._folder)]

    def _root(self, location: str, sha256: str) -> Path:
        with self._lock:
            if sha256 not in self._unpacked:
                with zipfile.ZipFile(io.BytesIO(fetch(location))) as archive:
                    self._unpacked[sha256] = unpack(archive, sha256, self._folder)
            return self._unpacked[sha256]


def unpack(archive: zipfile.ZipFile, key: str, folder: Path) -> Path:
    """Unpack an archive into a folder below `folder`, with links in place of its packages."""
    names = archive.namelist()
    parents = {PurePosixPath(name).parent for name in names}
    replaced = {
        path for path in parents if path.suffix == ".dist-info" and installed(_package(path))
    }
    links = {
        metadata.parent / top: path
        for metadata in replaced
        for top, path in installed(_package(metadata)).items()
    }
    left_out = {*replaced, *links}
    kept = [name for name in names if left_out.isdisjoint(_with_parents(name))]
    return _linked_folder(folder, key, links, lambda target: archive.extractall(target, kept))


def link_runtime(folder: Path) -> Path:
    """Make a folder below `folder` with the packages of Lambda's Python."""
    links = {PurePosixPath(top): path for name in RUNTIME for top, path in installed(name).items()}
    return _linked_folder(folder, "runtime", links, lambda target: None)


@cache
def installed(name: str) -> Mapping[str, Path]:
    """Return the files and folders of a package that is installed here, by name."""
    try:
        package = distribution(name)
    except PackageNotFoundError:
        return {}
    # Not `package.files`, which makes an object of each of thousands of lines.
    record = package.read_text("RECORD") or ""
    tops = {re.split("[/,]", line, maxsplit=1)[0] for line in record.splitlines()}
    tops -= {"", "..", "__pycache__"}
    return {top: Path(str(package.locate_file(top))) for top in sorted(tops)}


def _package(metadata: PurePosixPath) -> str:
    """Return the package's name from its metadata folder, `<name>-<version>.dist-info`."""
    return metadata.name.partition("-")[0]


def _with_parents(name: str) -> list[PurePosixPath]:
    return [PurePosixPath(name), *PurePosixPath(name).parents]


def _linked_folder(
    folder: Path, key: str, links: Mapping[PurePosixPath, Path], fill: Callable[[Path], object]
) -> Path:
    """Return a folder of this content, an earlier one unless the installed packages changed."""
    digest = hashlib.sha256(repr((key, sorted(links.items()))).encode()).hexdigest()[:16]
    target = folder / digest
    if not target.exists():
        with atomic_folder(target) as unfinished:
            fill(unfinished)
            for place, path in links.items():
                (unfinished / place).parent.mkdir(parents=True, exist_ok=True)
                (unfinished / place).symlink_to(path)
    return target
