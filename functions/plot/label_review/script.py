"""Writes review.sh: every move as a command, each of which a person has to switch on. Pure.

Two number signs begin a remark: it stays one when an editor removes one from every line.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from common.printable import printable
from common.shell import script_command
from common.wording import count, percent
from plot.label_review.findings import Finding, Findings, ListedImage, Section

HEAD = """\
#!/bin/sh
## Labels that may be wrong, found by droptrain's run {run}.
##
## Look at the images in review.html first. Then remove "# " in front of each command that is right,
## and run this file with the AWS CLI and the right to write to the bucket:
##
##     sh review.sh
##
## Each command moves one file and overwrites none that this run knew; after another drop, use the
## newest run's. A new run starts by itself after the last command.

BUCKET={bucket}
"""


def write_script(findings: Findings, bucket: str, run: str) -> bytes:
    """Write the script."""
    lines = [HEAD.format(run=run, bucket=shlex.quote(bucket))]
    for section in findings.sections:
        is_first = section is findings.sections[0]
        body = list(_section(section, findings.doubtful if is_first else section.total))
        if any(not line.startswith("##") for line in body):
            lines += [*body, ""]
    return "\n".join(lines).encode()


def _section(section: Section, likely: int) -> Iterator[str]:
    listed = len(section.findings)
    more = f", {count(listed)} of them here" if listed < section.total else ""
    yield f"## {section.kind.title}: {count(section.total)}{more}"
    for number, finding in enumerate(section.findings, 1):
        if number == likely + 1:
            yield "##"
            yield "## The estimate expects fewer wrong labels from here on."
        yield "##"
        yield f"## {number}. {_described(finding)}"
        for image in finding.images:
            yield from _commands(finding, image)


def _commands(finding: Finding, image: ListedImage) -> Iterator[str]:
    for advice in image.advice:
        if len(finding.images) > 1:
            yield f"## make {printable(image.name)} {printable(advice.becomes or '')}:"
        for move in advice.moves:
            yield f"# {script_command(move.source, move.target)}"


def _described(finding: Finding) -> str:
    names = " and ".join(printable(image.name) for image in finding.images)
    if finding.suggested is None or finding.probability is None:
        return names
    return f"{names} is more likely {printable(finding.suggested)} ({percent(finding.probability)})"
