"""Numbers in words: shares, counts, durations and times look alike wherever people read them. Pure.

The report, the plots, the status page and the e-mails write every number with these functions.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

UNKNOWN = "\N{EN DASH}"
EXAMPLES = 5
FEW = 20  # of fewer than this a percentage would claim more than they show
REASONS = 3


def percent(share: float | None) -> str:
    """Write a share as a percentage with one decimal, for example `95.0 %`.

    `100.0 %` means all and `0.0 %` means none: a share that would only round to one of them is
    written `> 99.9 %` or `< 0.1 %`. None and NaN are written as a dash.
    """
    if share is None or math.isnan(share):
        return UNKNOWN
    if 0.9995 <= share < 1:
        return "> 99.9 %"
    if 0 < share < 0.0005:
        return "< 0.1 %"
    return f"{100 * share:.1f} %"


def interval(low: float, high: float) -> str:
    """Write the ends of an interval of shares, for example `92.9 to 99.1 %`."""
    return f"{percent(low).removesuffix(' %')} to {percent(high)}"


def count(number: int, noun: str = "", plural: str = "") -> str:
    """Write a number with its noun in the right form: `1 image`, `2,500 images`, `3 classes`."""
    if not noun:
        return f"{number:,}"
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def share_of(part: int, whole: int) -> str:
    """Write a share with the counts behind it: `95.0 % (57 of 60)`, of few only `5 of 6`."""
    counts = f"{part:,} of {whole:,}"
    return counts if whole < FEW else f"{percent(part / whole)} ({counts})"


def rate(part: int, whole: int) -> str:
    """Write a share without the counts behind it: `95.0 %`, but of few `5 of 6`."""
    return f"{part:,} of {whole:,}" if whole < FEW else percent(part / whole)


def rate_of(share: float, whole: int) -> str:
    """Write a share of so many: `95.0 %`, but of few the counts, `5 of 6`."""
    return rate(round(share * whole), whole) if whole < FEW else percent(share)


def threshold(probability: float) -> str:
    """Write a threshold with as many of its six digits as it has, for example `0.213`."""
    return f"{probability:.6f}".rstrip("0").rstrip(".")


def duration(seconds: float | None) -> str:
    """Write a duration: `41 s`, `10 min 11 s`, `2 h 5 min`; None is written as a dash."""
    if seconds is None:
        return UNKNOWN
    whole = round(seconds)
    minutes, hours = whole // 60, whole // 3600
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


def moment(time: datetime) -> str:
    """Write a time in UTC to the minute, for example `2026-11-22 09:30 UTC`."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def first_few(texts: Sequence[str]) -> str:
    """List the first few texts and count the others: `oil, stain`, `a, b, c, d, e and 7 more`."""
    more = len(texts) - EXAMPLES
    return ", ".join(texts[:EXAMPLES]) + (f" and {more:,} more" if more > 0 else "")


def most_frequent(reasons: Mapping[str, int]) -> str:
    """List the most frequent reasons with their counts: `empty (12), an archive (1)`."""
    by_count = Counter(reasons).most_common()
    shown = ", ".join(f"{reason} ({number:,})" for reason, number in by_count[:REASONS])
    more = len(by_count) - REASONS
    return shown + (f" and {count(more, 'more reason')}" if more > 0 else "")
