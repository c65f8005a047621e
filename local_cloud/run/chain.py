"""One run of the whole chain: drop a folder, follow the run, download the results."""

from __future__ import annotations

import datetime as dt
import queue
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from local_cloud.cloud.deployment import Stack
from local_cloud.cloud.event_log import CloudEvent, FunctionEnded
from local_cloud.cloud.parameters import TEMPLATE
from local_cloud.cloud.server import LocalCloud
from local_cloud.run.display import Display
from local_cloud.run.folder import Upload
from local_cloud.run.images import ImagesError, LocalDrop
from local_cloud.run.progress import show_event
from local_cloud.run.results import RAW, READY_MARKER, TEST, download_results
from local_cloud.run.timeline import timeline
from local_cloud.terminal_text import printable
from operations.status import stuck_messages
from operations.status_json import StatusJson, is_final, read_status_json

UPLOAD_THREADS = 8
POLL_SECONDS = 0.2
# The drop needs no quiet period: raw/_READY says that it is complete.
PARAMETERS = {"QuietPeriodSeconds": "0"}


@dataclass(frozen=True)
class RunResult:
    """How a run ended, and the folder of its results."""

    succeeded: bool
    sentence: str
    folder: Path


class ChainError(Exception):
    """A function or the cloud itself failed for good, so no final status will ever come."""


def run(drop: LocalDrop, parameters: dict[str, str], out: Path, display: Display) -> RunResult:
    """Drop the images into a local cloud and wait for the end.

    Raises:
        ChainError: a function failed after all retries, or the cloud itself did.
        ImagesError: a file can't be read any more.
        OSError: the machine refused something else.
    """
    with LocalCloud(out / "local-cloud") as cloud, display:
        display.say("Starting a cloud on this machine and deploying template.yaml.")
        try:
            return _run(cloud, drop, parameters, out, display)
        except Exception as error:
            # Whatever the error is, such as a client's "internal error", this is its cause.
            if failure := cloud.failure:
                raise ChainError(failure.sentence) from error
            raise


def _run(
    cloud: LocalCloud, drop: LocalDrop, parameters: dict[str, str], out: Path, display: Display
) -> RunResult:
    stack = cloud.deploy(TEMPLATE, PARAMETERS | parameters)
    bucket = stack.outputs["BucketName"]
    if drop.tested:
        upload(cloud, bucket, drop.tested.uploads, display, TEST)
    upload(cloud, bucket, drop.images.uploads, display)
    ready_at = dt.datetime.now(dt.UTC)
    cloud.client("s3").put_object(Bucket=bucket, Key=READY_MARKER, Body=b"")
    status = follow(cloud, stack, display)
    folder = download_results(cloud.client("s3"), bucket, status, out)
    display.timeline(timeline(cloud.events, ready_at))
    return result_of(status, folder)


def result_of(status: StatusJson, folder: Path) -> RunResult:
    """Return how the drop of a status ended: it succeeded if the run is done."""
    succeeded = status.get("run", {}).get("state") == "done"
    return RunResult(succeeded, status["sentence"], folder)


def upload(
    cloud: LocalCloud, bucket: str, uploads: Sequence[Upload], display: Display, prefix: str = RAW
) -> None:
    """Upload files as `aws s3 sync` would, several at a time.

    Raises:
        ImagesError: a file can't be read any more.
    """
    s3 = cloud.client("s3")

    def put(file: Upload) -> None:
        s3.put_object(Bucket=bucket, Key=f"{prefix}{file.name}", Body=read(file))

    with (
        display.counting(f"Files uploaded to {prefix}", len(uploads)) as advance,
        ThreadPoolExecutor(UPLOAD_THREADS) as pool,
    ):
        for _ in pool.map(put, uploads):
            advance()


def read(file: Upload) -> bytes:
    """Return the content of a file that existed when the folder was listed.

    Raises:
        ImagesError: it can't be read now.
    """
    try:
        return file.path.read_bytes()
    except OSError as error:
        raise ImagesError(
            f"{printable(file.path)} can't be read any more ({error.strerror}). "
            "Nothing was trained: start again when the folder no longer changes."
        ) from error


def follow(cloud: LocalCloud, stack: Stack, display: Display) -> StatusJson:
    """Show the progress until the status is final; return the status.

    Raises:
        ChainError: see `run`.
    """
    events: queue.SimpleQueue[CloudEvent] = queue.SimpleQueue()
    unsubscribe = cloud.subscribe(events.put)
    shown = ""
    try:
        while True:
            while not events.empty():
                show_event(events.get(), display)
            status = read_status_json(cloud.client("s3"), stack.outputs["BucketName"])
            if is_final(status):
                return status
            if (sentence := status.get("sentence", shown)) != shown:
                display.say(sentence)
                shown = sentence
            _raise_if_stuck(cloud, stack)
            time.sleep(POLL_SECONDS)
    finally:
        unsubscribe()
        display.end_training()


def _raise_if_stuck(cloud: LocalCloud, stack: Stack) -> None:
    if failure := cloud.failure:
        raise ChainError(failure.sentence)
    for name, count in stuck_messages(cloud.client("sqs"), stack.resources).items():
        if not count:
            continue
        errors = [
            f"Function {event.function} failed after all retries: {event.error}"
            for event in cloud.events
            if isinstance(event, FunctionEnded) and event.status != "ok"
        ]
        raise ChainError(errors[-1] if errors else f"An event ended up in {name}.")
