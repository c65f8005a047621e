"""Types of the JSON documents that one function writes and another reads.

Each mirrors the JSON field by field, so a document of an older version of droptrain can still be
read: its fields are a subset of these, and fields that are no longer known are passed on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NotRequired, TypedDict

from pydantic import BaseModel, ConfigDict

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


TriggerKind = Literal["window", "ready", "again", "job ended"]
SplitStatus = Literal[
    "ready", "unchanged", "collecting", "queued", "capped", "refused", "outdated", "not yet"
]


class Document(BaseModel):
    """The base of all documents."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class SplitTrigger(Document):
    """Why the split was started.

    window      the drop was quiet for a while
    ready       the user dropped raw/_READY
    again       the daily limit allows another run
    job ended   one job runs at a time, and images may have been dropped meanwhile

    `triggered_at` is when the user changed something, the limit expired, or the job ended.
    """

    kind: TriggerKind
    triggered_at: datetime
    correlation_id: str

    @property
    def asked_at(self) -> datetime | None:
        """When the user asked for a run by dropping raw/_READY, if they did."""
        return self.triggered_at if self.kind == "ready" else None


class ScheduleEvent(SplitTrigger):
    """The event that a schedule sends to the split; `window` is the schedule's name."""

    source: Literal["droptrain.schedule"] = "droptrain.schedule"
    kind: Literal["window", "ready", "again"]
    window: str


class SplitAnswer(Document):
    """What became of a drop: the split's answer, which Lambda passes on to the launch.

    The launch acts on the status `ready` alone. `listed_at` is when raw/ was listed, `asked_at` the
    time of the user's newest raw/_READY, `channel_bytes` the size of what the job fetches. The
    document doesn't grow with the drop, because Lambda limits its size.
    """

    status: SplitStatus
    dataset: str | None = None
    train_images: int = 0
    validation_images: int = 0
    channel_bytes: int = 0
    listed_at: datetime | None = None
    asked_at: datetime | None = None
    trigger: SplitTrigger


class DropWarning(Document):
    """Something in a drop that is allowed but suspicious, or that weakens a run's evidence."""

    code: str
    sentence: str


class LeftOutDetail(Document):
    """The objects left out for one reason: how many, the first few keys, and what to do."""

    reason: str
    count: int
    what_to_do: str | None
    examples: list[str]


class Verdict(Document):
    """`splits/<dataset>/verdict.json`: a drop that can be trained.

    `classes` counts the images of each class by side, `left_out` the other objects by reason.
    """

    status: Literal["ready"] = "ready"
    sentence: str = ""
    dataset: str = ""
    warnings: list[DropWarning] = []
    classes: dict[str, dict[str, int]] = {}
    settings: dict[str, int | float | str] = {}
    left_out: dict[str, int] = {}
    left_out_details: list[LeftOutDetail] = []


class RefusalVerdict(Document):
    """`splits/refused/<drop>/verdict.json`: a drop that can't be trained, and the way out.

    `classes` counts the images of each class, `left_out` the other objects by reason.
    """

    status: Literal["refused"] = "refused"
    code: str
    sentence: str
    remedy: str
    warnings: list[DropWarning] = []
    classes: dict[str, int] = {}
    settings: dict[str, int | float | str] = {}
    left_out: dict[str, int] = {}
    left_out_details: list[LeftOutDetail] = []


# One line of `splits/<dataset>/manifest.jsonl`. An image of the dataset has class, group, side and
# copy, an image of a refused drop class and group; any other object has left_out and detail.
ManifestRow = TypedDict(
    "ManifestRow",
    {
        "key": str,
        "content": str,
        "size": int,
        "class": NotRequired[str],
        "group": NotRequired[str | None],
        "side": NotRequired[str],
        "copy": NotRequired[str],
        "left_out": NotRequired[str],
        "detail": NotRequired[str],
    },
)
