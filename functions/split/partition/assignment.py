"""Puts each image on a side for good: stratified by class, groups whole, seeded. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sklearn.model_selection import train_test_split

from split.images import Image
from split.partition.dataset import KnownSides, Side, Sides
from split.partition.groups import Demand, choose_groups


def assign_sides(
    images: Iterable[Image], known: KnownSides, validation_share: float, seed: int
) -> dict[str, Side]:
    """Return the side of each content.

    A content in `known` keeps its side, so that no image validated on is ever trained on later,
    and a new content of a group that has a side joins it. The other groups are drawn, each as a
    whole, as close to `validation_share` in each class as that allows. Last, single images are
    drawn, class by class: as many for validation as bring the class closest to the share, with at
    least one on each side where that is possible.
    """
    images = list(images)
    sides = _known_sides(images, known)
    sides |= _draw_groups(images, sides, validation_share, seed)
    sides |= _draw_single_images(images, sides, validation_share, seed)
    return sides


def straddling_groups(images: Iterable[Image], sides: Mapping[str, str]) -> list[str]:
    """Return the groups with images on both sides; only earlier splits can cause that."""
    by_group: defaultdict[str, set[str]] = defaultdict(set)
    for image in images:
        if image.group is not None:
            by_group[image.group].add(sides[image.source.content])
    return sorted(group for group, of_group in by_group.items() if len(of_group) > 1)


def _known_sides(images: Sequence[Image], known: KnownSides) -> dict[str, Side]:
    sides = {
        image.source.content: known.sides[image.source.content]
        for image in images
        if image.source.content in known.sides
    }
    of_groups = {**_sides_of_groups(images, sides), **known.groups}
    for image in images:
        if image.group in of_groups:
            sides.setdefault(image.source.content, of_groups[image.group])
    return sides


def _sides_of_groups(images: Sequence[Image], sides: Sides) -> dict[str, Side]:
    # The majority of the images that had a side before they joined the group decides.
    balance: Counter[str] = Counter()
    for image in images:
        side = sides.get(image.source.content)
        if image.group is not None and side is not None:
            balance[image.group] += 1 if side == "validation" else -1
    return {group: "validation" if count > 0 else "train" for group, count in balance.items()}


def _draw_groups(
    images: Sequence[Image], sides: Sides, validation_share: float, seed: int
) -> dict[str, Side]:
    sizes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    grouped: Counter[str] = Counter()
    single: Counter[str] = Counter()
    drawn = [image for image in images if image.source.content not in sides]
    for image in drawn:
        if image.group is None:
            single[image.class_name] += 1
        else:
            grouped[image.class_name] += 1
            sizes[image.group][image.class_name] += 1
    if not sizes:
        return {}
    demands = {}
    for class_name, (size, in_validation) in _sizes(images, sides).items():
        if grouped[class_name]:
            missing = _validation_count(size, validation_share) - in_validation
            new = grouped[class_name] + single[class_name]
            # Groups and single images each contribute their part of what is missing.
            wanted = min(max(missing, 0), new) * grouped[class_name] / new
            demands[class_name] = Demand(
                wanted, size, in_validation, flexible=single[class_name] > 0
            )
    held_out = choose_groups(sizes, demands, seed)
    return {
        image.source.content: "validation" if image.group in held_out else "train"
        for image in drawn
        if image.group is not None
    }


def _draw_single_images(
    images: Sequence[Image], sides: Sides, validation_share: float, seed: int
) -> dict[str, Side]:
    by_class: defaultdict[str, list[str]] = defaultdict(list)
    for image in images:
        if image.source.content not in sides:
            by_class[image.class_name].append(image.source.content)
    sizes = _sizes(images, sides)
    drawn: dict[str, Side] = {}
    for class_name, contents in by_class.items():
        size, in_validation = sizes[class_name]
        missing = _validation_count(size, validation_share) - in_validation
        drawn |= _draw(sorted(contents), min(max(missing, 0), len(contents)), seed)
    return drawn


def _sizes(images: Sequence[Image], sides: Sides) -> dict[str, tuple[int, int]]:
    """Count the images of each class, and those on the validation side already."""
    size: Counter[str] = Counter()
    in_validation: Counter[str] = Counter()
    for image in images:
        size[image.class_name] += 1
        in_validation[image.class_name] += sides.get(image.source.content) == "validation"
    return {class_name: (size[class_name], in_validation[class_name]) for class_name in size}


def _validation_count(images: int, share: float) -> int:
    return min(max(round(images * share), 1), images - 1)


def _draw(contents: list[str], validation: int, seed: int) -> dict[str, Side]:
    if validation in (0, len(contents)):
        return dict.fromkeys(contents, "validation" if validation else "train")
    train, held_out = train_test_split(contents, test_size=validation, random_state=seed)
    return dict.fromkeys(train, "train") | dict.fromkeys(held_out, "validation")
