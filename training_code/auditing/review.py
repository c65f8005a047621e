"""Lists the images that a person should look at again, for review.json and its thumbnails."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from auditing import label_errors
from auditing.gallery import Gallery
from documents import (
    CandidateDocument,
    NearlyEqualImages,
    OddImageDocument,
    PicturedImage,
    ReviewDocument,
)
from judging import near_copies
from judging.folds import Judged
from judging.near_copies import Rows
from loading import exact_copies
from loading.dataset import ImageData

_PICTURED = 100  # candidates with thumbnails
_LISTED = 1000  # candidates, where so many labels are estimated to be wrong
_NEIGHBOURS = 3
_GROUPS = 20  # of copies
_SHOWN = 6  # images of a group
_ODD = 30
_ONE_PART = 30  # near copies of an image; more show a camera, not a part
_COMPARED = 20_000  # images with each other; of more a sample
_CANDIDATE_BYTES = 1_700_000  # of thumbnails
_SECTION_BYTES = 300_000


@dataclass(frozen=True)
class _NearGroup:
    """Rows of near copies, and the smallest distance between two of them, in bits of 256."""

    rows: Rows
    distance: int


def of(
    data: ImageData, judged: Judged, probabilities: npt.NDArray[np.float32], gallery: Gallery
) -> ReviewDocument:
    """Return what review.json holds; `gallery` writes the thumbnails.

    `probabilities` (validation images, classes) are the exported model's. Where nothing was judged
    by folds, they are the only ones of a model that never saw the image.
    """
    labels = np.concatenate([data.train.labels, data.validation.labels])
    digests = np.concatenate([data.train.digests, data.validation.digests])
    unseen = probabilities if judged.probabilities is None else judged.probabilities
    features = None if judged.features is None else label_errors.directions(judged.features)
    equal = [rows for rows in exact_copies.equal(digests) if len({*labels[rows].tolist()}) > 1]
    across_classes, across_sides = _near_copies(data, labels, digests)
    gallery.allow(_CANDIDATE_BYTES)
    candidates, total, wrong = _candidates(data.classes, labels, unseen, features, gallery)
    gallery.allow(_SECTION_BYTES)
    odd, odd_total = _odd(features, gallery)
    gallery.allow(3 * _SECTION_BYTES)
    return {
        "images": len(labels),
        "judged_images": len(unseen),
        "candidates": candidates,
        "candidates_total": total,
        "estimated_wrong": wrong,
        "in_two_classes": [{"images": _shown(rows, gallery)} for rows in equal[:_GROUPS]],
        "in_two_classes_total": len(equal),
        "near_copies_across_classes": _groups(across_classes, gallery),
        "near_copies_across_classes_total": len(across_classes),
        "near_copies_across_sides": _groups(across_sides, gallery),
        "near_copies_across_sides_total": len(across_sides),
        "odd": odd,
        "odd_total": odd_total,
    }


def _candidates(
    classes: list[str],
    labels: npt.NDArray[np.int32],
    probabilities: npt.NDArray[np.float32],
    features: npt.NDArray[np.float32] | None,
    gallery: Gallery,
) -> tuple[list[CandidateDocument], int, int]:
    """Return the candidates, how many there are, and how many are estimated to be wrong.

    `probabilities` are those of the last images, or of all.
    """
    first = len(labels) - len(probabilities)
    suspects = label_errors.candidates(labels[first:], probabilities)
    trusted = np.ones(len(labels), np.bool_)
    trusted[first + suspects.rows] = False
    most = min(max(suspects.estimated, _PICTURED), _LISTED)
    listed: list[CandidateDocument] = []
    pairs = zip(suspects.rows[:most].tolist(), suspects.suggested[:most].tolist(), strict=True)
    for number, (row, suggested) in enumerate(pairs):
        if number == _PICTURED:
            gallery.close()
        nearest: Rows = np.empty(0, np.int64)
        if features is not None and number < _PICTURED:
            of_class = trusted & (labels == suggested)
            nearest = label_errors.nearest(features, first + row, of_class, _NEIGHBOURS)
        listed.append(
            {
                **gallery.show(first + row),
                "suggested": classes[suggested],
                "probability": _share(probabilities[row, suggested]),
                "own_probability": _share(probabilities[row, labels[first + row]]),
                "neighbours": _shown(nearest, gallery),
            }
        )
    return listed, len(suspects.rows), suspects.estimated


def _near_copies(
    data: ImageData, labels: npt.NDArray[np.int32], digests: npt.NDArray[np.uint64]
) -> tuple[list[_NearGroup], list[_NearGroup]]:
    """Find near copies across classes and across sides, the nearest first."""
    count, split = len(labels), len(data.train.files)
    rows = np.arange(count)
    if count > _COMPARED:
        rows = np.sort(np.random.default_rng(0).choice(count, _COMPARED, replace=False))
    sides = rows >= split
    looks = near_copies.joined(
        near_copies.appearances(data.train.pixels, rows[~sides]),
        near_copies.appearances(data.validation.pixels, rows[sides] - split),
    )
    digests = digests[rows]
    by_class, bits_by_class = near_copies.across(looks, labels[rows], _ONE_PART)
    # Equal images in two classes have a list of their own.
    by_class[digests[by_class] == digests] = -1
    by_side, bits_by_side = near_copies.across(looks, sides, _ONE_PART)
    return _near_groups(rows, by_class, bits_by_class), _near_groups(rows, by_side, bits_by_side)


def _near_groups(rows: Rows, nearest: Rows, bits: Rows) -> list[_NearGroup]:
    groups = []
    for members in near_copies.linked(nearest):
        distances = bits[members[nearest[members] >= 0]]
        groups.append(_NearGroup(rows[members], int(distances.min())))
    return sorted(groups, key=lambda group: group.distance)


def _groups(groups: list[_NearGroup], gallery: Gallery) -> list[NearlyEqualImages]:
    return [
        {"images": _shown(group.rows, gallery), "distance": group.distance}
        for group in groups[:_GROUPS]
    ]


def _odd(
    features: npt.NDArray[np.float32] | None, gallery: Gallery
) -> tuple[list[OddImageDocument], int]:
    """Return the odd images, and how many there are."""
    if features is None:
        return [], 0
    odd = label_errors.odd(features)
    pairs = zip(odd.rows[:_ODD].tolist(), odd.distances[:_ODD], strict=True)
    return [{**gallery.show(row), "distance": _share(distance)} for row, distance in pairs], len(
        odd.rows
    )


def _shown(rows: Rows, gallery: Gallery) -> list[PicturedImage]:
    return [gallery.show(row) for row in rows[:_SHOWN].tolist()]


def _share(value: np.floating[Any]) -> float:
    return round(float(value), 6)
