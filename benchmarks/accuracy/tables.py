"""The tables: the targets and whether they are met, then everything that was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean

from benchmarks import page
from benchmarks.accuracy.sets import GeneratedSet
from benchmarks.accuracy.splits import AT_RANDOM, BY_NAME
from benchmarks.accuracy.trainings import AUTO, CNN, TUTORIAL, Measurement

# A set by the name of its folder: X-SDD, 1,360 images of hot-rolled steel in 7 classes,
# https://doi.org/10.3390/sym13040706. Its authors' network: accuracy 0.951, macro-F1 0.9325.
X_SDD = "x_sdd"
# The least mean macro-F1 of `auto`.
WANTED = {
    (X_SDD, AT_RANDOM): 0.985,
    (X_SDD, BY_NAME): 0.975,
    (X_SDD, "random, 20 a class"): 0.90,
    ("sample drop", AT_RANDOM): 0.98,
}
RANGES = "Mean and range of the seeds."
TOLERATED = 0.01  # macro-F1 of `auto` below that of `cnn`
HEADINGS = [
    "contestant", "seeds", "epochs", "trained / measured on",
    "accuracy %", "macro-F1 %", "lowest recall %", "minutes", "CPU minutes",
]  # fmt: skip

Groups = Mapping[tuple[str, str], Mapping[str, Sequence[Measurement]]]  # by set and split


def of_folders(measurements: Sequence[Measurement]) -> list[str]:
    """Return the parts of the section on folders that were split."""
    groups = _grouped(measurements)
    rows = [
        [set_name, kind, f"{100 * _mean_border(results):.0f}", *_figures(contestant, results)]
        for (set_name, kind), by_contestant in groups.items()
        for contestant, results in by_contestant.items()
    ]
    headings = ["images", "split", "border alone %", *HEADINGS]
    return [
        circumstances(measurements),
        page.targets([*_wanted(groups), *_comparisons(groups)]),
        f"{RANGES} Border alone: accuracy of a nearest neighbour that sees only the "
        "borders of the images. Minutes: one training, with reading and exporting:",
        page.table(headings, rows),
    ]


def of_generated(
    measurements: Sequence[Measurement], sets: Mapping[str, GeneratedSet]
) -> list[str]:
    """Return the parts of the section on the sets that were drawn."""
    groups = _grouped(measurements)
    rows = []
    for (set_name, _), by_contestant in groups.items():
        counts = sets[set_name].validation.values()
        title = [sets[set_name].title, f"{100 * max(counts) / sum(counts):.0f}"]
        rows += [title + _figures(name, results) for name, results in by_contestant.items()]
    return [
        circumstances(measurements),
        page.targets(_comparisons(groups)),
        f"{RANGES} The lowest recall is that of the weakest class:",
        page.table(["set", "largest class %", *HEADINGS], rows),
    ]


def circumstances(measurements: Sequence[Measurement]) -> str:
    """Return date, machine and load of the measurements."""
    ended = sorted(result.ended for result in measurements)
    day, _, minute = ended[-1].partition(" ")
    until = minute if ended[0].startswith(day) else ended[-1]
    loads = [result.load for result in measurements]
    return (
        f"Measured {ended[0]} to {until} UTC on {page.machine()}. Load average at the end of a "
        f"training: {min(loads):.1f} to {max(loads):.1f}."
    )


def percentages(shares: Sequence[float]) -> str:
    """Return the mean in percent, and the range if there is one."""
    least, most = min(shares), max(shares)
    average = f"{100 * mean(shares):.1f}"
    return average if least == most else f"{average} ({100 * least:.1f} to {100 * most:.1f})"


def _figures(contestant: str, results: Sequence[Measurement]) -> list[str]:
    first = results[0]
    return [
        contestant,
        f"{len(results)}",
        f"{first.epochs}",
        f"{first.trained_on:,} / {first.measured_on:,}",
        percentages([result.accuracy for result in results]),
        percentages([result.macro_f1 for result in results]),
        f"{100 * mean(result.lowest_recall for result in results):.0f}",
        f"{mean(result.minutes for result in results):.1f}",
        f"{mean(result.cpu_minutes for result in results):.1f}",
    ]


def _grouped(measurements: Sequence[Measurement]) -> Groups:
    groups: dict[tuple[str, str], dict[str, list[Measurement]]] = {}
    for result in measurements:
        group = groups.setdefault((result.set_name, result.split), {})
        group.setdefault(result.contestant, []).append(result)
    return groups


def _wanted(groups: Groups) -> list[list[str]]:
    rows = [
        page.at_least(
            f"{set_name}, {kind}: mean macro-F1 of {AUTO}",
            _macro_f1(groups[set_name, kind][AUTO]),
            least,
            4,
        )
        for (set_name, kind), least in WANTED.items()
        if AUTO in groups.get((set_name, kind), {})
    ]
    longest = [result.minutes for group in groups.values() for result in group.get(AUTO, ())]
    return [*rows, page.at_most(f"minutes of the longest {AUTO}", max(longest), 3, 1)]


def _comparisons(groups: Groups) -> list[list[str]]:
    """Ask that `auto` isn't much below `cnn`, nor `cnn` below the tutorial net in both figures."""
    rows = []
    for (set_name, kind), group in groups.items():
        if AUTO in group and CNN in group:
            gain = _macro_f1(group[AUTO]) - _macro_f1(group[CNN])
            title = f"{set_name}, {kind}: macro-F1 of {AUTO} less that of {CNN}"
            rows.append(page.at_least(title, gain, -TOLERATED, 3))
        if CNN in group and TUTORIAL in group:
            gain = max(
                _accuracy(group[CNN]) - _accuracy(group[TUTORIAL]),
                _macro_f1(group[CNN]) - _macro_f1(group[TUTORIAL]),
            )
            title = (
                f"{set_name}, {kind}: {CNN} less {TUTORIAL}, the better of accuracy and macro-F1"
            )
            rows.append(page.at_least(title, gain, 0, 3))
    return rows


def _mean_border(results: Sequence[Measurement]) -> float:
    return mean(result.border for result in results)


def _accuracy(results: Sequence[Measurement]) -> float:
    return mean(result.accuracy for result in results)


def _macro_f1(results: Sequence[Measurement]) -> float:
    return mean(result.macro_f1 for result in results)
