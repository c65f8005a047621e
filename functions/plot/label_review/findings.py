"""What the review shows, section by section, with the moves that help. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from common.wording import count
from plot.inputs.raw_objects import RawObjects
from plot.inputs.review import (
    LabelCandidate,
    LabelReview,
    LookAlikes,
    OddImage,
    PicturedImage,
    SidedImage,
)
from plot.label_review.kinds import (
    ACROSS_CLASSES,
    ACROSS_SIDES,
    CANDIDATES,
    IN_TWO_CLASSES,
    ODD,
    Kind,
)
from plot.label_review.moves import Move, Moves


@dataclass(frozen=True)
class Advice:
    """The moves that make an image one of the class `becomes`, or take it out of raw/ if None."""

    becomes: str | None
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class ListedImage:
    """An image with the keys of its objects; there are none if the manifest is missing."""

    image: SidedImage
    keys: tuple[str, ...]
    advice: tuple[Advice, ...] = ()

    @property
    def name(self) -> str:
        """The key, or else the name of the copy."""
        return self.keys[0] if self.keys else self.image.file


@dataclass(frozen=True)
class Finding:
    """One or several images to look at together."""

    images: tuple[ListedImage, ...]
    suggested: str | None = None
    probability: float | None = None
    own_probability: float | None = None
    neighbours: tuple[PicturedImage, ...] = ()
    distance: float | None = None


@dataclass(frozen=True)
class Section:
    """Findings of one kind, the worst first; `total` may be more than are listed."""

    kind: Kind
    findings: tuple[Finding, ...]
    total: int


@dataclass(frozen=True)
class Findings:
    """All that should be looked at; sections may be empty.

    `doubtful` is about how many of the candidates have a wrong label, and these come first.
    """

    doubtful: int
    sections: tuple[Section, ...]

    @property
    def sentence(self) -> str:
        """The number of doubtful labels in words."""
        if not self.doubtful:
            return "No label looks wrong"
        return f"About {count(self.doubtful, 'image')} may be labelled wrong"


def findings_of(review: LabelReview, raw_objects: RawObjects) -> Findings:
    """Look up the objects of all images, and plan their moves."""
    planner = _Planner(raw_objects)
    across = planner.across_classes
    lists: list[tuple[Kind, Iterable[Finding], int]] = [
        (CANDIDATES, map(planner.candidate, review.candidates), review.candidates_total),
        (IN_TWO_CLASSES, map(across, review.in_two_classes), review.in_two_classes_total),
        (
            ACROSS_CLASSES,
            map(across, review.near_copies_across_classes),
            review.near_copies_across_classes_total,
        ),
        (
            ACROSS_SIDES,
            map(planner.across_sides, review.near_copies_across_sides),
            review.near_copies_across_sides_total,
        ),
        (ODD, map(planner.odd, review.odd), review.odd_total),
    ]
    sections = tuple(_section(*of_kind) for of_kind in lists)
    candidates = sections[0].total
    estimated = review.estimated_wrong
    return Findings(candidates if estimated is None else min(estimated, candidates), sections)


def _section(kind: Kind, findings: Iterable[Finding], total: int) -> Section:
    listed = tuple(findings)
    return Section(kind, listed, max(total, len(listed)))


class _Planner:
    """Makes findings of rows."""

    def __init__(self, raw_objects: RawObjects) -> None:
        self._raw_objects = raw_objects
        self._moves = Moves(raw_objects)

    def candidate(self, row: LabelCandidate) -> Finding:
        return Finding(
            images=(self._listed(row, [row.suggested]),),
            suggested=row.suggested,
            probability=row.probability,
            own_probability=row.own_probability,
            neighbours=row.neighbours,
        )

    def across_classes(self, row: LookAlikes) -> Finding:
        classes = sorted({image.class_name for image in row.images})
        images = (self._listed(image, classes) for image in row.images)
        return Finding(tuple(images), distance=row.distance)

    def across_sides(self, row: LookAlikes) -> Finding:
        return Finding(tuple(map(self._aside, row.images)), distance=row.distance)

    def odd(self, row: OddImage) -> Finding:
        return Finding((self._aside(row),), distance=row.distance)

    def _aside(self, image: SidedImage) -> ListedImage:
        return self._listed(image, [None])

    def _listed(self, image: SidedImage, classes: Iterable[str | None]) -> ListedImage:
        advice = (Advice(name, self._moves.of(image.file, name)) for name in classes)
        keys = self._raw_objects.keys_of(image.file)
        return ListedImage(image, keys, tuple(item for item in advice if item.moves))
