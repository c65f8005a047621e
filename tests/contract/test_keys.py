"""The tools spell keys of the bucket as the functions do, whose modules they don't import."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from common import keys

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("operations", "droptrain", "local_cloud", "scripts", "benchmarks")
FIELD = "{}"
LIKE_A_KEY = re.compile(
    r"(splits|datasets|code|pretrained|runs|checkpoints|locks|models|predictions)/\S*|status\.\S+"
)
NO_KEYS = ("s3_uri", "fetch", "fetch_folder", "partition_of_sides")


def keys_of_the_functions() -> set[str]:
    """Return each key, with `{}` where a name is filled in."""
    constants = {value for value in vars(keys).values() if isinstance(value, str)}
    builders = [
        builder
        for name, builder in inspect.getmembers(keys, inspect.isfunction)
        if name not in NO_KEYS
    ]
    return constants | {
        builder(*[FIELD] * len(inspect.signature(builder).parameters)) for builder in builders
    }


def texts(path: Path) -> Iterator[str]:
    """Yield each string of a module, with `{}` where an f-string fills something in."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    filled = [node for node in nodes if isinstance(node, ast.JoinedStr)]
    parts = {part for node in filled for part in node.values}
    for node in filled:
        values = [part.value if isinstance(part, ast.Constant) else FIELD for part in node.values]
        yield "".join(map(str, values))
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in parts:
            yield node.value


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_key_of_the_tools_is_one_of_the_functions(folder: str):
    known = keys_of_the_functions()
    spelled = {
        text
        for path in (ROOT / folder).rglob("*.py")
        for text in texts(path)
        if LIKE_A_KEY.fullmatch(text)
    }
    assert {text for text in spelled if not any(key.startswith(text) for key in known)} == set()
