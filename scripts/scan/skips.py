"""Hold the findings of a scanner against the list of what is skipped, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml

Pair = tuple[str, str]


class SkipsError(Exception):
    """The list of skips says something that it must not say; the message says what."""


@dataclass(frozen=True)
class Finding:
    """What a scanner found: which check failed, where, and what the scanner says of it."""

    check: str
    place: str
    message: str

    @property
    def pair(self) -> Pair:
        """Check and place, which a skip names."""
        return self.check, self.place


@dataclass(frozen=True)
class Skip:
    """A check that need not pass in these places, and why."""

    check: str
    places: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What keeps a scan from passing.

    Attributes:
        unexplained: findings that no skip names.
        stale: check and place of skips that no finding matches any more.
    """

    unexplained: tuple[Finding, ...]
    stale: tuple[Pair, ...]

    @property
    def passed(self) -> bool:
        """Whether each finding has its skip, and each skip its finding."""
        return not self.unexplained and not self.stale


def read_skips(text: str) -> dict[str, list[Skip]]:
    """Return the skips of each scanner.

    Raises:
        SkipsError: an entry lacks its check, places or reason, or a place is listed twice.
    """
    listed: dict[str, list[dict[str, Any]]] = yaml.safe_load(text)
    skips = {scanner: [_skip(entry) for entry in entries] for scanner, entries in listed.items()}
    for scanner, entries in skips.items():
        pairs = [(skip.check, place) for skip in entries for place in skip.places]
        for pair in pairs:
            if pairs.count(pair) > 1:
                raise SkipsError(f"{scanner}: {' '.join(pair)} is listed twice")
    return skips


def _skip(entry: dict[str, Any]) -> Skip:
    if set(entry) != {"check", "places", "reason"}:
        raise SkipsError(f"an entry has a check, places and a reason, this one has {entry}")
    if not entry["places"] or not str(entry["reason"] or "").strip():
        raise SkipsError(f"{entry['check']}: places or reason are empty")
    return Skip(entry["check"], tuple(entry["places"]), entry["reason"].strip())


def judge(findings: Iterable[Finding], skips: Iterable[Skip]) -> Verdict:
    """Return the findings without a skip and the skips without a finding."""
    found = sorted(set(findings), key=lambda finding: finding.pair)
    skipped = {(skip.check, place) for skip in skips for place in skip.places}
    return Verdict(
        unexplained=tuple(finding for finding in found if finding.pair not in skipped),
        stale=tuple(sorted(skipped - {finding.pair for finding in found})),
    )
