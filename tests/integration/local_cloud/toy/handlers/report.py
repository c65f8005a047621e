"""Write down which job ended, and how."""

import json
import os
from typing import Any

import boto3


def handle(event: Any, context: Any) -> Any:
    detail = event["detail"]
    boto3.client("s3").put_object(
        Bucket=os.environ["BUCKET"],
        Key=f"runs/{detail['TrainingJobName']}/report.json",
        Body=json.dumps(event),
    )
