"""`droptrain build`: builds for Lambda without Docker and prints how big each function is."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table
from samtranslator.yaml_helper import yaml_parse

from operations.errors import OperationError
from operations.sam import ROOT, sam
from operations.terminal import Terminal

BUILT_TEMPLATE = ROOT / ".aws-sam" / "build" / "template.yaml"
# "Function and all layers, unzipped", in bytes:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LIMIT = 262_144_000
BIGGEST = 3


@dataclass(frozen=True)
class FunctionSize:
    """Unzipped bytes of a function with its layers, by package."""

    name: str
    packages: Counter[str]

    @property
    def unzipped(self) -> int:
        """Bytes that count against Lambda's limit."""
        return self.packages.total()

    @property
    def biggest(self) -> str:
        """The biggest packages with their size in MB."""
        biggest = self.packages.most_common(BIGGEST)
        return ", ".join(f"{name} {megabytes(size)}" for name, size in biggest)


def build(terminal: Terminal) -> None:
    """Build and print the sizes.

    Raises:
        OperationError: the build failed, or a function is too big for Lambda.
    """
    for folder in ("functions", "training_code"):
        remove_compiled_files(ROOT / folder)
    if sam("build"):
        raise OperationError("The build failed; see the messages above.")
    report_sizes(terminal, function_sizes(BUILT_TEMPLATE))


def report_sizes(terminal: Terminal, sizes: list[FunctionSize]) -> None:
    """Print how big each function is.

    Raises:
        OperationError: a function is too big for Lambda.
    """
    table = Table(
        title=f"Unzipped MB of each function with its layers (Lambda's limit: {megabytes(LIMIT)})",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    table.add_column("function", no_wrap=True)
    table.add_column("MB", justify="right")
    table.add_column("biggest packages")
    for size in sizes:
        table.add_row(size.name, megabytes(size.unzipped), size.biggest)
    terminal.say()
    terminal.console.print(table)
    if too_big := [size for size in sizes if size.unzipped > LIMIT]:
        raise OperationError(
            "\n".join(
                f"{size.name} has {megabytes(size.unzipped)} MB unzipped; Lambda's limit is "
                f"{megabytes(LIMIT)} MB. Its biggest packages, in MB: {size.biggest}."
                for size in too_big
            )
        )


def function_sizes(template: Path) -> list[FunctionSize]:
    """Measure the functions of a built template.

    Raises:
        OperationError: nothing was built.
    """
    if not template.is_file():
        raise OperationError(f"{template} does not exist: run `droptrain build`.")
    built: dict[str, Any] = yaml_parse(template.read_text())
    common = built.get("Globals", {}).get("Function", {})
    sizes = []
    for name, resource in built["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        own = resource["Properties"]
        # SAM joins the lists of layers; elsewhere the function's own property wins.
        layers = [item["Ref"] for item in [*common.get("Layers", []), *own.get("Layers", [])]]
        folders = [own.get("CodeUri") or common["CodeUri"]]
        folders += [built["Resources"][layer]["Properties"]["ContentUri"] for layer in layers]
        packages = Counter[str]()
        for folder in folders:
            packages += _package_sizes((template.parent / folder).resolve())
        sizes.append(FunctionSize(name, packages))
    return sizes


def megabytes(size: int) -> str:
    """Write bytes as MB of 1,048,576 bytes, the unit of Lambda's 250 MB."""
    return f"{size / 1024**2:.1f}"


def remove_compiled_files(code: Path) -> None:
    """Remove `__pycache__` folders: the SAM CLI would pack them, for this machine's Python.

    They would also make each package differ from the last one, and be uploaded again.
    """
    for folder in sorted(code.rglob("__pycache__")):
        shutil.rmtree(folder, ignore_errors=True)


def _package_sizes(folder: Path) -> Counter[str]:
    """Sum up the bytes below a folder, by what is in its `python/`, or else in the folder."""
    inside = folder / "python"
    top = inside if inside.is_dir() else folder
    sizes = Counter[str]()
    for file in folder.rglob("*"):
        if file.is_file():  # a link counts as its target, as in the SAM CLI's zip
            name = file.relative_to(top if file.is_relative_to(top) else folder).parts[0]
            sizes[name] += file.stat().st_size
    return sizes
