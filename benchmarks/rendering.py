"""What the plot function takes to report a run: a usual one and the largest.

    python -m benchmarks.rendering            prints what it measured
    python -m benchmarks.rendering --write    and writes it into docs/benchmarks.md

The bucket is in memory, so only the function's own work is measured. Each run is reported in a
process of its own, first cold, as after the start of a Lambda, then again, warm. The peak memory
includes the files of the run, which are in S3 otherwise.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import MagicMock, patch

from samtranslator.yaml_helper import yaml_parse

from benchmarks import ROOT, page

RUN = "51af3dc0-cf6336ca-7393851c-2"
PREVIOUS = "51af3dc0-cf6336ca-7393851c-1"


@dataclass(frozen=True)
class RunSize:
    """How large a run is; its manifest lists `left_out` objects beside the validation images.

    With `folds` five times as many images were judged out of sample.
    """

    classes: int
    validation: int
    epochs: int
    mistakes: int
    left_out: int
    folds: int = 5


CASES = {
    "usual": RunSize(4, 240, 80, 20, 1_200),
    "largest": RunSize(50, 20_000, 200, 50, 100_000),
    "many classes": RunSize(1_000, 7_000, 10_000, 50, 1_000_000, folds=0),
}


def files_of_case(case: RunSize) -> dict[str, bytes]:
    """Return the bucket: two runs of the same images, of which the first was reported."""
    from common import keys
    from common.run_index import RunEntry, RunIndex
    from tests.support.runs import DATASET, Shape, archive_of, files_of, manifest_of, verdict_of

    names = ("good", *(f"a defect named {number:02}" for number in range(1, case.classes)))
    shape = Shape(names, case.validation, case.epochs, case.mistakes, skill=2.5, folds=case.folds)
    previous = RunEntry(
        run=PREVIOUS,
        dataset=DATASET,
        state="done",
        sentence="Done.",
        ended_at=datetime(2026, 3, 13, 9, 42, 40, tzinfo=UTC),
        report=keys.run_report(PREVIOUS),
    )
    predictions = files_of(replace(shape, skill=2.0, mistakes=0, folds=0))["predictions.csv"]
    return {
        keys.run_output_archive(RUN): archive_of(files_of(shape)),
        keys.run_predictions(PREVIOUS): predictions,
        keys.manifest(DATASET): manifest_of(shape, left_out=case.left_out),
        keys.verdict(DATASET): verdict_of(shape),
        keys.RUNS_JSON: RunIndex(runs=(previous,)).to_json(),
    }


def report(objects: Mapping[str, bytes]) -> dict[str, bytes]:
    """Do what the function does at the end of a job; return the objects it wrote."""
    from common.sns import Topic
    from plot import workflow
    from plot.job_end import Costs, read_job_end
    from plot.settings import PlotSettings
    from tests.support.events import load_event
    from tests.support.memory_bucket import MemoryBucket

    event = load_event("sagemaker/job_completed")
    job = read_job_end(event).model_copy(update={"run": RUN})
    bucket = MemoryBucket("benchmark", objects)
    settings = PlotSettings(
        bucket=bucket.name,
        topic_arn="arn:aws:sns:us-east-1:123456789012:topic",
        maximum_miss_rate=0.05,
        minimum_macro_f1=0.5,
        promote_when_undecided=True,
    )
    with patch.object(workflow, "costs_of", return_value=Costs()):
        workflow.report_run(bucket, Topic(settings.topic_arn, MagicMock()), job, settings)
    return {key: body for key, body in bucket.objects.items() if key not in objects}


def measure(folder: Path) -> dict[str, float]:
    """Report a run twice in this process; return seconds, MiB and bytes."""
    from common import keys

    files = [file for file in folder.rglob("*") if file.is_file()]
    objects = {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
    marks = [time.perf_counter()]
    for _ in range(2):
        cpu = time.process_time()
        written = report(objects)
        marks.append(time.perf_counter())
    plots = [body for key, body in written.items() if key.endswith(".png")]
    return {
        "cold": marks[1] - marks[0],
        "warm": marks[2] - marks[1],
        "warm_cpu": time.process_time() - cpu,
        "mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "html": len(written[keys.run_report(RUN)]),
        "plots": len(plots),
        "plot_bytes": sum(map(len, plots)),
    }


def measure_in_a_process(case: RunSize) -> dict[str, float]:
    """Measure in a fresh process, which didn't make the files itself."""
    with tempfile.TemporaryDirectory() as folder:
        for key, body in files_of_case(case).items():
            file = Path(folder) / key
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
        return page.in_a_process((), measure, Path(folder))


def targets(measured: Mapping[str, Mapping[str, float]]) -> str:
    """Compare with the time and memory that the template gives the function."""
    template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    function = template["Resources"]["PlotFunction"]["Properties"]
    rows = []
    for name, figures in measured.items():
        megabytes = figures["mebibytes"] * 1.048576
        if name == "usual":
            rows.append(page.at_most(f"{name} run, warm, seconds", figures["warm"], 5))
            continue
        rows += [
            page.at_most(f"{name} run, cold, seconds", figures["cold"], function["Timeout"]),
            page.at_most(f"{name} run, peak memory in MB", megabytes, function["MemorySize"]),
            page.at_most(f"{name} run, report.html in MB", figures["html"] / 1e6, 5),
        ]
    return page.targets(rows)


def rows(measured: Mapping[str, Mapping[str, float]]) -> str:
    """Write everything that was measured."""
    cells = [
        [
            f"{name}: {case.validation:,} validation images, {case.classes:,} classes, "
            f"{case.epochs:,} epochs, {case.folds:,} folds",
            *(f"{figures[key]:.1f}" for key in ("cold", "warm", "warm_cpu")),
            f"{figures['mebibytes']:,.0f}",
            f"{figures['html'] / 1e6:.2f}",
            f"{figures['plots']:.0f}, {figures['plot_bytes'] / 1e6:.2f}",
        ]
        for name, figures in measured.items()
        for case in [CASES[name]]
    ]
    headings = ["run", "cold, s", "warm, s", "warm, CPU s", "peak MiB", "report.html, MB"]
    return page.table([*headings, "plots, MB in all"], cells)


def measure_all() -> list[str]:
    """Measure each case; return the parts of the section."""
    measured = {name: measure_in_a_process(case) for name, case in CASES.items()}
    return [targets(measured), rows(measured)]


if __name__ == "__main__":
    page.run("rendering", measure_all)
