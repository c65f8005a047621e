"""Whether the answers of a day differ from those to the validation images. Pure.

Of each class, and of unsure, the two shares are compared by Fisher's exact test; the share of
unknown images by the binomial test with the rate that the bound of novelty proves. Their smallest
p-value, times the number of tests (Bonferroni), is below p on at most a share p of the days on
which nothing changed, if images come one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from predict.answer import Answer

UNKNOWN = "unknown"
MOST_EVIDENCE = 100.0


def shares_of(answers: Iterable[Answer]) -> Counter[str]:
    """Count the answers by class; those that aren't simply a class by their decision."""
    return Counter(
        str(answer.class_name) if answer.decision == "class" else answer.decision
        for answer in answers
        if answer.decision != "unreadable"
    )


def evidence(
    today: Mapping[str, int], validation: Mapping[str, int], unknown_rate: float | None
) -> float:
    """Return -log10 of the p-value that nothing changed; 3 is a thousandth."""
    known = {name: count for name, count in today.items() if name != UNKNOWN}
    names = sorted({*known, *validation})
    p_values = [
        fisher(
            known.get(name, 0),
            sum(known.values()),
            validation.get(name, 0),
            sum(validation.values()),
        )
        for name in names
    ]
    if unknown_rate is not None:
        p_values.append(at_least(today.get(UNKNOWN, 0), sum(today.values()), unknown_rate))
    smallest = min(1.0, min(p_values, default=1.0) * len(p_values))
    return min(MOST_EVIDENCE, float(-np.log10(max(smallest, 1e-300))) + 0.0)


def fisher(hits: int, of: int, other_hits: int, of_others: int) -> float:
    """Return the p-value of Fisher's exact test, two-sided by doubling the smaller tail."""
    both, everything = hits + other_hits, of + of_others
    low, high = max(0, both - of_others), min(both, of)
    factorials = _log_factorials(everything)
    chances = np.exp(
        _log_choose(factorials, both, np.arange(low, high + 1))
        + _log_choose(factorials, everything - both, of - np.arange(low, high + 1))
        - _log_choose(factorials, everything, np.array(of))
    )
    place = hits - low
    tail = min(chances[: place + 1].sum(), chances[place:].sum())
    return float(min(1.0, 2 * tail))


def at_least(hits: int, of: int, rate: float) -> float:
    """Return the chance of so many hits or more at a rate: the binomial test, one-sided."""
    if hits == 0 or rate >= 1:
        return 1.0
    if rate <= 0:
        return 0.0
    numbers = np.arange(hits, of + 1)
    logs = _log_choose(_log_factorials(of), of, numbers)
    logs = logs + numbers * np.log(rate) + (of - numbers) * np.log1p(-rate)
    return float(min(1.0, np.exp(logs).sum()))


def _log_factorials(most: int) -> npt.NDArray[np.float64]:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, most + 1)))])


def _log_choose(
    factorials: npt.NDArray[np.float64], of: int, numbers: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    logs: npt.NDArray[np.float64] = factorials[of] - factorials[numbers] - factorials[of - numbers]
    return logs
