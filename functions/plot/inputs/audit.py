"""Reads audit.json: what the training found that makes its own accuracy doubtful. Pure."""

from __future__ import annotations

from typing import Annotated

from plot.inputs.lenient_json import Count, Document, LenientReader, Number, OrDefault, Share

AUDIT = "audit.json"
MAXIMUM_EXAMPLES = 20


class Copy(Document):
    """A validation image that almost is a training image; the distance is in bits of 256."""

    validation: str
    train: str
    distance: Number


class NearCopies(Document):
    """How many validation images the model may simply have seen, and the accuracy without them."""

    validation_images: Count
    share: Share
    examples: Annotated[tuple[Copy, ...], OrDefault] = ()
    accuracy_without: Annotated[Share | None, OrDefault] = None
    images_without: Annotated[Count | None, OrDefault] = None


class Reached(Document):
    """What a shortcut reaches."""

    accuracy: Annotated[Share | None, OrDefault] = None


class Neighbour(Document):
    """What naming the class of the most similar training image reaches, by part of the picture."""

    thumbnail: Annotated[Reached, OrDefault] = Reached()
    border: Annotated[Reached, OrDefault] = Reached()


class AuditWarning(Document):
    """What a reader must know before believing the accuracy."""

    code: str
    sentence: str


class Audit(Document):
    """All of it; what is None was not looked at."""

    near_copies: Annotated[NearCopies | None, OrDefault] = None
    neighbour: Annotated[Neighbour, OrDefault] = Neighbour()
    warnings: Annotated[tuple[AuditWarning, ...], OrDefault] = ()


def read_audit(reading: LenientReader) -> Audit | None:
    """Read audit.json; None when nothing of it can be used."""
    return reading.document(Audit, AUDIT, "nothing was checked for near-copies and shortcuts")
