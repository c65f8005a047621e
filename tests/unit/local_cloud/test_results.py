"""The keys that a run reads are the ones that the functions write."""

from __future__ import annotations

import pytest

from common import keys
from local_cloud.run import results


@pytest.mark.parametrize(
    "name",
    [
        "RAW",
        "READY_MARKER",
        "RUNS",
        "STATUS_HTML",
    ],
)
def test_a_key_is_spelled_as_in_the_functions(name: str):
    assert getattr(results, name) == getattr(keys, name)


def test_the_index_is_beside_the_runs():
    assert {keys.RUNS_JSON, keys.RUNS_HTML} == {
        f"{results.RUNS}index.{kind}" for kind in ("json", "html")
    }


def test_verdict_and_manifest_are_in_one_folder():
    verdict, manifest = keys.verdict("dataset"), keys.manifest("dataset")
    assert verdict.replace(results.VERDICT_NAME, results.MANIFEST_NAME) == manifest
