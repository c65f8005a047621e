"""The tables: the targets and whether they are met, then everything that was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean

from benchmarks import page
from benchmarks.accuracy.sets import GeneratedSet
from benchmarks.accuracy.splits import AT_RANDOM, BY_NAME
from benchmarks.accuracy.trainings import OURS, Measurement

# A set by the name of its folder: X-SDD, 1,360 images of hot-rolled steel in 7 classes,
# https://doi.org/10.3390/sym13040706. Its authors' network: accuracy 0.951, macro-F1 0.9325.
X_SDD = "x_sdd"

Groups = Mapping[tuple[str, str, str], Sequence[Measurement]]  # by set, split and contestant


def of_folders(measurements: Sequence[Measurement]) -> list[str]:
    """Return the parts of the section on folders that were split."""
    groups = _grouped(measurements)
    seeds = len({result.seed for result in measurements})
    rows = [
        [
            *key,
            " to ".join(f"{epochs}" for epochs in sorted({result.epochs for result in group})),
            f"{group[0].trained_on:,} / {group[0].measured_on:,}",
            f"{100 * mean(result.border for result in group):.0f}",
            percentages([result.accuracy for result in group]),
            percentages([result.macro_f1 for result in group]),
            f"{mean(result.minutes for result in group):.1f}",
        ]
        for key, group in groups.items()
    ]
    headings = ["images", "split", "contestant", "epochs", "trained / measured on"]
    headings += ["border alone %", "accuracy %", "macro-F1 %", "minutes"]
    return [
        circumstances(measurements),
        page.targets([*_targets_of_x_sdd(groups), *_gains(groups)]),
        f"Mean and range of {seeds} seeds. Border alone: accuracy of a nearest neighbour that sees "
        "only the borders of the images. Minutes: one training, with reading and exporting:",
        page.table(headings, rows),
    ]


def of_generated(
    measurements: Sequence[Measurement], sets: Mapping[str, GeneratedSet]
) -> list[str]:
    """Return the parts of the section on the sets that were drawn."""
    rows = []
    for result in measurements:
        counts = sets[result.set_name].validation.values()
        row = [sets[result.set_name].title, f"{100 * max(counts) / sum(counts):.0f}"]
        row += [result.contestant, f"{result.epochs}"]
        row += [f"{result.trained_on:,} / {result.measured_on:,}"]
        row += [f"{100 * result.accuracy:.1f}", f"{100 * result.macro_f1:.1f}"]
        rows.append([*row, f"{100 * result.lowest_recall:.0f}", f"{result.minutes:.1f}"])
    headings = ["set", "largest class %", "contestant", "epochs", "trained / measured on"]
    headings += ["accuracy %", "macro-F1 %", "lowest recall %", "minutes"]
    return [
        circumstances(measurements),
        page.targets(_gains(_grouped(measurements))),
        "One seed; the lowest recall is that of the weakest class:",
        page.table(headings, rows),
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


def _grouped(measurements: Sequence[Measurement]) -> Groups:
    groups: dict[tuple[str, str, str], list[Measurement]] = {}
    for result in measurements:
        groups.setdefault((result.set_name, result.split, result.contestant), []).append(result)
    return groups


def _targets_of_x_sdd(groups: Groups) -> list[list[str]]:
    rows = []
    if group := groups.get((X_SDD, AT_RANDOM, OURS)):
        accuracies, split = [result.accuracy for result in group], f"{X_SDD}, split {AT_RANDOM}"
        macro_f1 = mean(result.macro_f1 for result in group)
        minutes = max(result.minutes for result in group)
        rows += [
            page.at_least(f"{split}: mean accuracy", mean(accuracies), 0.985, 4),
            page.at_least(f"{split}: mean macro-F1", macro_f1, 0.978, 4),
            page.at_least(f"{split}: accuracy, worst seed", min(accuracies), 0.97, 4),
            page.at_most(f"{X_SDD}: minutes of the longest", minutes, 10, 1),
        ]
    if group := groups.get((X_SDD, BY_NAME, OURS)):
        accuracy = mean(result.accuracy for result in group)
        rows.append(page.at_least(f"{X_SDD}, split {BY_NAME}: mean accuracy", accuracy, 0.97, 4))
    return rows


def _gains(groups: Groups) -> list[list[str]]:
    """Compare droptrain with the better of the tutorial nets."""
    rows = []
    for set_name, split in dict.fromkeys((set_name, split) for set_name, split, _ in groups):
        means = {
            contestant: mean(result.macro_f1 for result in group)
            for (name, kind, contestant), group in groups.items()
            if (name, kind) == (set_name, split)
        }
        points = 100 * (means.pop(OURS) - max(means.values()))
        target = f"{set_name}, {split}: macro-F1 above the tutorial net's better one, in points"
        rows.append(page.above_zero(target, points))
    return rows
