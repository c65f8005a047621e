"""Downloads a run's results from the bucket to a folder, as a user would."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from operations.status_json import FINAL_RUN_STATES, STATUS_JSON, StatusJson

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# As in functions/common/keys.py, which is deployed without this package.
RAW, TEST, READY_MARKER, RUNS = "raw/", "test/", "raw/_READY", "runs/"
STATUS_HTML = "status.html"
VERDICT_NAME, MANIFEST_NAME = "verdict.json", "manifest.jsonl"


def has_ended(before: StatusJson, status: StatusJson) -> bool:
    """Whether a run has ended between two reads of the status."""
    run = status.get("run", {})
    return run.get("state") in FINAL_RUN_STATES and before.get("run") != run


def download_results(s3: S3Client, bucket: str, status: StatusJson, out: Path) -> Path:
    """Copy the results of a drop to `out/<run>/`, or `out/refused/`; return the folder.

    The checkpoints stay in the bucket. The model's archive is unpacked into `model/`.
    """
    run = status.get("run", {}).get("run")
    folder = out / (run or "refused")
    for key, name in _names(s3, bucket, status, run).items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        s3.download_file(bucket, key, str(target))
    archive = folder / "output" / "model.tar.gz"
    if run and archive.exists():
        with tarfile.open(archive) as packed:
            packed.extractall(folder / "model", filter="data")
    return folder


def _names(s3: S3Client, bucket: str, status: StatusJson, run: str | None) -> dict[str, str]:
    """Return the path of each file below the results' folder, by key."""
    names = {name: name for name in (STATUS_JSON, STATUS_HTML)}
    if verdict := status.get("drop", {}).get("verdict"):
        names[verdict] = VERDICT_NAME
        names[verdict.replace(VERDICT_NAME, MANIFEST_NAME)] = MANIFEST_NAME
    if run:
        # The list of all runs is beside their folders, as in the bucket.
        for prefix, folder in ((f"{RUNS}{run}/", ""), (f"{RUNS}index.", "../index.")):
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            for entry in (entry for page in pages for entry in page.get("Contents", [])):
                names[entry["Key"]] = folder + entry["Key"].removeprefix(prefix)
    return names
