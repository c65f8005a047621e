"""A training job's process, without a cloud around it."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import Any, cast

from local_cloud.cloud.event_log import EventLog, JobLine
from local_cloud.cloud.job_folder import JobFolder
from local_cloud.cloud.processes import Processes
from local_cloud.cloud.training_job import JobProcess
from tests.support.waiting import HANG_SECONDS

DEAF = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
signal.pause()
"""


def test_a_job_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(DEAF)
    job = {
        "TrainingJobName": "deaf",
        "TrainingJobArn": "arn:deaf",
        "ResourceConfig": {},
        "AlgorithmSpecification": {
            "ContainerEntrypoint": ["python3"],
            "ContainerArguments": ["/opt/ml/train.py"],
        },
    }
    processes, events = Processes(), EventLog()
    process = JobProcess("deaf", processes, events, tmp_path / "log", grace_seconds=0.1)
    codes: list[int] = []
    folder = JobFolder(tmp_path, cast(Any, job))
    run = threading.Thread(target=lambda: codes.append(process.run(folder, HANG_SECONDS)))
    run.start()
    events.wait_for(lambda event: isinstance(event, JobLine), time.monotonic() + HANG_SECONDS)

    process.stop()

    run.join()
    processes.close()
    assert codes == [-signal.SIGKILL]
