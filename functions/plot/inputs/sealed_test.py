"""Reads what the exported model answered to the sealed test set. Pure.

test_predictions.csv has the images that were measured; test.json says what the test set contains
and what was left out of it. Without a test set there is neither, which isn't a fault.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated

from pydantic import Field

from plot.inputs.lenient_json import Count, LenientDocument, LenientReader, OrDefault, valid_rows
from plot.inputs.predictions import Predictions, read_predictions

TEST = "test.json"
TEST_PREDICTIONS = "test_predictions.csv"
MAXIMUM_CONTENTS = 400_000
MAXIMUM_ROWS = 1_000
EFFECT = "the sealed test set isn't judged"

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ContentHash = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class TestedCopy(LenientDocument):
    """A test image that is equal, pixel by pixel, to one that was trained or validated on."""

    file: str
    copy_of: str


class UnreadableTestFile(LenientDocument):
    """A test file that the training couldn't read, and why."""

    file: str
    reason: str


class SealedTest(LenientDocument):
    """What the test set contains, by its bytes, and which of its files weren't measured.

    `test_set` hashes all of it, `contents` each file. `unknown_classes` counts the images of
    classes that the model doesn't know.
    """

    test_set: Annotated[Hash | None, OrDefault] = None
    contents: Annotated[tuple[ContentHash, ...], Field(max_length=MAXIMUM_CONTENTS), OrDefault] = ()
    unreadable: Annotated[
        tuple[UnreadableTestFile, ...], valid_rows(UnreadableTestFile, MAXIMUM_ROWS), OrDefault
    ] = ()
    copies: Annotated[tuple[TestedCopy, ...], valid_rows(TestedCopy, MAXIMUM_ROWS), OrDefault] = ()
    unknown_classes: Annotated[dict[str, Count], OrDefault] = Field(default_factory=dict)


def read_sealed_test(reader: LenientReader) -> tuple[SealedTest | None, Predictions | None]:
    """Read both files; None for one that isn't there or can't be used.

    Without its contents the test set isn't judged: nobody could count how often it was looked at.
    """
    there = {*reader.files, *reader.faults}
    if TEST not in there:
        return None, None
    test = reader.document(SealedTest, TEST, EFFECT)
    if test and not (test.test_set and test.contents):
        reader.missing.append(f"{TEST} doesn't say what the test set contains: {EFFECT}.")
        test = None
    if test is None or TEST_PREDICTIONS not in there:
        return test, None
    read = partial(read_predictions, name=TEST_PREDICTIONS, clustered=True)
    return test, reader.read(read, TEST_PREDICTIONS, EFFECT)
