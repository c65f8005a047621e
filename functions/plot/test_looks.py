"""Counts how often a sealed test set was looked at: `runs/test_looks.jsonl`.

Each run that was measured on a test set is one look, however often it is reported. Two test sets
that share an image are looked at together: otherwise one more image would start the count anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from common import keys
from common.documents import JsonDocument, Timestamp
from common.s3 import JSON_LINES, Bucket
from plot.inputs.results import Results
from plot.inputs.sealed_test import SealedTest
from plot.job_end import JobEnd


class Look(JsonDocument):
    """A run that was measured on a test set.

    `contents` are the test set's images; only the first look at it has them.
    """

    run: str
    ended_at: Timestamp
    test_set: str
    contents: tuple[str, ...] | None = None


def count_looks(bucket: Bucket, job: JobEnd, results: Results) -> int:
    """Record that a run was measured; return how many looks there were, up to this one.

    Returns:
        0 for a run that wasn't measured.

    Raises:
        ConflictError: other runs' looks came first each time; a retry helps.
    """
    test = results.test
    if test is None or results.test_predictions is None:
        return 0
    looks: list[Look] = []

    def add(body: bytes | None) -> bytes | None:
        nonlocal looks
        looks = list(_read(body))
        if any(look.run == job.run for look in looks):
            return None
        is_known = any(look.test_set == test.test_set for look in looks)
        look = Look(
            run=job.run,
            ended_at=job.ended_at,
            test_set=str(test.test_set),
            contents=None if is_known else test.contents,
        )
        looks.append(look)
        return (body or b"") + look.model_dump_json(exclude_none=True).encode() + b"\n"

    bucket.update(keys.TEST_LOOKS, add, JSON_LINES)
    return _looks_at(test, job.run, looks)


def _looks_at(test: SealedTest, run: str, looks: Iterable[Look]) -> int:
    wanted, overlapping = set(test.contents), {test.test_set}
    number = 0
    for look in looks:
        if look.contents and not wanted.isdisjoint(look.contents):
            overlapping.add(look.test_set)
        number += look.test_set in overlapping
        if look.run == run:
            break
    return number


def _read(body: bytes | None) -> Iterator[Look]:
    """Yield the looks; a line that somebody damaged counts as none."""
    for line in (body or b"").splitlines():
        try:
            yield Look.model_validate_json(line)
        except ValidationError:
            continue
