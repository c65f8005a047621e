"""The type of `status.json`, which several functions write and people read. Pure.

It mirrors the JSON field by field; the status passes on fields that it doesn't know.
"""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict  # pydantic reads typing's only from Python 3.12 on

Section = Literal["drop", "run"]

DropState = Literal[
    "waiting",
    "splitting",
    "failing",
    "ready",
    "collecting",
    "queued",
    "capped",
    "not started",
    "launched",
    "unchanged",
    "refused",
]
RunState = Literal["training", "failing", "failed", "stopped", "done"]
# A model that may answer, and one that waits for a person to say so.
ModelState = Literal["current", "candidate"]


class StatusFacts(TypedDict, total=False):
    """Facts beside a section's sentence; times are ISO 8601, counts are by class or reason.

    `report`, `review`, `verdict` and each of `plots` are keys of the bucket. None means that the
    fact is unknown or doesn't apply, and the page shows no row for it.
    """

    run: str
    # Of a run, in the order in which people read them.
    report: str
    judgement: str
    gate: str
    doubtful_labels: str
    review: str
    dataset: str
    machine: str | None
    machines_refused: list[str] | None
    estimate: str | None
    training_minutes: float | None
    what_to_do: str
    failure_reason: str
    epochs: int | None
    best_epoch: int | None
    exported_epoch: int | None
    validation_accuracy: str | None
    images: str | None
    plots: list[str]
    warnings: list[str] | None
    # Of a drop.
    code: str
    until: str
    not_before: str
    left_out: dict[str, int]
    verdict: str
    # Of a model that waits as a candidate.
    to_promote: str


class StatusEntry(StatusFacts, total=False):
    """A section of the status; `as_of` is the time the news is about, missing in old documents."""

    state: str
    sentence: str
    updated_at: str
    as_of: str


class BeforeFailing(TypedDict):
    """What a section showed before an attempt at `work` failed."""

    work: str
    shown: StatusEntry


class Status(TypedDict, total=False):
    """`status.json`; its head repeats the state of the section with the newer news."""

    state: str
    sentence: str
    updated_at: str
    drop: StatusEntry
    run: StatusEntry
    model: StatusEntry
    before_failing: dict[Section, BeforeFailing]
