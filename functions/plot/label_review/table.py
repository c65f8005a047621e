"""Writes review.csv: a row for each image of a finding and each move that may help. Pure.

It names every image that the page may picture: `droptrain forget` relies on it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from common.cells import escape
from plot.label_review.findings import Finding, Findings, ListedImage

COLUMNS = (
    *("section", "finding", "file", "side", "class", "suggested", "probability"),
    *("own_probability", "distance", "key", "target", "neighbours"),
)


def write_table(findings: Findings) -> bytes:
    """Write the table; spreadsheets show its text as text."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(COLUMNS)
    for section in findings.sections:
        for number, finding in enumerate(section.findings, 1):
            for image in finding.images:
                for row in _rows(finding, image):
                    writer.writerow(map(escape, (section.kind.name, str(number), *row)))
    return output.getvalue().encode("utf-8-sig")


def _rows(finding: Finding, listed: ListedImage) -> Iterator[tuple[str, ...]]:
    image = listed.image
    for suggested, key, target in _moves(finding, listed):
        yield (
            image.file,
            image.side,
            image.class_name,
            suggested or "",
            _number(finding.probability),
            _number(finding.own_probability),
            _number(finding.distance),
            key,
            target,
            json.dumps([neighbour.file for neighbour in finding.neighbours], ensure_ascii=False),
        )


def _moves(finding: Finding, listed: ListedImage) -> Iterator[tuple[str | None, str, str]]:
    """Yield the suggested class, the key and the target of each move; without a move, one row."""
    for advice in listed.advice:
        for move in advice.moves:
            yield advice.becomes, move.source, move.target
    if not listed.advice:
        yield finding.suggested, listed.keys[0] if listed.keys else "", ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
