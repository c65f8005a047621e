"""Chooses the groups that are held out for validation, each as a whole. Pure.

scikit-learn's GroupShuffleSplit proposes divisions; moving single groups from side to side then
brings each proposal closer to what each class wants, and the closest is taken. The reasons are in
docs/decisions/0014-groups.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sklearn.model_selection import GroupShuffleSplit
from sklearn.utils import shuffle

# A few groups need many starts to find a possible division at all; with many groups, any random
# division is close already.
MAXIMUM_PROPOSALS = 16
PROPOSED_GROUPS = 50_000
MAXIMUM_PASSES = 20
# A smaller gain is a rounding error and could move a group back and forth.
SMALLEST_GAIN = 1e-12

GroupSizes = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Demand:
    """How many images of its new groups a class wants held out: `wanted`.

    `size` counts all images of the class, `in_validation` those on the validation side already. A
    `flexible` class has single images left that can go to either side.
    """

    wanted: float
    size: int
    in_validation: int
    flexible: bool

    def cost(self, held_out: int, classes: int) -> float:
        """Rate holding out so many images: a class on one side costs more than all distances."""
        one_sided = not self.flexible and self.in_validation + held_out in (0, self.size)
        return one_sided + abs(held_out - self.wanted) / self.size / (classes + 1)


def choose_groups(sizes: GroupSizes, demands: Mapping[str, Demand], seed: int) -> set[str]:
    """Return the groups to hold out; `sizes` counts the images of each class in each group.

    The seed is for the proposals and for the order in which groups are moved.
    """
    names = sorted(sizes)
    order: list[str] = shuffle(names, random_state=seed)
    best: tuple[float, set[str]] | None = None
    for proposal in _proposals(names, sizes, demands, seed):
        division = _Division(sizes, demands, proposal)
        division.improve(order)
        if best is None or division.cost() < best[0] - SMALLEST_GAIN:
            best = (division.cost(), division.held_out)
    return best[1] if best else set()


def _proposals(
    names: Sequence[str], sizes: GroupSizes, demands: Mapping[str, Demand], seed: int
) -> Iterator[set[str]]:
    if len(names) == 1:
        yield set()
        return
    images = sum(sum(of_group.values()) for of_group in sizes.values())
    share = sum(demand.wanted for demand in demands.values()) / images
    splitter = GroupShuffleSplit(
        n_splits=min(max(PROPOSED_GROUPS // len(names), 1), MAXIMUM_PROPOSALS),
        test_size=min(max(round(len(names) * share), 1), len(names) - 1),
        random_state=seed,
    )
    for _, held_out in splitter.split(names, groups=names):
        yield {names[index] for index in held_out}


class _Division:
    """A choice of groups, and its distance from what the classes want."""

    def __init__(
        self, sizes: GroupSizes, demands: Mapping[str, Demand], held_out: set[str]
    ) -> None:
        self.held_out = set(held_out)
        self._sizes = sizes
        self._demands = demands
        self._counts = dict.fromkeys(demands, 0)
        for name in held_out:
            for class_name, count in sizes[name].items():
                self._counts[class_name] += count
        self._costs = {name: self._cost(name, count) for name, count in self._counts.items()}

    def cost(self) -> float:
        return sum(self._costs.values())

    def improve(self, order: Sequence[str]) -> None:
        """Move single groups to the other side for as long as that brings the classes closer."""
        for _ in range(MAXIMUM_PASSES):
            moved = [name for name in order if self._move_if_better(name)]
            if not moved:
                return

    def _move_if_better(self, name: str) -> bool:
        sign = -1 if name in self.held_out else 1
        costs = {
            class_name: self._cost(class_name, self._counts[class_name] + sign * count)
            for class_name, count in self._sizes[name].items()
        }
        gain = sum(self._costs[class_name] - cost for class_name, cost in costs.items())
        if gain <= SMALLEST_GAIN:
            return False
        for class_name, count in self._sizes[name].items():
            self._counts[class_name] += sign * count
        self._costs |= costs
        self.held_out ^= {name}
        return True

    def _cost(self, class_name: str, held_out: int) -> float:
        return self._demands[class_name].cost(held_out, len(self._demands))
