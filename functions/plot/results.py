"""What a run achieved, out of the files that it left. Pure.

Any file may be missing, or be of a training code of the user's own: what can be shown is shown, and
`missing` says in sentences what cannot and why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from plot.audit import Audit, read_audit
from plot.configuration import Configuration, read_configuration
from plot.errors import HistoryError, PredictionsError, ResultsError
from plot.history import History, read_history
from plot.metrics import Scores, score
from plot.mistakes import Mistake, read_mistakes
from plot.predictions import Predictions, read_predictions

HISTORY = "history.json"
PREDICTIONS = "predictions.csv"
CONFIG = "config.json"
SKIPPED = "skipped.json"
AUDIT = "audit.json"
MISTAKES = "mistakes.json"

NO_HISTORY = History((), (), (), ())


@dataclass(frozen=True)
class Skipped:
    """A file that the training could not read, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Results:
    """What a run left."""

    history: History
    configuration: Configuration
    predictions: Predictions | None = None
    scores: Scores | None = None
    audit: Audit | None = None
    mistakes: tuple[Mistake, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def exported_epoch(self) -> int | None:
        """The epoch that was exported, if it is known and in the history."""
        epoch = self.configuration.exported_epoch
        return epoch if epoch and 1 <= epoch <= self.history.epochs else None


def read_results(files: Mapping[str, bytes]) -> Results:
    """Read the files by their names in output.tar.gz.

    Raises:
        ResultsError: there is neither an epoch nor a prediction to show.
    """
    missing: list[str] = []
    history = _history(files.get(HISTORY), missing)
    predictions = _predictions(files.get(PREDICTIONS), missing)
    if not history.epochs and predictions is None:
        raise ResultsError(" ".join(missing))
    audit = read_audit(files.get(AUDIT))
    if audit is None:
        missing.append(_absent(AUDIT, files, "nothing was checked for near-copies and shortcuts"))
    mistakes = read_mistakes(files.get(MISTAKES), files)
    if mistakes is None:
        missing.append(_absent(MISTAKES, files, "no picture of a mistake can be shown"))
    if CONFIG not in files:
        missing.append(_absent(CONFIG, files, "settings and versions are not known"))
    return Results(
        history=history,
        configuration=read_configuration(files.get(CONFIG)),
        predictions=predictions,
        scores=score(predictions) if predictions else None,
        audit=audit,
        mistakes=mistakes or (),
        skipped=_skipped(files.get(SKIPPED)),
        missing=tuple(missing),
    )


def history_in_words(history: History) -> list[str]:
    """Say what a history lacks."""
    said = []
    if not history.epochs:
        said.append("No epoch was completed: there are no curves.")
    if history.missing:
        said.append(f"The history lacks numbers of {', '.join(history.missing)}.")
    if history.gaps:
        noun = "number was" if history.gaps == 1 else "numbers were"
        said.append(f"{history.gaps} {noun} not finite (NaN): the curves have gaps there.")
    return said


def _history(body: bytes | None, missing: list[str]) -> History:
    if body is None:
        missing.append(f"{HISTORY} is not there: there are no curves.")
        return NO_HISTORY
    try:
        history = read_history(body)
    except HistoryError as error:
        missing.append(f"{error}: there are no curves.")
        return NO_HISTORY
    missing.extend(history_in_words(history))
    return history


def _predictions(body: bytes | None, missing: list[str]) -> Predictions | None:
    if body is None:
        missing.append(f"{PREDICTIONS} is not there: nothing can be said of single classes.")
        return None
    try:
        return read_predictions(body)
    except PredictionsError as error:
        missing.append(f"{error}: nothing can be said of single classes.")
        return None


def _absent(name: str, files: Mapping[str, bytes], effect: str) -> str:
    state = "cannot be used" if name in files else "is not there"
    return f"{name} {state}: {effect}."


def _skipped(body: bytes | None) -> tuple[Skipped, ...]:
    try:
        rows = json.loads(body or b"[]")
        return tuple(Skipped(str(row["file"]), str(row["reason"])) for row in rows)
    except (ValueError, TypeError, KeyError, RecursionError):
        return ()
