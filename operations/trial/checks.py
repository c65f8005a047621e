"""Checks the evidence of a trial."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import dataclass

from rich.table import Table

from operations.status import QUEUES
from operations.trial.evidence import FUNCTIONS, Evidence, prefix_of_checkpoints
from operations.trial.function_logs import read_denials, read_failures, read_invocations

# The plots of every run; others need mistakes, or a positive class.
PLOTS = (
    *("accuracy.png", "loss.png", "confusion-matrix.png", "classes.png"),
    *("calibration.png", "dataset.png"),
)
REPORT = "report.html"
# By SageMaker's documentation, a job's results are encrypted with the account's key aws/s3.
SHARING = {
    "AES256": "with S3's own key; it can be shared with another account",
    "aws:kms": "a KMS key; no other account can read it, see docs/model.md",
}
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Check:
    """Something that should hold, whether it does, and what was observed."""

    name: str
    passed: bool
    seen: str = ""


def checks(evidence: Evidence, run: str, images: int, epochs: int) -> list[Check]:
    """Check a trial with so many images and epochs."""
    return [
        *_result(evidence, images, epochs),
        *_job(evidence, run),
        *_split(evidence, images),
        *_permissions(evidence),
    ]


def checks_table(results: list[Check]) -> Table:
    """Return a table of the checks."""
    table = Table(box=None, pad_edge=False, highlight=False)
    for heading in ("", "check", "observed"):
        table.add_column(heading)
    for check in results:
        table.add_row("ok" if check.passed else "FAILED", check.name, check.seen)
    return table


def _result(evidence: Evidence, images: int, epochs: int) -> list[Check]:
    report = evidence.objects.get(REPORT, b"")
    drawn = [name for name in PLOTS if evidence.objects.get(f"plots/{name}", b"").startswith(PNG)]
    recorded = len(json.loads(evidence.objects.get("history.json", b"{}")).get("loss", []))
    predictions = evidence.objects.get("predictions.csv", b"").decode("utf-8-sig")
    rows = len(list(csv.DictReader(io.StringIO(predictions))))
    validation = sum(entry.get("side") == "validation" for entry in evidence.manifest)
    return [
        Check("the plots are PNG files", drawn == list(PLOTS), ", ".join(drawn)),
        Check(
            "the report is a page",
            report.lower().startswith(b"<!doctype html"),
            f"{len(report)} bytes",
        ),
        Check("the history has every epoch", recorded == epochs, f"{recorded} of {epochs}"),
        Check(
            "every validation image was predicted, and no other",
            rows == validation > 0,
            f"{rows} predictions, {validation} images",
        ),
        Check("nothing under raw/ was changed", evidence.raw_unchanged, f"{images} images"),
    ]


def _job(evidence: Evidence, run: str) -> list[Check]:
    job, encryption = evidence.job, evidence.model_encryption.partition(" ")[0]
    log = len(evidence.lines["training job"])
    checkpoints = [key for key in evidence.keys if key.startswith(prefix_of_checkpoints(run))]
    return [
        Check("one training job was started", evidence.jobs == 1, f"{evidence.jobs}"),
        Check(
            "it completed without a network",
            job["TrainingJobStatus"] == "Completed" and bool(job["EnableNetworkIsolation"]),
            job["TrainingJobStatus"],
        ),
        Check("it left checkpoints", bool(checkpoints), f"{len(checkpoints)} objects"),
        Check(
            "its model is encrypted",
            encryption in SHARING,
            f"{evidence.model_encryption}: {SHARING.get(encryption, 'unknown to droptrain')}",
        ),
        Check("its log is in CloudWatch Logs", log > 0, f"{log} lines"),
        Check("its metrics are in CloudWatch", bool(evidence.metrics), ", ".join(evidence.metrics)),
    ]


def _split(evidence: Evidence, images: int) -> list[Check]:
    sides = Counter(entry.get("side") for entry in evidence.manifest if entry.get("side"))
    used = sides["train"] + sides["validation"]
    named = {entry["copy"] for entry in evidence.manifest if "copy" in entry}
    copied, state = named & set(evidence.copies), evidence.status_json["drop"]["state"]
    return [
        Check("every image has a side", used == images, f"{dict(sides)}"),
        Check("every image was copied", len(copied) == images, f"{len(copied)} of {images}"),
        Check("the same image under another name trains nothing", state == "unchanged", state),
    ]


def _permissions(evidence: Evidence) -> list[Check]:
    results = []
    for name, lines in evidence.lines.items():
        denied, failed = read_denials(lines), read_failures(lines)
        results.append(Check(f"{name}: no permission was missing", not denied, _first(denied)))
        if name in FUNCTIONS:
            calls = len(read_invocations(lines))
            passed, seen = calls > 0 and not failed, _first(failed) or f"{calls} invocations"
            results.append(Check(f"{name}: it ran without an error", passed, seen))
    stuck = evidence.stuck
    return results + [
        Check(f"{queue} is empty", not stuck[queue], f"{stuck[queue]} messages") for queue in QUEUES
    ]


def _first(lines: list[str]) -> str:
    return f"{lines[0][:300]} (and {len(lines) - 1} more)" if lines else ""
