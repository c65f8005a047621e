"""Writes the review of a run's labels: one page, whose only script copies a command."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from common import keys
from common.pages.templating import copying_script
from common.shell import move_command
from common.wording import count
from plot.analysis import Analysis
from plot.inputs.pictures import as_jpeg
from plot.job_end import JobEnd
from plot.pages.templating import fill

# The split's reason for leaving out files; training never sees them.
TWO_CLASSES = "the same content in more than one class"
MAXIMUM_BYTES = 4_900_000
MAXIMUM_FINDINGS = 300  # of a section
SIDE = 128  # pixels


class Thumbnails:
    """The pictures of a page as JPEGs, each encoded once."""

    def __init__(self, bodies: Mapping[str, bytes]) -> None:
        self._bodies = bodies
        self._jpegs: dict[str, bytes | None] = {}

    def jpeg(self, name: str | None) -> bytes | None:
        """Return a picture; None if it is missing or unusable."""
        if name is None or name not in self._bodies:
            return None
        if name not in self._jpegs:
            self._jpegs[name] = as_jpeg(self._bodies[name], SIDE)
        return self._jpegs[name]


def render_review(bucket: str, job: JobEnd, analysis: Analysis) -> str:
    """Return the page; of long lists it shows as many findings as fit into `MAXIMUM_BYTES`."""
    findings = analysis.findings
    assert findings is not None  # or there is nothing to review
    script, source = copying_script()
    listed = [
        image
        for section in findings.sections
        for finding in section.findings
        for image in finding.images
    ]
    render = partial(
        fill,
        "review.html",
        job=job,
        findings=findings,
        judged=judged_sentence(analysis),
        lacks_keys=listed and not any(image.keys for image in listed),
        left_out=analysis.split.left_out.get(TWO_CLASSES, 0) if analysis.split else 0,
        left_out_keys=analysis.manifest.left_out.get(TWO_CLASSES, ())[:2],
        thumbnail=Thumbnails(analysis.results.thumbnails).jpeg,
        command=partial(move_command, bucket),
        script=script,
        script_source=source,
        fetch_table=keys.fetch(bucket, keys.run_review(job.run, "csv")),
        fetch_script=keys.fetch(bucket, keys.run_review(job.run, "sh")),
    )
    most = MAXIMUM_FINDINGS
    while len((page := render(most=most)).encode()) > MAXIMUM_BYTES:
        most = most * 3 // 4
    return page


def judged_sentence(analysis: Analysis) -> str:
    """Say how many images were judged, and what it means if only those of validation were."""
    review, scaling = analysis.results.review, analysis.results.scaling
    if review is None or review.judged_images is None:
        return ""
    judged = review.judged_images
    if review.images is None or judged >= review.images:
        return f"{count(judged, 'image')} were judged, each by a model that was trained without it."
    sentence = (
        f"Only the {count(judged, 'validation image')} could be judged by a model that was trained "
        f"without them. A wrong label among the other {count(review.images - judged, 'image')} "
        "isn't found."
    )
    return f"{sentence} {scaling.reason}" if scaling and scaling.reason else sentence
