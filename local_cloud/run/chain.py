"""One run of the whole chain: drop a folder, follow it, bring the results home."""

from __future__ import annotations

import datetime as dt
import queue
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_cloud.cloud.deployment import Stack
from local_cloud.cloud.event_log import CloudEvent, FunctionEnded
from local_cloud.cloud.server import LocalCloud
from local_cloud.run.display import Display
from local_cloud.run.folder import Upload
from local_cloud.run.images import ImageFolder, ImagesError
from local_cloud.run.progress import tell
from local_cloud.run.results import download_results, read_status
from local_cloud.run.timeline import timeline
from local_cloud.terminal_text import printable

TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"
UPLOAD_THREADS = 8
POLL_SECONDS = 0.2
FAILURE_QUEUES = ("FailureQueue", "DropDeadLetterQueue")
# The drop needs no quiet period here: raw/_READY says that it is complete.
PARAMETERS = {"QuietPeriodSeconds": "0"}
FINAL_RUN_STATES = frozenset({"done", "failed", "stopped"})
FINAL_DROP_STATES = frozenset({"refused", "unchanged", "capped", "not started"})


@dataclass(frozen=True)
class RunResult:
    """How a run ended; `folder` is where its results are."""

    succeeded: bool
    sentence: str
    folder: Path


class ChainError(Exception):
    """When a function or the cloud itself failed for good, so that no status will ever come."""


def run(drop: ImageFolder, parameters: dict[str, str], out: Path, display: Display) -> RunResult:
    """ImageFolder the images into a local cloud and wait for how it ends.

    Raises:
        ChainError: a function failed after all retries, or the cloud itself did.
        ImagesError: a file cannot be read any more.
        OSError: the machine refused something else.
    """
    workdir = out / "local-cloud"
    with LocalCloud(workdir) as cloud, display:
        display.say("Starting a cloud on this machine and deploying template.yaml to it.")
        try:
            return _run(cloud, drop, parameters, out, display)
        except Exception as error:
            # Whatever comes of it, such as a client's "internal error", this is why.
            if failure := cloud.failure:
                raise ChainError(failure.sentence) from error
            raise


def _run(
    cloud: LocalCloud, drop: ImageFolder, parameters: dict[str, str], out: Path, display: Display
) -> RunResult:
    stack = cloud.deploy(TEMPLATE, PARAMETERS | parameters)
    bucket = stack.outputs["BucketName"]
    upload(cloud, bucket, drop.uploads, display)
    ready_at = dt.datetime.now(dt.UTC)
    cloud.client("s3").put_object(Bucket=bucket, Key="raw/_READY", Body=b"")
    board = follow(cloud, stack, display)
    folder = download_results(cloud.client("s3"), bucket, board, out)
    display.timeline(timeline(cloud.events, ready_at))
    return result_of(board, folder)


def result_of(board: dict[str, Any], folder: Path) -> RunResult:
    """Return how the drop of a status ended: a success is a run that is done."""
    succeeded = board.get("run", {}).get("state") == "done"
    return RunResult(succeeded, board["sentence"], folder)


def upload(cloud: LocalCloud, bucket: str, uploads: Sequence[Upload], display: Display) -> None:
    """Upload files as `aws s3 sync` would, several at a time.

    Raises:
        ImagesError: a file cannot be read any more.
    """
    s3 = cloud.client("s3")

    def put(item: Upload) -> None:
        s3.put_object(Bucket=bucket, Key=f"raw/{item.name}", Body=read(item))

    with (
        display.counting("files uploaded to raw/", len(uploads)) as counter,
        ThreadPoolExecutor(UPLOAD_THREADS) as pool,
    ):
        for _ in pool.map(put, uploads):
            counter.advance()


def read(item: Upload) -> bytes:
    """Return the content of a file that was there when the folder was listed.

    Raises:
        ImagesError: it cannot be read now.
    """
    try:
        return item.path.read_bytes()
    except OSError as error:
        raise ImagesError(
            f"{printable(item.path)} was listed and cannot be read now ({error.strerror}). "
            "Nothing was trained: start again when nobody changes the folder."
        ) from error


def follow(cloud: LocalCloud, stack: Stack, display: Display) -> dict[str, Any]:
    """Show what happens until the status says how it ended; return the status.

    Raises:
        ChainError: see `run`.
    """
    records: queue.SimpleQueue[CloudEvent] = queue.SimpleQueue()
    unsubscribe = cloud.subscribe(records.put)
    said = ""
    try:
        while True:
            while not records.empty():
                tell(records.get(), display)
            board = read_status(cloud.client("s3"), stack.outputs["BucketName"])
            if board.get("sentence", said) != said:
                said = board["sentence"]
                if not is_final(board):
                    display.say(said)
            if is_final(board):
                return board
            _raise_if_stuck(cloud, stack)
            time.sleep(POLL_SECONDS)
    finally:
        unsubscribe()
        display.end_training()


def is_final(board: dict[str, Any]) -> bool:
    """Whether nothing more will happen to this drop."""
    return (
        board.get("run", {}).get("state") in FINAL_RUN_STATES
        or board.get("drop", {}).get("state") in FINAL_DROP_STATES
    )


def _raise_if_stuck(cloud: LocalCloud, stack: Stack) -> None:
    if failure := cloud.failure:
        raise ChainError(failure.sentence)
    for name in FAILURE_QUEUES:
        attributes = cloud.client("sqs").get_queue_attributes(
            QueueUrl=stack.resources[name], AttributeNames=["ApproximateNumberOfMessages"]
        )["Attributes"]
        if attributes["ApproximateNumberOfMessages"] == "0":
            continue
        errors = [
            f"{record.function} failed after all retries: {record.error}"
            for record in cloud.events
            if isinstance(record, FunctionEnded) and record.status != "ok"
        ]
        raise ChainError(errors[-1] if errors else f"an event ended in {name}")
