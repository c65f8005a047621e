"""Create one schedule per batch; refuse the messages that say so."""

import datetime as dt
import json
import os
from typing import Any

import boto3


def handle(event: Any, context: Any) -> Any:
    keys, failed = [], []
    for record in event["Records"]:
        body = json.loads(record["body"])
        entries = [event["s3"]["object"]["key"] for event in body.get("Records", [])]
        keys += entries
        if any("poison" in key for key in entries):
            failed.append({"itemIdentifier": record["messageId"]})
    if any(key == "raw/go" for key in keys):
        schedule(keys)
    return {"batchItemFailures": failed}


def schedule(keys: list[str]) -> None:
    scheduler = boto3.client("scheduler")
    fires = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=int(os.environ["DELAY_SECONDS"]))
    scheduler.create_schedule(
        Name="go",
        GroupName=os.environ["SCHEDULE_GROUP"],
        ScheduleExpression=f"at({fires:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target={
            "Arn": os.environ["SPLIT_ARN"],
            "RoleArn": os.environ["SCHEDULER_ROLE_ARN"],
            "Input": json.dumps({"keys": keys}),
            "DeadLetterConfig": {"Arn": os.environ["FAILURE_QUEUE_ARN"]},
        },
    )
