"""What stays different from AWS: each test fails when moto changes, and with it the docs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.cloud.arns import ACCOUNT
from local_cloud.cloud.deployment import Stack
from local_cloud.cloud.server import LocalCloud


def test_keys_may_be_longer_than_1024_bytes(cloud: LocalCloud, bucket: str) -> None:
    s3 = cloud.client("s3")
    s3.put_object(Bucket=bucket, Key="k" * 1100, Body=b"")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_a_copys_source_condition_is_ignored(cloud: LocalCloud, bucket: str) -> None:
    s3 = cloud.client("s3")
    s3.put_object(Bucket=bucket, Key="a", Body=b"a")
    source: Any = {"Bucket": bucket, "Key": "a"}
    s3.copy_object(Bucket=bucket, Key="b", CopySource=source, CopySourceIfMatch='"wrong"')


def test_deleting_a_missing_key_makes_no_delete_marker(cloud: LocalCloud, stack: Stack) -> None:
    s3, bucket = cloud.client("s3"), stack.outputs["BucketName"]
    s3.delete_object(Bucket=bucket, Key="never/there")
    listed = s3.list_object_versions(Bucket=bucket, Prefix="never/")
    assert "DeleteMarkers" not in listed


def test_no_permission_is_checked(cloud: LocalCloud, stack: Stack) -> None:
    """The role of a function that may do nothing lists every bucket."""
    import boto3

    role = f"arn:aws:iam::{ACCOUNT}:role/{stack.resources['SchedulerRole']}"
    answer = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="anybody")
    keys = answer["Credentials"]
    s3 = boto3.client(
        "s3",
        endpoint_url=cloud.endpoint,
        region_name="us-east-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    assert s3.list_buckets()["Buckets"]


def test_the_bucket_policy_is_left_out(cloud: LocalCloud, stack: Stack) -> None:
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        cloud.client("s3").get_bucket_policy(Bucket=stack.outputs["BucketName"])


def test_a_schedule_in_the_past_is_refused(cloud: LocalCloud) -> None:
    scheduler = cloud.client("scheduler")
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=2)
    with pytest.raises(ClientError, match="ValidationException"):
        scheduler.create_schedule(
            Name="past",
            ScheduleExpression=f"at({moment:%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={
                "Arn": "arn:aws:lambda:us-east-1:1:function:x",
                "RoleArn": "arn:aws:iam::1:role/x",
            },
        )


def test_rules_of_a_template_are_not_evaluated(cloud: LocalCloud) -> None:
    body = """
Rules: {Never: {Assertions: [{Assert: !Equals [a, b], AssertDescription: never}]}}
Resources: {Queue: {Type: AWS::SQS::Queue}}
"""
    cloud.client("cloudformation").create_stack(StackName="rules", TemplateBody=body)


def test_conditional_writes_work_as_in_aws(cloud: LocalCloud, bucket: str) -> None:
    """Not a difference: what droptrain's locks stand on."""
    s3 = cloud.client("s3")
    first = s3.put_object(Bucket=bucket, Key="lock", Body=b"1", IfNoneMatch="*")["ETag"]
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket=bucket, Key="lock", Body=b"2", IfNoneMatch="*")
    s3.put_object(Bucket=bucket, Key="lock", Body=b"3", IfMatch=first)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket=bucket, Key="lock", Body=b"4", IfMatch=first)
