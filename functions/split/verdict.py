"""Sums up a split in the verdict: what can be trained or why not, and what was left out. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from common.documents import DropWarning, LeftOutDetail, RefusalVerdict, Verdict
from common.wording import count
from split.drop.left_out import left_out_by_reason
from split.drop.reasons import ADVICE
from split.drop.refusal import Refusal
from split.images import CleanedDrop
from split.partition.dataset import Dataset

EXAMPLES = 5  # keys of each reason; the manifest lists them all


def verdict_of_dataset(
    cleaned: CleanedDrop,
    dataset: Dataset,
    settings: dict[str, int | float | str],
    warnings: Sequence[DropWarning],
    test_images: Mapping[str, int] | None = None,
) -> Verdict:
    """Sum up a drop that can be trained; `test_images` counts those of each class."""
    return Verdict(
        sentence=summary_of(dataset),
        dataset=dataset.identity,
        warnings=list(warnings),
        classes=dataset.counts(),
        test_images=dict(test_images or {}),
        settings=settings,
        left_out=left_out_by_reason(cleaned),
        left_out_details=_left_out_details(cleaned),
    )


def verdict_of_refusal(
    cleaned: CleanedDrop,
    refusal: Refusal,
    settings: dict[str, int | float | str],
    warnings: Sequence[DropWarning],
) -> RefusalVerdict:
    """Sum up a drop that can't be trained."""
    return RefusalVerdict(
        code=refusal.code,
        sentence=refusal.sentence,
        remedy=refusal.remedy,
        warnings=list(warnings),
        classes=cleaned.class_sizes(),
        settings=settings,
        left_out=left_out_by_reason(cleaned),
        left_out_details=_left_out_details(cleaned),
    )


def summary_of(dataset: Dataset) -> str:
    """Count the images of a dataset: on each side, and the classes."""
    train, validation = dataset.side_count("train"), dataset.side_count("validation")
    return (
        f"{count(train, 'image')} to train on and {validation:,} to validate on, of "
        f"{count(len(dataset.counts()), 'class', 'classes')}."
    )


def _left_out_details(cleaned: CleanedDrop) -> list[LeftOutDetail]:
    keys_of: defaultdict[str, list[str]] = defaultdict(list)
    for item in cleaned.left_out:
        keys_of[item.reason].append(item.source.key)
    return [
        LeftOutDetail(
            reason=reason,
            count=number,
            what_to_do=ADVICE.get(reason),
            examples=keys_of[reason][:EXAMPLES],
        )
        for reason, number in left_out_by_reason(cleaned).items()
    ]
