"""Reads audit.json: the training's own checks of its accuracy. Pure."""

from __future__ import annotations

from typing import Annotated

from plot.inputs.lenient_json import Count, LenientDocument, Number, OrDefault, Share

AUDIT = "audit.json"
MAXIMUM_EXAMPLES = 20


class Copy(LenientDocument):
    """A validation image that is almost a training image; the distance is in bits of 256."""

    validation: str
    train: str
    distance: Number


class NearCopies(LenientDocument):
    """Validation images that the model may have memorised, and the accuracy without them.

    The accuracy on new parts is at most `accuracy_at_most`.
    """

    validation_images: Count
    share: Share
    examples: Annotated[tuple[Copy, ...], OrDefault] = ()
    accuracy_without: Annotated[Share | None, OrDefault] = None
    images_without: Annotated[Count | None, OrDefault] = None
    accuracy_at_most: Annotated[Share | None, OrDefault] = None


class Reached(LenientDocument):
    """The accuracy that a shortcut reaches."""

    accuracy: Annotated[Share | None, OrDefault] = None


class Neighbour(LenientDocument):
    """Accuracy of predicting the class of the nearest training image, by part of the picture."""

    thumbnail: Annotated[Reached, OrDefault] = Reached()
    border: Annotated[Reached, OrDefault] = Reached()


class AuditWarning(LenientDocument):
    """A reason to doubt the accuracy."""

    code: str
    sentence: str


class Audit(LenientDocument):
    """All checks; None for those that weren't made."""

    near_copies: Annotated[NearCopies | None, OrDefault] = None
    neighbour: Annotated[Neighbour, OrDefault] = Neighbour()
    warnings: Annotated[tuple[AuditWarning, ...], OrDefault] = ()
