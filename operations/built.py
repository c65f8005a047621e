"""What `sam build` left: which folders make up each function, and how big they are."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any, cast

from samtranslator.yaml_helper import yaml_parse

from operations.errors import OperationError

# "Function and all layers, unzipped":
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LIMIT = 262_144_000
BIGGEST = 3


class CountingSink:
    """A file that keeps nothing but its length."""

    def __init__(self) -> None:
        self.length = 0

    def write(self, data: bytes) -> int:
        """Count so many bytes."""
        self.length += len(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: nothing waits."""


class Folder:
    """A folder that becomes one zip file: a function's code or a layer."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def unzipped(self) -> int:
        """Bytes of all its files."""
        return sum(file.stat().st_size for file in self.files())

    @cached_property
    def zipped(self) -> int:
        """Bytes of the zip file, with the compression that the SAM CLI uses."""
        sink = CountingSink()
        with zipfile.ZipFile(cast(IO[bytes], sink), "w", zipfile.ZIP_DEFLATED) as archive:
            for file in self.files():
                # The fixed date of ZipInfo, as in the SAM CLI: some files are older than zip is.
                entry = zipfile.ZipInfo(str(file.relative_to(self.path)))
                archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
        return sink.length

    @cached_property
    def packages(self) -> dict[str, int]:
        """Unzipped bytes by package: what lies in `python/` of a layer, or in the folder itself."""
        inside = self.path / "python"
        top = inside if inside.is_dir() else self.path
        sizes: dict[str, int] = {}
        for file in self.files():
            name = file.relative_to(top if file.is_relative_to(top) else self.path).parts[0]
            sizes[name] = sizes.get(name, 0) + file.stat().st_size
        return sizes

    def files(self) -> Iterator[Path]:
        """Every file below it; links count as what they lead to, as in the SAM CLI's zip."""
        for path in sorted(self.path.rglob("*")):
            if path.is_file():
                yield path


@dataclass(frozen=True)
class BuiltFunction:
    """A function with the folders that Lambda unpacks for it: its code, then its layers."""

    name: str
    handler: str
    folders: tuple[Folder, ...]

    @property
    def unzipped(self) -> int:
        """Bytes that count against Lambda's limit."""
        return sum(folder.unzipped for folder in self.folders)

    @property
    def zipped(self) -> int:
        """Bytes of its zip files together."""
        return sum(folder.zipped for folder in self.folders)

    @property
    def code(self) -> Path:
        """The folder of its own code."""
        return self.folders[0].path

    def biggest_packages(self) -> list[tuple[str, int]]:
        """Name its biggest packages with their unzipped bytes."""
        sizes = [item for folder in self.folders for item in folder.packages.items()]
        return sorted(sizes, key=lambda item: -item[1])[:BIGGEST]


def read_build(template: Path) -> list[BuiltFunction]:
    """Read the functions out of a built template; folders that two share are measured once.

    Raises:
        OperationError: it was not built.
    """
    if not template.is_file():
        raise OperationError(f"{template} is not there: run `make build`.")
    built: dict[str, Any] = yaml_parse(template.read_text())
    common = built.get("Globals", {}).get("Function", {})
    folders: dict[Path, Folder] = {}

    def folder(relative: str) -> Folder:
        path = (template.parent / relative).resolve()
        return folders.setdefault(path, Folder(path))

    functions = []
    for name, resource in built["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        own = resource["Properties"]
        # SAM joins the lists of layers, and lets the function's own property win elsewhere.
        layers = [item["Ref"] for item in [*common.get("Layers", []), *own.get("Layers", [])]]
        paths = [own.get("CodeUri") or common["CodeUri"]]
        paths += [built["Resources"][layer]["Properties"]["ContentUri"] for layer in layers]
        functions.append(BuiltFunction(name, own["Handler"], tuple(folder(p) for p in paths)))
    return functions


def too_big(functions: list[BuiltFunction]) -> list[str]:
    """Say of each function above Lambda's limit by how much, and what takes the place."""
    sentences = []
    for function in functions:
        if function.unzipped <= LIMIT:
            continue
        biggest = biggest_text(function)
        sentences.append(
            f"{function.name} has {megabytes(function.unzipped)} MB unzipped; Lambda takes "
            f"{megabytes(LIMIT)}. Its biggest packages, in MB: {biggest}."
        )
    return sentences


def biggest_text(function: BuiltFunction) -> str:
    """Name a function's biggest packages with their unzipped size in MB."""
    return ", ".join(f"{name} {megabytes(size)}" for name, size in function.biggest_packages())


def megabytes(size: int) -> str:
    """Write bytes as MB of 1,048,576 bytes, the unit of Lambda's 250 MB."""
    return f"{size / 1024**2:.1f}"


def sweep_compiled_files(code: Path) -> None:
    """Remove this desk's `__pycache__` folders: the SAM CLI would pack them, for another Python.

    They would also make each package differ from the last one, and be uploaded again.
    """
    for folder in sorted(code.rglob("__pycache__")):
        shutil.rmtree(folder, ignore_errors=True)
