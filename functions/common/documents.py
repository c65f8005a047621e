"""Types of the JSON documents that one function writes and another reads.

Each mirrors the JSON field by field, so a document of an older version of droptrain can still be
read: its fields are a subset of these, and fields that are no longer known are passed on.
"""

from __future__ import annotations

from typing import Literal, TypedDict

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


class StatusFacts(TypedDict, total=False):
    """Facts beside a section's sentence; times are ISO 8601, counts are by class or reason.

    `report`, `verdict` and each of `plots` are keys of the bucket. None means that the fact is
    unknown or doesn't apply, and the page shows no row for it.
    """

    dataset: str
    run: str
    warnings: list[str] | None
    # Of a drop.
    code: str
    until: str
    not_before: str
    left_out: dict[str, int]
    verdict: str
    # Of a run.
    report: str
    plots: list[str]
    training_minutes: float | None
    epochs: int
    best_epoch: int | None
    exported_epoch: int | None
    validation_accuracy: str | None
    images: str | None
    what_to_do: str
    failure_reason: str


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
    before_failing: dict[Section, BeforeFailing]


class SplitTrigger(TypedDict):
    """Why the split was started, and when the user's change or the job's end was."""

    kind: Literal["window", "ready", "again", "job ended"]
    triggered_at: str
    correlation_id: str


class SplitAnswer(TypedDict, total=False):
    """What split hands to launch; launch acts on the status `ready` alone."""

    status: str
    dataset: str | None
    train_images: int
    validation_images: int
    channel_bytes: int
    listed_at: str | None
    asked_at: str | None
    trigger: SplitTrigger
