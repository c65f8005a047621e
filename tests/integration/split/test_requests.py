"""What the split asks of S3 for each further image, as docs/deployment.md bills it."""

from __future__ import annotations

from collections import Counter

import pytest

from scripts.costs.counts import read_counts
from scripts.count_requests import recording
from split.handler import handle
from tests.support.aws import Stack, png
from tests.support.context import LambdaContext
from tests.support.events import load_event
from tests.support.split_settings import set_split_settings

FEW, MANY = 12, 32  # images in each of two classes


@pytest.fixture(autouse=True)
def environment(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    set_split_settings(monkeypatch)


def requests_of_a_split(aws: Stack, size: int) -> Counter[str]:
    for name in ("good", "oil"):
        for number in range(size):
            # Larger than what the split looks into, as photographs are.
            aws.put(f"raw/{name}/{size} {number}.png", png(f"{name} {size} {number} ".ljust(3000)))
    with recording() as recorder:
        answer = handle(load_event("scheduler/ready"), LambdaContext())
    assert answer["status"] == "ready"
    found: Counter[str] = Counter()
    for (_, kind, _), count in recorder.counts.items():
        found[kind] += count
    return found


def test_each_further_image_costs_the_split_what_was_counted(aws: Stack):
    few = requests_of_a_split(aws, FEW)
    # They come beside the few, whose copies are there already.
    many = requests_of_a_split(aws, MANY)

    for kind in ("put", "get"):
        further = (many[kind] - few[kind]) / (2 * (MANY - FEW))
        assert further == read_counts().per_image("split", kind)


def test_one_image_more_costs_one_copy(aws: Stack):
    before = requests_of_a_split(aws, FEW)
    nothing_new = requests_of_a_split(aws, FEW)
    aws.put("raw/good/one more.png", png("one more".ljust(3000)))

    one_more = requests_of_a_split(aws, FEW)

    # Besides the copies: the list of sides, and the status and its page while it copies.
    assert before["put"] - nothing_new["put"] == 2 * FEW + 3
    assert one_more["put"] - nothing_new["put"] == 1 + 3
