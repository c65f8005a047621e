"""Keys are spelled in one place, and none is where the user drops images."""

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
    if function not in (keys.s3_uri, keys.partition_of_sides)
]


@pytest.mark.parametrize("builder", BUILDERS, ids=lambda builder: builder.__name__)
def test_no_builder_makes_a_key_where_users_drop(builder):
    arguments = ["x"] * len(inspect.signature(builder).parameters)

    assert not builder(*arguments).startswith((keys.RAW, keys.INBOX, keys.TEST))


@pytest.mark.parametrize("partition", [(0, 0.2), (0, 0.05), (7, 0.2), (2**32 - 1, 0.333)])
def test_a_partition_s_key_tells_its_seed_and_share(partition: tuple[int, float]):
    assert keys.partition_of_sides(keys.sides(*partition)) == partition


def test_the_first_partition_s_key_is_short():
    assert keys.sides(0, 0.2) == "splits/sides.jsonl"


@pytest.mark.parametrize("key", ["splits/waiting.json", "splits/sides.txt", "splits/sides-x.jsonl"])
def test_other_keys_are_no_partition(key: str):
    assert keys.partition_of_sides(key) is None


def test_no_other_module_spells_a_prefix():
    folders = "raw|splits|datasets|code|runs|locks|models|predictions|inbox|test"
    prefixes = re.compile(rf"f?[\"']({folders})/[^\"' ]*[\"']")
    keys_of_documents = {
        f"{path.name}: {match.group()}"
        for path in FUNCTIONS.rglob("*.py")
        if path.name != "keys.py"
        for match in prefixes.finditer(path.read_text())
    }

    assert keys_of_documents == set()
