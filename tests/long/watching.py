"""Looks into a stack of the standing cloud, beside the CLIs that set it off."""

from __future__ import annotations

import json
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.long.standing import StandingCloud

SIDE = 32  # pixels


def draw(folder: Path, sizes: dict[str, int], seed: int = 0) -> Path:
    """Make images of noise, each class brighter than the one before."""
    chance = np.random.default_rng(seed)
    for number, (name, size) in enumerate(sizes.items()):
        (folder / name).mkdir(parents=True)
        for image in range(size):
            pixels = chance.integers(0, 100, (SIDE, SIDE, 3), dtype=np.uint8) + 60 * number
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{image}.png")
    return folder


class Watcher:
    """One stack's bucket and jobs."""

    def __init__(self, cloud: StandingCloud, bucket: str) -> None:
        self._cloud = cloud
        self._s3 = cloud.client("s3")
        self._sagemaker = cloud.client("sagemaker")
        self.bucket = bucket

    def keys(self, prefix: str) -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix
        )
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def every_key(self) -> list[str]:
        return self.keys("")

    def read(self, key: str) -> Any:
        return json.loads(self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def status(self) -> dict[str, Any]:
        return dict(self.read("status.json")) if self.keys("status.json") else {}

    def jobs(self) -> list[str]:
        """Return the jobs that write to the bucket, oldest first."""
        listed = self._sagemaker.list_training_jobs(
            SortBy="CreationTime", SortOrder="Ascending", MaxResults=100
        )
        names = [job["TrainingJobName"] for job in listed["TrainingJobSummaries"]]
        place = f"s3://{self.bucket}/"
        return [
            name
            for name in names
            if self.job(name)["OutputDataConfig"]["S3OutputPath"].startswith(place)
        ]

    def job(self, name: str) -> dict[str, Any]:
        return dict(self._sagemaker.describe_training_job(TrainingJobName=name))

    def await_run(self, number: int) -> str:
        """Wait until the status calls the n-th job done; return its name."""

        def done() -> str:
            board = self.status()
            run, drop = board.get("run", {}), board.get("drop", {})
            jobs = self.jobs()
            assert run.get("state") not in ("failed", "stopped"), board
            assert drop.get("state") not in ("capped", "not started"), board
            assert len(jobs) <= number, jobs
            is_done = len(jobs) == number and run.get("run") == jobs[-1]
            return jobs[-1] if is_done and run["state"] == "done" else ""

        return str(self._cloud.wait(done, f"no run {number}"))

    def await_drop(self, state: str) -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            drop = self.status().get("drop", {})
            return drop if drop.get("state") == state else None

        return dict(self._cloud.wait(found, f"no drop {state}"))

    def trained_on(self, run: str) -> dict[str, list[dict[str, Any]]]:
        """Return the lines of the run's manifest by class, what was left out excepted."""
        [launched] = [
            key
            for key in self.keys("splits/")
            if fnmatch(key, "splits/*/launched.json") and self.read(key)["run"] == run
        ]
        body = self._s3.get_object(
            Bucket=self.bucket, Key=launched.replace("launched.json", "manifest.jsonl")
        )["Body"].read()
        rows = [json.loads(line) for line in body.splitlines()]
        assigned = [row for row in rows if "side" in row]
        return {
            name: [row for row in assigned if row["class"] == name]
            for name in sorted({row["class"] for row in assigned})
        }
