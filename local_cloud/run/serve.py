"""A cloud that stays up until it is interrupted, for the AWS CLI, the SAM CLI and boto3."""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

from local_cloud.cloud.arns import REGION
from local_cloud.cloud.clients import ACCESS_KEY, SECRET_KEY
from local_cloud.cloud.event_log import CloudEvent
from local_cloud.cloud.parameters import TEMPLATE
from local_cloud.cloud.server import LocalCloud
from local_cloud.environment import NO_AWS_FILES
from local_cloud.run.display import Display
from local_cloud.run.progress import show_event
from local_cloud.run.results import download_results, has_ended
from local_cloud.terminal_text import describe_error
from operations.status_json import StatusJson, read_status_json

POLL_SECONDS = 0.5
# The template's two minutes are long when nobody else uploads.
PARAMETERS = {"QuietPeriodSeconds": "10"}
ENVIRONMENT_FILE = "environment"


def serve(
    parameters: dict[str, str], out: Path, display: Display, port: int, *, empty: bool
) -> None:
    """Keep a cloud up, with the template deployed unless `empty`; ends by KeyboardInterrupt.

    Raises:
        PortError: `port` is in use.
    """
    with LocalCloud(out / "local-cloud", port=port) as cloud, display:
        bucket = ""
        if not empty:
            display.say("Starting a cloud on this machine and deploying template.yaml.")
            bucket = cloud.deploy(TEMPLATE, PARAMETERS | parameters).outputs["BucketName"]
        script = out / "local-cloud" / ENVIRONMENT_FILE
        script.write_text(environment(cloud.endpoint, bucket))
        display.block(instructions(script, bucket))
        watch(cloud, out, display)


def environment(endpoint: str, bucket: str) -> str:
    """Return the lines that another terminal has to `source`, for a POSIX shell."""
    variables = {
        **NO_AWS_FILES,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        **dict.fromkeys(("AWS_DEFAULT_REGION", "AWS_REGION"), REGION),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), "localhost"),
        **({"BUCKET": bucket} if bucket else {}),
    }
    # Settings for the account that this terminal used before must not interfere.
    lines = [
        r"for variable in $(env | sed -n 's/^\(AWS_[A-Za-z0-9_]*\)=.*/\1/p'); do "
        'unset "$variable"; done'
    ]
    lines += [f"export {name}={value}" for name, value in variables.items()]
    return "\n".join(lines) + "\n"


def instructions(script: Path, bucket: str) -> str:
    """Return the commands to type in the other terminal."""
    commands = ["droptrain build && droptrain deploy    # with the SAM CLI, as into an account"]
    if bucket:
        commands = [
            "aws s3 sync ./phones s3://$BUCKET/raw/        # one folder per class",
            "aws s3 mv s3://$BUCKET/raw/oil/1.jpg s3://$BUCKET/raw/stain/1.jpg",
            "aws s3 cp s3://$BUCKET/status.json -          # the state of drop and run",
        ]
    shown, settings = (indent("\n".join(commands), "  "), indent(script.read_text().rstrip(), "  "))
    return (
        f"The cloud is up. In another terminal:\n\n  source {script}\n\n{shown}\n\n"
        f"The script sets:\n\n{settings}\n\nCtrl-C ends the cloud and its contents; results stay.\n"
    )


def watch(cloud: LocalCloud, out: Path, display: Display) -> None:
    """Show the events of every stack and download the results of each run; never returns."""
    events: queue.SimpleQueue[CloudEvent] = queue.SimpleQueue()
    cloud.subscribe(events.put)
    statuses: dict[str, StatusJson] = {}
    while True:
        while not events.empty():
            show_event(events.get(), display)
        for bucket in buckets(cloud):
            before = statuses.get(bucket, {})
            status = statuses[bucket] = read_status_json(cloud.client("s3"), bucket)
            if status and status["sentence"] != before.get("sentence"):
                display.end_training()
                display.say(status["sentence"])
            if has_ended(before, status):
                save_results(cloud, bucket, status, out, display)
        time.sleep(POLL_SECONDS)


def save_results(
    cloud: LocalCloud, bucket: str, status: StatusJson, out: Path, display: Display
) -> None:
    """Download a run's results and list its plots; a full disk does not end the cloud."""
    try:
        folder = download_results(cloud.client("s3"), bucket, status, out)
    except OSError as error:
        display.say(f"The results are only in the bucket: {describe_error(error)}")
        return
    display.say(f"The results are in {folder}{os.sep}, with these plots:")
    display.block("\n".join(f"  {path}" for path in sorted(folder.glob("plots/*.png"))))


def buckets(cloud: LocalCloud) -> Iterator[str]:
    """Yield the bucket of each stack."""
    for stack in cloud.client("cloudformation").describe_stacks()["Stacks"]:
        for output in stack.get("Outputs", []):
            if output["OutputKey"] == "BucketName":
                yield output["OutputValue"]
