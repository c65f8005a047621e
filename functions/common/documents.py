"""Types of the JSON documents that one function writes and another reads. Pure.

Each mirrors the JSON field by field. Documents of an older version of droptrain can be read: fields
that a type doesn't know are ignored, new ones have defaults.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, NotRequired

from pydantic import AwareDatetime, BaseModel, ConfigDict, PlainSerializer
from typing_extensions import TypedDict  # pydantic reads typing's only from Python 3.12 on

from common import clock

Timestamp = Annotated[AwareDatetime, PlainSerializer(clock.to_text, return_type=str)]

TriggerKind = Literal["window", "ready", "again", "job ended", "daily"]
SplitStatus = Literal[
    "ready", "unchanged", "collecting", "queued", "capped", "refused", "outdated", "not yet"
]


class JsonDocument(BaseModel):
    """The base of the documents that are validated."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def to_json(self) -> bytes:
        """Write the document as JSON that people can read."""
        return self.model_dump_json(indent=2).encode()


class SplitTrigger(JsonDocument):
    """Why the split was started.

    window      the drop was quiet for a while
    ready       the user dropped raw/_READY
    again       a limit allows another run
    job ended   one job runs at a time, and images may have been dropped meanwhile
    daily       once a day, in case an event was lost

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
    kind: Literal["window", "ready", "again", "daily"]
    window: str


class WatchEvent(JsonDocument):
    """The event that starts the watch: from a schedule, from launch or from a person.

    job     look whether the end of the job `run` was handled, and send it again if not;
            `draw_again` sends it in any case and replaces the results of plot, `sent` counts how
            often it was sent before
    daily   look for news in the status that nothing came of
    """

    source: Literal["droptrain.watch"] = "droptrain.watch"
    kind: Literal["job", "daily"]
    run: str = ""
    correlation_id: str = ""
    draw_again: bool = False
    sent: int = 0


class SplitAnswer(JsonDocument):
    """What became of a drop: the split's answer, which Lambda passes on to the launch.

    The launch acts on the status `ready` alone. `listed_at` is when raw/ was listed, `asked_at` the
    time of the user's newest raw/_READY, `channel_bytes` the size of what the job fetches. The
    document doesn't grow with the drop, because Lambda limits its size.
    """

    status: SplitStatus
    dataset: str | None = None
    train_images: int = 0
    validation_images: int = 0
    test_images: int = 0
    channel_bytes: int = 0
    listed_at: datetime | None = None
    asked_at: datetime | None = None
    trigger: SplitTrigger


class DropWarning(JsonDocument):
    """Something in a drop that is allowed but suspicious, or that weakens a run's evidence."""

    code: str
    sentence: str


class LeftOutDetail(JsonDocument):
    """The objects left out for one reason: how many, the first few keys, and what to do."""

    reason: str
    count: int
    what_to_do: str | None = None
    examples: list[str]


class DropSummary(JsonDocument):
    """What both verdicts state; `left_out` counts the objects left out by reason."""

    status: Literal["ready", "refused"]
    sentence: str = ""
    warnings: list[DropWarning] = []
    settings: dict[str, int | float | str] = {}
    left_out: dict[str, int] = {}
    left_out_details: list[LeftOutDetail] = []


class Verdict(DropSummary):
    """`splits/<dataset>/verdict.json`: a drop that can be trained.

    `classes` counts the images of each class by side, `test_images` those of the sealed test set.
    """

    status: Literal["ready"] = "ready"
    dataset: str = ""
    classes: dict[str, dict[str, int]] = {}
    test_images: dict[str, int] = {}


class RefusalVerdict(DropSummary):
    """`splits/refused/<drop>/verdict.json`: a drop that can't be trained, and what to do.

    `classes` counts the images of each class.
    """

    status: Literal["refused"] = "refused"
    code: str
    remedy: str
    classes: dict[str, int] = {}


# One line of `splits/<dataset>/manifest.jsonl`. An image of the dataset has class, group, side and
# copy, and so has one of the test set, whose side is `test`. An image of a refused drop has class
# and group; any other object has left_out and detail.
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
