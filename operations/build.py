"""`make build`: builds for Lambda without Docker, then says how big and how slow it came out."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.table import Table

from operations.built import (
    LIMIT,
    BuiltFunction,
    biggest_text,
    megabytes,
    read_build,
    sweep_compiled_files,
    too_big,
)
from operations.errors import OperationError
from operations.import_time import ImportTime, measure
from operations.sam import ROOT, sam
from operations.terminal import Terminal

BUILT_TEMPLATE = ROOT / ".aws-sam" / "build" / "template.yaml"


def build(terminal: Terminal, imports: int) -> None:
    """Build, measure and print; import each handler so many times, none with 0.

    Raises:
        OperationError: the build failed, or a function is too big for Lambda.
    """
    sweep_compiled_files(ROOT / "functions")
    sweep_compiled_files(ROOT / "training_code")
    if sam("build"):
        raise OperationError("The build failed; the reason stands above.")
    report(terminal, BUILT_TEMPLATE, imports)


def report(terminal: Terminal, template: Path, imports: int) -> None:
    """Print the sizes and import times of what was built.

    Raises:
        OperationError: a function is too big for Lambda, or its handler cannot be imported.
    """
    functions = read_build(template)
    found = {item.name: measure(item, imports) for item in functions} if imports else {}
    terminal.say()
    terminal.show(size_table(functions))
    if found:
        terminal.say()
        terminal.show(import_table(found, imports))
    if sentences := too_big(functions):
        raise OperationError("\n".join(sentences))


def size_table(functions: Sequence[BuiltFunction]) -> Table:
    """Lay out how big each function is with its layers."""
    table = _table(
        "What Lambda gets: each function with its layers, in MB",
        "1 MB = 1,048,576 bytes. Zipped: one zip file for the code and one for each layer, added "
        f"up. Lambda takes {megabytes(LIMIT)} MB unzipped, code and layers together.",
    )
    table.add_column("function", no_wrap=True)
    table.add_column("unzipped", justify="right")
    table.add_column("zipped", justify="right")
    table.add_column("biggest packages, unzipped")
    for function in functions:
        sizes = (megabytes(function.unzipped), megabytes(function.zipped))
        table.add_row(function.name, *sizes, biggest_text(function))
    return table


def import_table(found: Mapping[str, ImportTime], imports: int) -> Table:
    """Lay out how long each handler's import took."""
    table = _table(
        "How long the import of each handler takes here, in seconds",
        f"The quickest of {imports} imports of the handler's module, each in a fresh process, on "
        f"this machine ({platform.machine()}) with Python {platform.python_version()}, the "
        "packages installed here that the function's layers name, and no .pyc files: the layers "
        "have none. A package's seconds are its own, without what it imports. Not measured: "
        "Lambda's Python 3.13 on arm64.",
    )
    table.add_column("function", no_wrap=True)
    table.add_column("import", justify="right")
    table.add_column("slowest packages")
    for name, time in found.items():
        slowest = ", ".join(f"{package} {seconds:.1f}" for package, seconds in time.biggest())
        table.add_row(name, f"{time.seconds:.1f}", slowest)
    return table


def _table(title: str, caption: str) -> Table:
    return Table(
        title=title,
        title_justify="left",
        caption=caption,
        caption_justify="left",
        box=None,
        pad_edge=False,
    )
