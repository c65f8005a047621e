"""Write down which job ended, and how."""

import json
import os

import boto3


def handle(event, context):
    detail = event["detail"]
    boto3.client("s3").put_object(
        Bucket=os.environ["BUCKET"],
        Key=f"runs/{detail['TrainingJobName']}/report.json",
        Body=json.dumps(event),
    )
