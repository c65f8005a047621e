"""Warns where the sealed test set and the drop overlap, or don't fit together. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from common import keys
from common.documents import DropWarning
from common.wording import count, first_few, most_frequent
from split.drop.cleaning import class_of
from split.drop.reasons import EXPECTED, IN_TEST_SET, NO_SUCH_CLASS
from split.images import CleanedDrop, LeftOut
from split.partition.test_set import SealedTestSet


def warnings_of_test_set(cleaned: CleanedDrop, test_set: SealedTestSet) -> list[DropWarning]:
    """Return what weakens the test set; nothing if there is no object under `test/`."""
    if not (test_set.images or test_set.left_out):
        return []
    sentences = {
        "in-the-test-set": _overlap(cleaned.left_out),
        "test-class-without-training": _strangers(test_set.left_out),
        "class-without-test-images": _untested(cleaned.class_sizes(), test_set.class_sizes()),
        "group-in-the-test-set": _groups(cleaned, test_set),
        "test-files-left-out": _left_out(test_set.left_out),
    }
    return [DropWarning(code=code, sentence=text) for code, text in sentences.items() if text]


def _overlap(left_out: Iterable[LeftOut]) -> str | None:
    names = [item.source.key for item in left_out if item.reason == IN_TEST_SET]
    if not names:
        return None
    return (
        f"{count(len(names), 'image')} under {keys.RAW} left out, because the test set has the "
        f"same: {first_few(names)}."
    )


def _strangers(left_out: Iterable[LeftOut]) -> str | None:
    images = Counter(class_of(item.source.key) for item in left_out if item.reason == NO_SUCH_CLASS)
    if not images:
        return None
    folders = [
        f"{keys.TEST}{name}/ ({count(number, 'image')})" for name, number in sorted(images.items())
    ]
    return (
        f"Not measured, because nothing is trained on under that name: {first_few(folders)}. A "
        f"class has the same folder under {keys.RAW} and {keys.TEST}."
    )


def _untested(classes: Iterable[str], tested: Collection[str]) -> str | None:
    untested = [f"'{name}'" for name in classes if name not in tested]
    return f"The test set has no image of {first_few(untested)}." if untested else None


def _groups(cleaned: CleanedDrop, test_set: SealedTestSet) -> str | None:
    trained = {image.group for image in cleaned.images}
    tested = {item.image.group for item in test_set.images}
    shared = sorted(group for group in trained & tested if group is not None)
    if not shared:
        return None
    return (
        f"Groups with images under both {keys.RAW} and {keys.TEST}: {first_few(shared)}. If they "
        "show the same parts, the test set looks easier than new parts are."
    )


def _left_out(left_out: Iterable[LeftOut]) -> str | None:
    """Count the files that aren't images; the classes have a warning of their own."""
    named = {*EXPECTED, NO_SUCH_CLASS}
    reasons = Counter(item.reason for item in left_out if item.reason not in named)
    if not reasons:
        return None
    files = count(reasons.total(), "file")
    return f"{files} under {keys.TEST} left out: {most_frequent(reasons)}."
