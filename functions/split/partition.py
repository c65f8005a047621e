"""Gives each image a side: stratified by class, seeded, and for ever the same one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sklearn.model_selection import train_test_split

from split.objects import Image, Side


def partition(
    images: Iterable[Image], known: Mapping[str, Side], validation_share: float, seed: int
) -> dict[str, Side]:
    """Return the side of each content.

    A content in `known` keeps its side, so that no image validated on is ever trained on later.
    Only new contents are drawn, class by class, so many for validation as bring the class
    nearest to `validation_share`, with at least one on each side where that is possible.
    """
    by_class: defaultdict[str, list[str]] = defaultdict(list)
    for image in images:
        by_class[image.class_name].append(image.source.content)
    sides: dict[str, Side] = {}
    for contents in by_class.values():
        new = sorted(content for content in contents if content not in known)
        sides.update({content: known[content] for content in contents if content in known})
        validation = sum(sides.get(content) == "validation" for content in contents)
        wanted = _validation_count(len(contents), validation_share) - validation
        sides.update(_draw(new, min(max(wanted, 0), len(new)), seed))
    return sides


def _validation_count(images: int, share: float) -> int:
    return min(max(round(images * share), 1), images - 1)


def _draw(contents: list[str], validation: int, seed: int) -> dict[str, Side]:
    if validation in (0, len(contents)):
        return dict.fromkeys(contents, "validation" if validation else "train")
    train, held_out = train_test_split(contents, test_size=validation, random_state=seed)
    return dict.fromkeys(train, "train") | dict.fromkeys(held_out, "validation")
