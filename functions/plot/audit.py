"""Reads audit.json: what the training found that makes its own accuracy doubtful. Pure."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MAXIMUM_EXAMPLES = 20


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Majority(_Part):
    """What naming the most frequent class every time would reach."""

    class_name: str = Field(alias="class")
    accuracy: float


class Copy(_Part):
    """A validation image that almost is a training image; the distance is in bits of 256."""

    validation: str
    train: str
    distance: float


class NearCopies(_Part):
    """How many validation images the model may simply have seen, and the accuracy without them."""

    validation_images: int
    share: float
    examples: list[Copy] = []
    accuracy_without: float | None = None
    images_without: int | None = None


class Reached(_Part):
    """What a shortcut reaches."""

    accuracy: float | None = None


class Neighbour(_Part):
    """What naming the class of the most similar training image reaches, by part of the picture."""

    thumbnail: Reached = Reached()
    border: Reached = Reached()


class AuditWarning(_Part):
    """What a reader must know before believing the accuracy."""

    code: str
    sentence: str


class Audit(_Part):
    """All of it; what is None was not looked at."""

    majority: Majority | None = None
    near_copies: NearCopies | None = None
    neighbour: Neighbour = Neighbour()
    warnings: list[AuditWarning] = []


def read_audit(body: bytes | None) -> Audit | None:
    """Read audit.json; None when it is not there or not as the training code writes it."""
    if body is None:
        return None
    try:
        return Audit.model_validate_json(body)
    except ValidationError:
        return None
