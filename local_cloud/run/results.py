"""Brings a run's results from the bucket to a folder, as a user would fetch them."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def read_status(s3: S3Client, bucket: str) -> dict[str, Any]:
    """Read status.json; empty before there is one."""
    try:
        body = s3.get_object(Bucket=bucket, Key="status.json")["Body"].read()
    except s3.exceptions.NoSuchKey:
        return {}
    board: dict[str, Any] = json.loads(body)
    return board


def download_results(s3: S3Client, bucket: str, board: dict[str, Any], out: Path) -> Path:
    """Copy what came of a drop to `out/<run>/`, or `out/refused/`; return the folder.

    The checkpoints stay behind. The model's archive is unpacked into `model/`.
    """
    run = board.get("run", {}).get("run")
    folder = out / (run or "refused")
    for key, name in _wanted(s3, bucket, board, run).items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        s3.download_file(bucket, key, str(target))
    if run:
        _unpack_model(folder)
    return folder


def _wanted(s3: S3Client, bucket: str, board: dict[str, Any], run: str | None) -> dict[str, str]:
    wanted = {"status.json": "status.json", "status.html": "status.html"}
    verdict = board.get("drop", {}).get("verdict")
    if verdict:
        wanted[verdict] = "verdict.json"
        wanted[verdict.replace("verdict.json", "manifest.jsonl")] = "manifest.jsonl"
    if run:
        prefix = f"runs/{run}/"
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        names = [item["Key"].removeprefix(prefix) for p in pages for item in p.get("Contents", [])]
        wanted |= {prefix + name: name for name in names}
        # The list of all runs lies beside their folders, as in the bucket.
        listed = s3.list_objects_v2(Bucket=bucket, Prefix="runs/index.").get("Contents", [])
        wanted |= {item["Key"]: f"../{item['Key'].removeprefix('runs/')}" for item in listed}
    return wanted


def _unpack_model(folder: Path) -> None:
    archive = folder / "output" / "model.tar.gz"
    if archive.exists():
        with tarfile.open(archive) as packed:
            packed.extractall(folder / "model", filter="data")
