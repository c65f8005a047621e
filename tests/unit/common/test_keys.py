"""Keys are spelled in one place, and no key of ours lies where the user drops."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from common import keys

FUNCTIONS = Path(__file__).resolve().parents[3] / "functions"
BUILDERS = [
    function
    for _, function in inspect.getmembers(keys, inspect.isfunction)
    if function is not keys.s3_uri
]


@pytest.mark.parametrize("builder", BUILDERS, ids=lambda builder: builder.__name__)
def test_no_builder_makes_a_key_under_raw(builder):
    arguments = ["x"] * len(inspect.signature(builder).parameters)

    assert not builder(*arguments).startswith(keys.RAW)


def test_no_other_module_spells_a_prefix():
    prefixes = re.compile(r"f?[\"'](raw|splits|datasets|code|runs|locks)/[^\"' ]*[\"']")
    found = {
        f"{path.name}: {match.group()}"
        for path in FUNCTIONS.rglob("*.py")
        if path.name != "keys.py"
        for match in prefixes.finditer(path.read_text())
    }

    assert found == set()
