"""Judges near copies on both sides: what they say about the accuracy on new parts.

A detector that misses some copies leaves a remainder that isn't clean. So copies give a bound on
the accuracy, never the accuracy; only groups, which the user names, can tell.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from auditing import evidence
from auditing.evidence import FEW, Right, percent
from documents import NearCopiesDocument, NearCopyExample
from judging import near_copies
from judging.near_copies import Appearances, Rows

_EXAMPLES = 20
_NOTABLE = 0.05  # share of the validation images
_CLUSTERED = 4000  # images in which a fixed camera is looked for
_MOST = 0.5  # of the images in one cluster show a fixed camera
_REMEDY = "put the photographs of each part into a folder of its own below the class"


@dataclass(frozen=True)
class CopiesCompared:
    """The validation images compared, one row each.

    copy: the nearest near copy's row in `train`, -1 without; bits: how many of 256 differ; right:
    whether the model is; copy_right: whether the copy is of the image's class; chance: that of any
    training image to be. told_apart: image and copy are in two groups that the user named.
    unseen_right: whether a model is right that has seen neither the image nor anything like it;
    accuracy_unseen: of such models, on all images of both sides, which show `parts` parts as far as
    copies are recognised. None without such models.
    """

    validation: list[str]
    train: list[str]
    copy: Rows
    bits: Rows
    right: Right
    copy_right: Right
    chance: npt.NDArray[np.floating[Any]]
    told_apart: Right
    unseen_right: Right | None = None
    accuracy_unseen: float | None = None
    parts: int = 0


def describe(compared: CopiesCompared, is_fixed_camera: bool) -> NearCopiesDocument:
    """Return what audit.json holds about near copies."""
    has = compared.copy >= 0
    closest = np.flatnonzero(has)[np.argsort(compared.bits[has], kind="stable")][:_EXAMPLES]
    examples: list[NearCopyExample] = [
        {
            "validation": compared.validation[row],
            "train": compared.train[compared.copy[row]],
            "distance": int(compared.bits[row]),
        }
        for row in closest
    ]
    others = int((~has).sum())
    return {
        "validation_images": int(has.sum()),
        "share": float(has.mean()),
        "same_class": float(compared.copy_right[has].mean()) if has.any() else None,
        "accuracy_without": float(compared.right[~has].mean()) if others >= FEW else None,
        "images_without": others,
        "in_other_groups": int((has & compared.told_apart).sum()),
        "fixed_camera": is_fixed_camera,
        "accuracy_at_most": None if is_fixed_camera else _bound(compared),
        "examples": examples,
    }


def is_of_fixed_camera(looks: Appearances) -> bool:
    """Return whether most images are near copies of each other, directly or through others."""
    count = len(looks.bits)
    if count > _CLUSTERED:
        chosen = np.random.default_rng(0).choice(count, _CLUSTERED, replace=False)
        looks, count = looks.rows(np.sort(chosen)), _CLUSTERED
    return bool(np.bincount(near_copies.clusters(looks)).max() > _MOST * count)


def warn(document: NearCopiesDocument, compared: CopiesCompared) -> dict[str, str | None]:
    """Warn of copies that give the class away, or say that nothing can be told, by code."""
    has = compared.copy >= 0
    untold = has & ~compared.told_apart
    if untold.mean() >= _NOTABLE and document["fixed_camera"]:
        return {
            "fixed-camera": "Most images are near copies of each other, as those of a fixed camera "
            "are. So it can't be told whether photographs of one part are on both sides, which "
            f"would make the accuracy too high. Where a part has several photographs, {_REMEDY}."
        }
    reveals = untold.mean() >= _NOTABLE and evidence.convinces(
        compared.copy_right[untold], compared.chance[untold]
    )
    if reveals or _flatters(compared):
        return {"near_copies": _sentence(compared, _bound(compared))}
    return {}


def _flatters(compared: CopiesCompared) -> bool:
    """Return whether copies in other groups make the model look better than it is."""
    has = (compared.copy >= 0) & compared.told_apart
    if compared.unseen_right is None or has.mean() < _NOTABLE:
        return False
    return evidence.is_better(compared.right[has], compared.unseen_right[has])


def _bound(compared: CopiesCompared) -> float:
    """Return what the accuracy on new parts is at most, by the best figure that there is.

    A limit of 95 % confidence, in which the photographs of one part count once.
    """
    known = [float(compared.right.mean())]
    others = compared.copy < 0
    if compared.accuracy_unseen is not None:
        known.append(evidence.limit(compared.accuracy_unseen, compared.parts))
    elif others.sum() >= FEW:
        known.append(evidence.limit(float(compared.right[others].mean()), int(others.sum())))
    return min(known)


def _sentence(compared: CopiesCompared, bound: float) -> str:
    is_known = compared.accuracy_unseen is not None or bound < compared.right.mean()
    beginning = (
        f"On new parts it is right on at most {percent(bound)}"
        if is_known and len(compared.right) >= FEW
        else "How good it is on new parts can't be told"
    )
    return (
        f"{beginning}: {(compared.copy >= 0).sum()} of {len(compared.copy)} validation images have "
        "a near copy among the training images, as photographs of one part do. Some copies aren't "
        f"recognised, so it may be far less. Only groups can tell: {_REMEDY}."
    )
