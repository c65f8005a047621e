"""A stack with the data of the version before, in which each dataset had copies of its own."""

from __future__ import annotations

import json

from tests.end_to_end.conftest import Chain
from tests.end_to_end.drops import contents, launched, manifest
from tests.end_to_end.test_chain import next_run
from tests.support.earlier_layout import turn_back
from tests.support.long_table import Figures

CLASSES, SIZE = 2, 12


def test_a_stack_is_updated_and_goes_on_with_its_data(chain: Chain, figures: Figures):
    (chain.control / "predict").touch()
    chain.deploy(QuietPeriodSeconds="1")
    chain.drop_classes(SIZE)
    first = chain.await_run("done")["run"]
    chain.await_answers("Split", 2)  # the job's end asks for more
    [dataset] = launched(chain)
    turn_back(chain.s3, chain.bucket, dataset)
    earlier = contents(chain, f"datasets/{dataset}/")
    sides, copied_before = sides_of(chain, dataset), copies(chain)
    assert len(earlier) == len(sides) == CLASSES * SIZE
    assert contents(chain, "datasets/") == earlier

    chain.deploy(QuietPeriodSeconds="1", Epochs="3")
    chain.drop_classes(SIZE)  # the same again
    assert chain.await_drop("unchanged")["run"] == first
    assert contents(chain, "datasets/") == earlier
    figures.check("what was trained before the update is not trained or copied again")

    chain.ready()
    second = chain.await_run("done", run=next_run(chain, first))["run"]
    assert list(launched(chain)) == [dataset]
    assert copies(chain) - copied_before == CLASSES * SIZE
    compared = comparison(chain, second)
    assert (compared["run_before"], compared["shared_images"]) == (first, len(validated(sides)))
    figures.check("a run after the update is compared with the one before it, image by image")

    chain.drop_classes(SIZE, prefix="new ")
    third = chain.await_run("done", run=next_run(chain, first, second))["run"]
    [newest] = [name for name, run in launched(chain).items() if run == third]
    assert sides_of(chain, newest).items() >= sides.items()
    assert len(sides_of(chain, newest)) == copies(chain) - copied_before == 2 * CLASSES * SIZE
    assert contents(chain, f"datasets/{dataset}/") == earlier
    assert comparison(chain, third)["shared_images"] == len(validated(sides))
    assert chain.problems() == []
    figures.repetitions += 1
    figures.add("copies after the update", copies(chain) - copied_before)
    figures.check("every image keeps its side and is copied once")


def sides_of(chain: Chain, dataset: str) -> dict[str, str]:
    return {row["content"]: row["side"] for row in manifest(chain, dataset)}


def validated(sides: dict[str, str]) -> set[str]:
    return {content for content, side in sides.items() if side == "validation"}


def copies(chain: Chain) -> int:
    """Count what was ever written where a job looks for copies."""
    pages = chain.s3.get_paginator("list_object_versions")
    return sum(
        len(page.get("Versions", []))
        for side in ("train", "validation")
        for page in pages.paginate(Bucket=chain.bucket, Prefix=f"datasets/{side}/")
    )


def comparison(chain: Chain, run: str) -> dict[str, object]:
    body = chain.s3.get_object(Bucket=chain.bucket, Key=f"runs/{run}/metrics.json")["Body"].read()
    found: dict[str, object] = json.loads(body)["figures"]["comparison"]
    return found
