"""Reads the results of a run from its files. Pure.

Any file may be missing or come from custom training code. The report shows what it can, and
`missing` says in sentences what it can't show and why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from common.wording import count
from plot.errors import ResultsError
from plot.inputs.archive import ARCHIVE
from plot.inputs.audit import AUDIT, Audit
from plot.inputs.configuration import Configuration, read_configuration
from plot.inputs.history import HISTORY, NO_HISTORY, History, read_history
from plot.inputs.lenient_json import LenientDocument, LenientReader
from plot.inputs.mistakes import NAMES as PICTURES
from plot.inputs.mistakes import Mistake, read_mistakes
from plot.inputs.out_of_sample import TemperatureScaling, read_out_of_sample
from plot.inputs.predictions import PREDICTIONS, Predictions, read_predictions
from plot.inputs.review import THUMBNAILS, LabelReview, read_review
from plot.inputs.sealed_test import SealedTest, read_sealed_test

SKIPPED = "skipped.json"


class UnreadableFile(LenientDocument):
    """An image that the training couldn't read, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Results:
    """The results of a run; None or empty where a file is missing."""

    history: History
    configuration: Configuration
    predictions: Predictions | None = None
    out_of_sample: Predictions | None = None
    scaling: TemperatureScaling | None = None
    test: SealedTest | None = None
    test_predictions: Predictions | None = None
    audit: Audit | None = None
    mistakes: tuple[Mistake, ...] = ()
    skipped: tuple[UnreadableFile, ...] = ()
    review: LabelReview | None = None
    thumbnails: Mapping[str, bytes] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def exported_epoch(self) -> int | None:
        """The epoch that was exported, if it is known and in the history."""
        epoch = self.configuration.exported_epoch
        return epoch if epoch and 1 <= epoch <= self.history.epochs else None


def read_results(files: Mapping[str, bytes], faults: Mapping[str, str] | None = None) -> Results:
    """Read the files by their names in output.tar.gz; `faults` says why others can't be read.

    Raises:
        ResultsError: there is neither an epoch nor a prediction to show.
    """
    faults = faults or {}
    reader = LenientReader(files, faults)
    history = reader.read(read_history, HISTORY, "there are no curves")
    if history:
        reader.missing += history.remarks
    predictions = reader.read(read_predictions, PREDICTIONS, "there are no figures per class")
    if predictions and PREDICTIONS in faults:
        reader.missing.append(f"{faults[PREDICTIONS]}.")
    if predictions is None and not (history and history.epochs):
        raise ResultsError(" ".join(reader.missing))
    out_of_sample, scaling = read_out_of_sample(reader)
    test, test_predictions = read_sealed_test(reader)
    audit = reader.document(Audit, AUDIT, "near-copies and shortcuts are unknown")
    mistakes = read_mistakes(reader)
    configuration = read_configuration(reader)
    review = read_review(reader)
    skipped = reader.rows(UnreadableFile, SKIPPED, "images that training couldn't read are unknown")
    return Results(
        history=history or NO_HISTORY,
        configuration=configuration,
        predictions=predictions,
        out_of_sample=out_of_sample,
        scaling=scaling,
        test=test,
        test_predictions=test_predictions,
        audit=audit,
        mistakes=mistakes,
        skipped=tuple(skipped),
        review=review,
        thumbnails={name: body for name, body in files.items() if THUMBNAILS.names.fullmatch(name)},
        missing=(*reader.missing, *_of_the_archive(faults)),
    )


def _of_the_archive(faults: Mapping[str, str]) -> Iterator[str]:
    """Describe the faults of the archive itself, and of pictures in it."""
    if ARCHIVE in faults:
        yield f"{faults[ARCHIVE]}: the files behind the damage are missing."
    pictures = sum(name in faults for name in PICTURES)
    if pictures:
        yield f"Too large to be shown: {count(pictures, 'picture')} of mistakes."
    thumbnails = sum(THUMBNAILS.names.fullmatch(name) is not None for name in faults)
    if thumbnails:
        yield f"Too large to be shown: {count(thumbnails, 'thumbnail')} of the label review."
