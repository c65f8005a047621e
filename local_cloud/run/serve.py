"""A cloud that stands until it is interrupted, for the AWS CLI, the SAM CLI and boto3."""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local_cloud.cloud.arns import REGION
from local_cloud.cloud.clients import ACCESS_KEY, SECRET_KEY
from local_cloud.cloud.event_log import CloudEvent
from local_cloud.cloud.server import LocalCloud
from local_cloud.environment import NO_AWS_FILES
from local_cloud.run.chain import FINAL_RUN_STATES, TEMPLATE
from local_cloud.run.display import Display
from local_cloud.run.progress import tell
from local_cloud.run.results import download_results, read_status
from local_cloud.terminal_text import describe_error

POLL_SECONDS = 0.5
# Two minutes, the template's own default, is long when nobody else is uploading.
PARAMETERS = {"QuietPeriodSeconds": "10"}
Board = dict[str, Any]
ENVIRONMENT_FILE = "environment"


def serve(
    parameters: dict[str, str], out: Path, display: Display, port: int, *, empty: bool
) -> None:
    """Keep a cloud up, with the template deployed unless `empty`; ends by KeyboardInterrupt.

    Raises:
        PortError: something listens on the port already.
    """
    with LocalCloud(out / "local-cloud", port=port) as cloud, display:
        bucket = ""
        if not empty:
            display.say("Starting a cloud on this machine and deploying template.yaml to it.")
            bucket = cloud.deploy(TEMPLATE, PARAMETERS | parameters).outputs["BucketName"]
        script = out / "local-cloud" / ENVIRONMENT_FILE
        script.write_text(environment(cloud.endpoint, bucket))
        display.block(instructions(script, bucket))
        watch(cloud, out, display)


def environment(endpoint: str, bucket: str) -> str:
    """Return what another terminal has to `source`, as lines of a POSIX shell."""
    variables = (
        NO_AWS_FILES
        | {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "NO_PROXY": "localhost",
            "no_proxy": "localhost",
        }
        | ({"BUCKET": bucket} if bucket else {})
    )
    # Nothing of the account that this terminal spoke to before must come between.
    lines = [
        r"for variable in $(env | sed -n 's/^\(AWS_[A-Za-z0-9_]*\)=.*/\1/p'); do "
        'unset "$variable"; done'
    ]
    lines += [f"export {name}={value}" for name, value in variables.items()]
    return "\n".join(lines) + "\n"


def instructions(script: Path, bucket: str) -> str:
    """Return what to type in the other terminal."""
    ways = ["make build && make deploy                     # the SAM CLI, as into an account"]
    if bucket:
        ways = [
            "aws s3 sync ./phones s3://$BUCKET/raw/        # one folder per class",
            "aws s3 mv s3://$BUCKET/raw/oil/1.jpg s3://$BUCKET/raw/stain/1.jpg",
            "aws s3 cp s3://$BUCKET/status.json -          # where the drop stands",
        ]
    lines = ["The cloud is up. In another terminal:", "", f"  source {script}", ""]
    lines += [f"  {way}" for way in ways]
    lines += ["", "which sets:", ""]
    lines += [f"  {line}" for line in script.read_text().splitlines()]
    return "\n".join([*lines, "", "Ctrl-C ends it: what is in it is gone then, results stay.", ""])


def watch(cloud: LocalCloud, out: Path, display: Display) -> None:
    """Show what happens in every stack and fetch the results of each run; never returns."""
    records: queue.SimpleQueue[CloudEvent] = queue.SimpleQueue()
    cloud.subscribe(records.put)
    boards: dict[str, Board] = {}
    while True:
        while not records.empty():
            tell(records.get(), display)
        for bucket in buckets(cloud):
            before = boards.get(bucket, {})
            board = boards[bucket] = read_status(cloud.client("s3"), bucket)
            if board and board["sentence"] != before.get("sentence"):
                display.end_training()
                display.say(board["sentence"])
            if has_ended(before, board):
                fetch_results(cloud, bucket, board, out, display)
        time.sleep(POLL_SECONDS)


def fetch_results(
    cloud: LocalCloud, bucket: str, board: Board, out: Path, display: Display
) -> None:
    """Copy a run's results and name its plots; a full disk is no reason to end the cloud."""
    try:
        folder = download_results(cloud.client("s3"), bucket, board, out)
    except OSError as error:
        display.say(f"Its results stay in the bucket: {describe_error(error)}")
        return
    display.say(f"Its results are in {folder}{os.sep}; its plots:")
    display.block("\n".join(f"  {path}" for path in sorted(folder.glob("plots/*.png"))))


def has_ended(before: Board, board: Board) -> bool:
    """Tell whether a run has ended between two looks at the status."""
    run = board.get("run", {})
    return run.get("state") in FINAL_RUN_STATES and before.get("run") != run


def buckets(cloud: LocalCloud) -> Iterator[str]:
    """Yield the bucket of each stack that there is now."""
    for stack in cloud.client("cloudformation").describe_stacks()["Stacks"]:
        for output in stack.get("Outputs", []):
            if output["OutputKey"] == "BucketName":
                yield output["OutputValue"]
