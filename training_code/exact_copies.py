"""Finds pictures that are the same, pixel by pixel, in two classes or on both sides.

The split compares files; training sees every pixel, so it also finds the same picture saved twice:
as PNG and BMP, with another comment in it, uploaded whole and in parts.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from channel import Channel
    from images import Pixels

_EXAMPLES = 20
_SHOWN = 3

Digests = npt.NDArray[np.uint64]


def digest(pixels: "Pixels") -> int:
    """Return 64 bits that only the same pixels have: among a million pictures chance is 1e-8.

    Python's own hash is a tenth of the work of a cryptographic one. It's another number in every
    process: https://peps.python.org/pep-0456/
    """
    return hash(pixels.tobytes()) % 2**64


def find(train: "Channel", validation: "Channel") -> dict[str, Any]:
    """Return what audit.json holds of them: how many images, and groups of names as examples."""
    names = [f"train/{name}" for name in train.files]
    names += [f"validation/{name}" for name in validation.files]
    labels = np.concatenate([train.labels, validation.labels])
    sides = np.repeat([0, 1], [len(train.files), len(validation.files)])
    digests = np.concatenate([train.digests, validation.digests])
    repeated = _groups(digests)
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


def warnings(found: dict[str, Any], validation_images: int) -> list[dict[str, str]]:
    """Say what to do about what was found."""
    classes, sides = found["in_two_classes"], found["on_both_sides"]
    sentences = {
        "copies-in-two-classes": classes["images"]
        and f"{classes['images']} images are the same pictures, pixel by pixel, in more than one "
        f"class: {_shown(classes['examples'])}. Decide for one class and delete the others.",
        "copies-on-both-sides": sides["validation_images"]
        and f"{sides['validation_images']} of {validation_images} validation images are training "
        f"images too, pixel by pixel: {_shown(sides['examples'])}. The model has seen them, so it "
        "looks better than it is: delete all but one of each.",
    }
    return [{"code": code, "sentence": text} for code, text in sentences.items() if text]


def _groups(digests: Digests) -> list[npt.NDArray[np.int64]]:
    """Return the rows of each digest that occurs more than once, in the order of the rows."""
    order = np.argsort(digests, kind="stable")
    ordered = digests[order]
    as_next = np.append(ordered[1:] == ordered[:-1], False)
    as_last = np.append(False, as_next[:-1])
    rows = order[as_next | as_last]
    starts = np.flatnonzero((as_next & ~as_last)[as_next | as_last])
    groups = np.split(rows, starts[1:]) if len(rows) else []
    return sorted(groups, key=lambda group: int(group[0]))


def _examples(groups: list[npt.NDArray[np.int64]], names: list[str]) -> list[list[str]]:
    return [[names[row] for row in group[:_EXAMPLES]] for group in groups[:_EXAMPLES]]


def _shown(examples: list[list[str]]) -> str:
    pairs = [f"{group[0]} and {group[-1]}" for group in examples[:_SHOWN]]
    return "; ".join(pairs) + ("; …" if len(examples) > _SHOWN else "")
