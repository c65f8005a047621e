"""Makes the pages that people read, of any run, and of one whose every name is hostile."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping

from common.run_index import RunIndex
from plot.analysis import Analysis, analyse
from plot.inputs.configuration import Configuration
from plot.inputs.dataset import read_manifest, read_verdict
from plot.inputs.history import NO_HISTORY
from plot.inputs.results import Results, read_results
from plot.job_end import Costs, JobEnd
from plot.operating_point import decide
from plot.pages.report import render_report
from plot.pages.review import render_review
from plot.reporting import describe_end
from plot.run_index import entry_of
from plot.run_record import make_record
from plot.statistics.comparison import Prediction, compare
from tests.support.jobs import job_end
from tests.support.reviews import (
    HOSTILE_NAMES,
    ReviewedDrop,
    candidate,
    together,
    usual_drop,
    usual_files,
    with_thumbnails,
)
from tests.support.runs import DATASET, Shape, files_of, manifest_of, verdict_of

ALIVE = "<script>alert(1)</script>"
HOSTILE = [
    ALIVE,
    '"><img src="https://example.org/x.png" onerror="alert(1)">',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% include 'x' %}",
    "</style><style>@import url(https://example.org/x.css)</style>",
    "</svg><svg onload=alert(1)>",
]
COSTS = Costs(611, 214, True, "ml.m5.xlarge", image="image:2.21")
BUCKET = "droptrain-bucket"


def analysis_of(shape: Shape, looks: int = 1, **changed: bytes) -> Analysis:
    """Analyse a run of this shape; `audit_json=...` replaces a file of it."""
    files = files_of(shape) | {name.replace("_", ".", 1): body for name, body in changed.items()}
    manifest = read_manifest(io.BytesIO(manifest_of(shape)), DATASET)
    verdict = read_verdict(verdict_of(shape))
    return analyse(read_results(files), verdict, manifest, looks=looks)


def page_of(analysis: Analysis, job: JobEnd | None = None, costs: Costs = COSTS) -> str:
    """Return the report of a run, completed if no job says otherwise."""
    job = job or job_end()
    analysis = decide(analysis, job.run, 0.05)
    return render_report(BUCKET, job, costs, describe_end(job, analysis, []), analysis)


def reviewed_analysis(drop: ReviewedDrop, files: Mapping[str, bytes]) -> Analysis:
    """Analyse a run that left the review in `files`."""
    results = read_results(files_of(Shape(images=60, epochs=2)) | files)
    names = results.review.files if results.review else ()
    return analyse(results, None, read_manifest(io.BytesIO(drop.manifest), DATASET, names))


def usual_review() -> str:
    """Return the review page of a run with findings of each kind."""
    drop = usual_drop()
    return render_review(BUCKET, job_end(), reviewed_analysis(drop, usual_files(drop)))


def hostile_review() -> str:
    """Return the review page of a drop in which every name wants to live."""
    classes = [name.replace("/", "\u2215") for name in HOSTILE]
    drop = ReviewedDrop.of(f"raw/{name}/{file}" for name in classes for file in HOSTILE_NAMES)
    keys = list(drop.images)
    rows = [
        candidate(key, classes[number % 2], neighbours=[{"key": keys[0]}])
        for number, key in enumerate(keys[20:])
    ]
    review = drop.review(
        candidates=rows,
        in_two_classes=[together(*keys[::13])],
        near_copies_across_sides=[together(keys[0], keys[1], distance=3)],
        odd=[{"key": key} for key in keys[:13]],
    )
    return render_review(BUCKET, job_end(), reviewed_analysis(drop, with_thumbnails(review)))


def hostile_analysis() -> Analysis:
    """Make a run in which every name and reason is markup that wants to live."""
    shape = Shape(HOSTILE, 90, epochs=2, skill=1.0)
    audit = json.loads(files_of(shape)["audit.json"])
    audit["warnings"] = [{"code": ALIVE, "sentence": ALIVE}]
    audit["near_copies"]["examples"][0]["train"] = ALIVE
    config = json.loads(files_of(shape)["config.json"])
    config["hyperparameters"] = {ALIVE: ALIVE}
    config["versions"] = {HOSTILE[1]: HOSTILE[1]}
    config["instance_type"] = ALIVE
    analysis = analysis_of(
        shape,
        audit_json=json.dumps(audit).encode(),
        config_json=json.dumps(config).encode(),
        skipped_json=json.dumps([{"file": ALIVE, "reason": ALIVE}]).encode(),
    )
    verdict = json.loads(verdict_of(shape))
    verdict |= {"left_out": {ALIVE: 3}, "settings": {ALIVE: ALIVE}}
    verdict["warnings"] = [{"code": "x", "sentence": ALIVE}]
    lines = [{"key": f"raw/{ALIVE}.jpg", "left_out": ALIVE, "content": "1", "size": 1}]
    manifest = read_manifest(io.BytesIO(json.dumps(lines[0]).encode()), DATASET)
    comparison = compare(ALIVE, {"a": Prediction("x", "x")}, {"a": Prediction("x", "y")})
    return analyse(
        analysis.results, read_verdict(json.dumps(verdict).encode()), manifest, comparison
    )


def hostile_failure() -> JobEnd:
    """Make a failed job whose reason and channel are such markup."""
    return job_end("Failed", failure_reason=ALIVE, channels={"code": f"s3://b/code/{ALIVE}/"})


def hostile_index() -> RunIndex:
    """Make a list of two failed runs, one of which left results."""
    analysis = analysis_of(Shape(HOSTILE, 90, epochs=2, skill=1.0))
    job = job_end("Failed", failure_reason=f"AlgorithmError: {ALIVE}")
    entries = []
    nothing = analyse(Results(NO_HISTORY, Configuration()))
    for number, run in enumerate((analysis, nothing)):
        named = job.model_copy(update={"run": f"run-{number}"})
        entries.append(entry_of(make_record(named, describe_end(job, run, []), run, Costs(), [])))
    return RunIndex().with_entry(entries[0]).with_entry(entries[1])
