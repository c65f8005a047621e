"""The tables: what was wanted and whether it is met, then what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks import page
from benchmarks.accuracy.figures import Spread, spread
from benchmarks.accuracy.sets import GeneratedSet
from benchmarks.accuracy.splits import AT_RANDOM, BY_NAME
from benchmarks.accuracy.trainings import OURS, Result

# Of one set, by the name of its folder: X-SDD, 1,360 pictures of hot-rolled steel in 7 classes,
# https://doi.org/10.3390/sym13040706. Its authors' network: accuracy 0.951, macro-F1 0.9325.
X_SDD = "x_sdd"
_ACCURACY_BAR, _MACRO_F1_BAR, _WORST_SEED_BAR, _BY_NAME_BAR = 0.985, 0.978, 0.97, 0.97
_MINUTES_BAR = 10.0

Groups = Mapping[tuple[str, str, str], Sequence[Result]]  # by set, split and contestant


def grouped(results: Sequence[Result]) -> dict[tuple[str, str, str], list[Result]]:
    """Put the seeds of one set, split and contestant together."""
    groups: dict[tuple[str, str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.set_name, result.split, result.contestant), []).append(result)
    return groups


def of_folders(results: Sequence[Result]) -> str:
    """Write the tables of folders that were split."""
    groups = grouped(results)
    rows = [
        [
            set_name,
            split,
            contestant,
            _whole(spread(result.epochs for result in of_group)),
            f"{of_group[0].trained_on:,} / {of_group[0].measured_on:,}",
            f"{100 * spread(result.border for result in of_group).mean:.0f}",
            spread(result.accuracy for result in of_group).percent(),
            spread(result.macro_f1 for result in of_group).percent(),
            f"{spread(result.minutes for result in of_group).mean:.1f}",
        ]
        for (set_name, split, contestant), of_group in groups.items()
    ]
    headings = ["images", "split", "contestant", "epochs", "trained / measured on"]
    headings += ["border alone %", "accuracy %", "macro-F1 %", "minutes"]
    seeds = len({result.seed for result in results})
    return "\n\n".join(
        [
            circumstances(results),
            _bars([*_bars_of_x_sdd(groups), *_bars_against_the_tutorial(groups)]),
            f"Mean and range of {seeds} seeds. Border alone: accuracy of a nearest neighbour that "
            "sees nothing else of the pictures. Minutes are of one training, with reading and "
            "exporting:",
            page.table(headings, rows),
        ]
    )


def of_generated(results: Sequence[Result], sets: Mapping[str, GeneratedSet]) -> str:
    """Write the tables of the sets that were drawn."""
    rows = []
    for (set_name, _, contestant), [result] in grouped(results).items():
        counts = sets[set_name].validation.values()
        rows.append(
            [
                sets[set_name].what,
                f"{100 * max(counts) / sum(counts):.0f}",
                contestant,
                f"{result.epochs:,}",
                f"{result.trained_on:,} / {result.measured_on:,}",
                f"{100 * result.accuracy:.1f}",
                f"{100 * result.macro_f1:.1f}",
                f"{100 * result.lowest_recall:.0f}",
                f"{result.minutes:.1f}",
            ]
        )
    headings = ["set", "largest class %", "contestant", "epochs", "trained / measured on"]
    headings += ["accuracy %", "macro-F1 %", "lowest recall %", "minutes"]
    groups = grouped(results)
    return "\n\n".join(
        [
            circumstances(results),
            _bars(_bars_against_the_tutorial(groups)),
            "One seed; the lowest recall is that of the class that is found least often:",
            page.table(headings, rows),
        ]
    )


def circumstances(results: Sequence[Result]) -> str:
    """Say when and on what this was measured, and what else the machine did."""
    ended = sorted(result.ended for result in results)
    day, _, minute = ended[-1].partition(" ")
    until = minute if ended[0].startswith(day) else ended[-1]
    loads = [result.load for result in results]
    return (
        f"Measured {ended[0]} to {until} UTC on {page.machine()}. Load average at the end of a "
        f"training: {min(loads):.1f} to {max(loads):.1f}."
    )


def _bars_of_x_sdd(groups: Groups) -> list[list[str]]:
    rows = []
    if at_random := groups.get((X_SDD, AT_RANDOM, OURS)):
        accuracy = spread(result.accuracy for result in at_random)
        macro_f1 = spread(result.macro_f1 for result in at_random)
        minutes = spread(result.minutes for result in at_random)
        rows += [
            _bar(f"{X_SDD}, split {AT_RANDOM}: mean accuracy", accuracy.mean, _ACCURACY_BAR),
            _bar(f"{X_SDD}, split {AT_RANDOM}: mean macro-F1", macro_f1.mean, _MACRO_F1_BAR),
            _bar(
                f"{X_SDD}, split {AT_RANDOM}: accuracy, worst seed", accuracy.least, _WORST_SEED_BAR
            ),
            _bar(f"{X_SDD}: minutes of the longest", minutes.most, _MINUTES_BAR, at_most=True),
        ]
    if by_name := groups.get((X_SDD, BY_NAME, OURS)):
        accuracy = spread(result.accuracy for result in by_name)
        rows.append(_bar(f"{X_SDD}, split {BY_NAME}: mean accuracy", accuracy.mean, _BY_NAME_BAR))
    return rows


def _bars_against_the_tutorial(groups: Groups) -> list[list[str]]:
    rows = []
    for set_name, split in dict.fromkeys((set_name, split) for set_name, split, _ in groups):
        means = {
            contestant: spread(result.macro_f1 for result in of_group).mean
            for (name, kind, contestant), of_group in groups.items()
            if (name, kind) == (set_name, split)
        }
        ours = means.pop(OURS)
        points = 100 * (ours - max(means.values()))
        what = f"{set_name}, {split}: macro-F1 above the tutorial net's better one, in points"
        rows.append([what, f"{points:+.1f}", "above 0", _met(points > 0)])
    return rows


def _bar(what: str, value: float, bar: float, at_most: bool = False) -> list[str]:
    met = value <= bar if at_most else value >= bar
    digits = 1 if at_most else 4
    return [what, f"{value:.{digits}f}", f"{'at most' if at_most else 'at least'} {bar}", _met(met)]


def _met(met: bool) -> str:
    return "met" if met else "**missed**"


def _bars(rows: Sequence[Sequence[str]]) -> str:
    return page.table(["what", "measured", "wanted", ""], rows)


def _whole(values: Spread) -> str:
    if values.least == values.most:
        return f"{values.least:.0f}"
    return f"{values.least:.0f} to {values.most:.0f}"
