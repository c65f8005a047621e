"""Finds pictures that are equal pixel by pixel.

The split compares files; training sees every pixel, so it also finds a picture saved twice: as PNG
and BMP, or with another comment in it, or uploaded once whole and once in parts.
"""

import numpy as np
import numpy.typing as npt

from documents import CodedWarning, ExactCopies, warnings_with
from loading.channel import Channel

_EXAMPLES = 20
_SHOWN = 3
Rows = npt.NDArray[np.int64]


def find(train: Channel, validation: Channel) -> ExactCopies:
    """Count the copies, and name some groups of them."""
    names = [f"train/{name}" for name in train.files]
    names += [f"validation/{name}" for name in validation.files]
    labels = np.concatenate([train.labels, validation.labels])
    sides = np.repeat([0, 1], [len(train.files), len(validation.files)])
    digests = np.concatenate([train.digests, validation.digests])
    repeated = equal(digests)
    of_two_classes = [group for group in repeated if len({*labels[group].tolist()}) > 1]
    of_two_sides = [group for group in repeated if len({*sides[group].tolist()}) > 1]
    return {
        "in_two_classes": {
            "images": sum(len(group) for group in of_two_classes),
            "examples": _examples(of_two_classes, names),
        },
        "on_both_sides": {
            "validation_images": int(sum(sides[group].sum() for group in of_two_sides)),
            "examples": _examples(of_two_sides, names),
        },
    }


def warnings(copies: ExactCopies, validation_images: int) -> list[CodedWarning]:
    """Return what to do about the copies."""
    classes, sides = copies["in_two_classes"], copies["on_both_sides"]
    sentences: dict[str, str | None] = {}
    if classes["images"]:
        sentences["copies-in-two-classes"] = (
            f"{classes['images']} images are the same pictures, pixel by pixel, in more than one "
            f"class: {_shown(classes['examples'])}. Decide for one class and delete the others."
        )
    if sides["validation_images"]:
        sentences["copies-on-both-sides"] = (
            f"{sides['validation_images']} of {validation_images} validation images are training "
            f"images too, pixel by pixel: {_shown(sides['examples'])}. The model has seen them, so "
            "it looks better than it is: delete all but one of each."
        )
    return warnings_with(sentences)


def equal(digests: npt.NDArray[np.uint64]) -> list[Rows]:
    """Return the rows of each digest that occurs more than once, in the order of the rows."""
    order = np.argsort(digests, kind="stable")
    ordered = digests[order]
    as_next = np.append(ordered[1:] == ordered[:-1], False)
    as_last = np.append(False, as_next[:-1])
    rows = order[as_next | as_last]
    starts = np.flatnonzero((as_next & ~as_last)[as_next | as_last])
    groups = np.split(rows, starts[1:]) if len(rows) else []
    return sorted(groups, key=lambda group: int(group[0]))


def _examples(groups: list[Rows], names: list[str]) -> list[list[str]]:
    return [[names[row] for row in group[:_EXAMPLES]] for group in groups[:_EXAMPLES]]


def _shown(examples: list[list[str]]) -> str:
    pairs = [f"{group[0]} and {group[-1]}" for group in examples[:_SHOWN]]
    return "; ".join(pairs) + ("; …" if len(examples) > _SHOWN else "")
