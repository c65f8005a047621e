"""Ended training jobs for tests."""

from __future__ import annotations

from typing import Any

from plot.job_end import JobEnd, read_job_end

RUN = "51af3dc0-cf6336ca-7393851c-1"


def job_end(status: str = "Completed", **fields: Any) -> JobEnd:
    """Make an ended job of `status`; fields by their names in JobEnd."""
    detail = {"TrainingJobName": RUN, "TrainingJobStatus": status}
    job = read_job_end({"time": "2026-03-14T09:42:40Z", "detail": detail})
    return job.model_copy(update=fields)
