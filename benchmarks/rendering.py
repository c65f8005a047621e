"""What the plot function takes to read, draw and write a run: a usual one and the largest.

    python -m benchmarks.rendering             prints what it measured
    python -m benchmarks.rendering --write     and puts it into docs/benchmarks.md

The bucket is in memory, so that nothing but the function's own work is measured. Each run is
rendered in a process of its own, first cold, as after the start of a Lambda, then again, warm. The
peak of the memory is the kernel's and holds the run's files besides, which in a Lambda stay in S3.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import MagicMock, patch

from benchmarks import page

BUCKET = "benchmark"
RUN = "51af3dc0-cf6336ca-7393851c-2"
BEFORE = "51af3dc0-cf6336ca-7393851c-1"

WARM_SECONDS_BAR = 5.0
HTML_MEGABYTES_BAR = 5.0


@dataclass(frozen=True)
class Case:
    """How large a run is; `dropped` objects stand in the manifest besides its validation images."""

    title: str
    classes: int
    validation: int
    epochs: int
    mistakes: int
    dropped: int
    to_the_limits: bool = False


CASES = {
    "usual": Case("usual", 4, 240, 80, 20, 1_200),
    "largest": Case("largest", 50, 20_000, 200, 50, 100_000),
    "many classes": Case("many classes", 1_000, 8_000, 200, 50, 100_000),
    # The most that is read whole: one image more, and columns of the table are left out.
    "limits": Case("all at its limit", 1_000, 7_000, 10_000, 50, 1_000_000, to_the_limits=True),
}


def files_of_case(case: Case) -> dict[str, bytes]:
    """Make the bucket: two runs of the same images, of which the first was reported already."""
    from common import keys
    from plot.run_index import RunEntry, RunIndex
    from tests.support.runs import (
        DATASET,
        Shape,
        archive_of,
        files_of,
        manifest_of,
        verdict_of,
    )

    names = ("good", *(f"a defect named {number:02}" for number in range(1, case.classes)))
    shape = Shape(names, case.validation, case.epochs, case.mistakes, skill=2.5)
    files = files_of(shape)
    if case.to_the_limits:
        files |= files_at_their_limits()
    before = files_of(replace(shape, skill=2.0, mistakes=0))
    ended = datetime(2026, 3, 13, 9, 42, 40, tzinfo=UTC)
    entry = RunEntry(
        run=BEFORE,
        dataset=DATASET,
        state="done",
        sentence="Done.",
        ended_at=ended,
        report=keys.run_report(BEFORE),
    )
    return {
        keys.run_output_archive(RUN): archive_of(files),
        keys.run_predictions(BEFORE): before["predictions.csv"],
        keys.manifest(DATASET): manifest_of(shape, left_out=case.dropped),
        keys.verdict(DATASET): verdict_of(shape),
        keys.RUNS_JSON: RunIndex(runs=(entry,)).to_json(),
    }


def files_at_their_limits() -> dict[str, bytes]:
    """Make the files whose size is not told by the case as large as they are read."""
    from plot.inputs.collect import LIMITS, OPTIONAL

    row = {"file": "train/oil/a name of some length.jpg", "reason": "the file is cut off"}
    skipped = LIMITS["skipped.json"] // len(json.dumps([row]))
    pictures = {name: limit for name, limit in OPTIONAL.items() if name.endswith(".png")}
    png = _noise(410)
    padded = {name: png + bytes(limit - len(png)) for name, limit in pictures.items()}
    return {"skipped.json": json.dumps([row] * skipped).encode(), **padded}


def _noise(side: int) -> bytes:
    """Draw what compresses worst."""
    from PIL import Image

    output = io.BytesIO()
    pixels = random.Random(0).randbytes(3 * side * side)  # noqa: S311 - a picture, no secret
    Image.frombytes("RGB", (side, side), pixels).save(output, format="PNG")
    return output.getvalue()


def render(objects: Mapping[str, bytes]) -> dict[str, bytes]:
    """Do what the function does with the end of a job; return what it wrote."""
    from common.sns import Topic
    from plot import workflow
    from plot.job_end import Costs, read_job_end
    from tests.support.events import load_event
    from tests.support.memory_bucket import MemoryBucket

    event = load_event("sagemaker/job_completed")
    job = read_job_end(event).model_copy(update={"run": RUN})
    bucket = MemoryBucket(BUCKET, objects)
    with patch.object(workflow, "costs_of", return_value=Costs()):
        workflow.report_run(bucket, Topic("arn", MagicMock()), job)
    return {key: body for key, body in bucket.objects.items() if key not in objects}


def measure(folder: Path) -> dict[str, float]:
    """Render twice in this process; seconds, MiB and bytes."""
    from common import keys

    objects = {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }
    times = [time.perf_counter()]
    cpu = [time.process_time()]
    for _ in range(2):
        written = render(objects)
        times.append(time.perf_counter())
        cpu.append(time.process_time())
    pictures = [body for key, body in written.items() if key.endswith(".png")]
    return {
        "cold": times[1] - times[0],
        "warm": times[2] - times[1],
        "warm_cpu": cpu[2] - cpu[1],
        "mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "html": len(written[keys.run_report(RUN)]),
        "plots": len(pictures),
        "plot_bytes": sum(map(len, pictures)),
    }


def in_a_process(case: Case) -> dict[str, float]:
    """Measure in a fresh process, which made none of the files itself."""
    with tempfile.TemporaryDirectory() as folder:
        for key, body in files_of_case(case).items():
            file = Path(folder) / key
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
        command = [sys.executable, "-m", "benchmarks.rendering", "--measure", folder]
        environment = os.environ | {"POWERTOOLS_LOG_LEVEL": "ERROR"}
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout
    answer: dict[str, float] = json.loads(output.splitlines()[-1])
    print(f"{case.title}: {answer}", file=sys.stderr, flush=True)
    return answer


def function_limits() -> tuple[float, float]:
    """Read from the template what the function has: seconds and MB."""
    lines = (page.PAGE.parent.parent / "template.yaml").read_text(encoding="utf-8").splitlines()
    rest = lines[lines.index("  PlotFunction:") :]
    found = {}
    for name in ("Timeout", "MemorySize"):
        line = next(line for line in rest if line.strip().startswith(f"{name}:"))
        found[name] = float(line.split(":")[1].split("#")[0])
    return found["Timeout"], found["MemorySize"]


def report(measured: Mapping[str, Mapping[str, float]], load: float) -> str:
    """Write the section: the bars first, then all figures."""
    timeout, memory = function_limits()
    usual = measured["usual"]
    bars = [_bar("usual run, warm, seconds", usual["warm"], WARM_SECONDS_BAR)]
    for name, figures in measured.items():
        if name != "usual":
            title = CASES[name].title
            megabytes = figures["mebibytes"] * 1.048576
            bars += [
                _bar(f"{title}, cold, seconds", figures["cold"], timeout),
                _bar(f"{title}, peak memory in MB", megabytes, memory),
                _bar(f"{title}, report.html in MB", figures["html"] / 1e6, HTML_MEGABYTES_BAR),
            ]
    rows = [
        [
            f"{case.title}: {case.validation:,} validation images, {case.classes} classes, "
            f"{case.epochs} epochs",
            *(f"{measured[name][figure]:.1f}" for figure in ("cold", "warm", "warm_cpu")),
            f"{measured[name]['mebibytes']:,.0f}",
            f"{measured[name]['html'] / 1e6:.2f}",
            f"{measured[name]['plots']:.0f}, {measured[name]['plot_bytes'] / 1e6:.2f}",
        ]
        for name, case in CASES.items()
    ]
    headings = [
        *("run", "cold, s", "warm, s", "warm, CPU s", "peak MiB", "report.html, MB"),
        "plots, MB in all",
    ]
    return "\n\n".join(
        [
            page.circumstances(load),
            page.table(["what", "measured", "wanted", ""], bars),
            page.table(headings, rows),
        ]
    )


def _bar(what: str, value: float, bar: float) -> list[str]:
    return [what, f"{value:.2f}", f"at most {bar:g}", "met" if value <= bar else "**missed**"]


def main() -> None:
    """Measure, print, and write the page if asked."""
    parser = argparse.ArgumentParser(description="measure plots and report")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.measure)))
        return
    load = os.getloadavg()[0]
    text = report({name: in_a_process(case) for name, case in CASES.items()}, load)
    print(text)
    if arguments.write:
        page.write("rendering", text)


if __name__ == "__main__":
    main()
