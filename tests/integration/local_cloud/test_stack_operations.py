"""What the SAM CLI does to a stack by API calls alone: change sets, updates, deletion."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.cloud.server import LocalCloud

TEMPLATE: dict[str, Any] = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Parameters": {
        "Word": {"Type": "String", "Default": "one"},
        "Share": {"Type": "Number", "Default": 0.2, "MaxValue": 0.5},
        "Words": {"Type": "CommaDelimitedList", "Default": "a,b"},
        "Email": {"Type": "String", "Default": ""},
    },
    "Conditions": {"HasEmail": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Email"}, ""]}]}},
    "Resources": {
        "Echo": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "echo.handle",
                "Layers": [{"Ref": "Packages"}],
                "Environment": {
                    "Variables": {
                        "WORD": {"Ref": "Word"},
                        "SHARE": {"Ref": "Share"},
                        "WORDS": {"Fn::Join": ["+", {"Ref": "Words"}]},
                        "BUCKET": {"Ref": "Bucket"},
                    }
                },
            },
        },
        "Packages": {"Type": "AWS::Serverless::LayerVersion", "Properties": {}},
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "DependsOn": "QueuePolicy",
            "DeletionPolicy": "RetainExceptOnCreate",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "PublicAccessBlockConfiguration": {"BlockPublicAcls": "true"},
                "NotificationConfiguration": {
                    "QueueConfigurations": [
                        {
                            "Event": "s3:ObjectCreated:*",
                            "Queue": {"Fn::GetAtt": ["Queue", "Arn"]},
                        }
                    ]
                },
            },
        },
        "Queue": {"Type": "AWS::SQS::Queue"},
        "QueuePolicy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [{"Ref": "Queue"}],
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "s3.amazonaws.com"},
                            "Action": "sqs:SendMessage",
                            "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
                        }
                    ]
                },
            },
        },
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Subscription": {
            "Type": "AWS::SNS::Subscription",
            "Condition": "HasEmail",
            "Properties": {
                "TopicArn": {"Ref": "Topic"},
                "Protocol": "email",
                "Endpoint": {"Ref": "Email"},
            },
        },
        "Group": {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {}},
        "Alarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "Namespace": "N",
                "MetricName": "M",
                "ComparisonOperator": "GreaterThanThreshold",
                "Threshold": 0,
                "EvaluationPeriods": 1,
                "Period": 60,
                "Statistic": "Sum",
            },
        },
    },
    "Outputs": {"BucketName": {"Value": {"Ref": "Bucket"}}, "Group": {"Value": {"Ref": "Group"}}},
}
HANDLER = """
import os, numpy
def handle(event, context):
    return [os.environ[name] for name in ("WORD", "SHARE", "WORDS")]
"""

Execute = Callable[..., dict[str, str]]


def archive(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return buffer.getvalue()


@pytest.fixture
def packaged(cloud: LocalCloud, bucket: str) -> dict[str, Any]:
    """The template after `sam package`; the layer holds a package for another processor."""
    s3 = cloud.client("s3")
    s3.put_object(Bucket=bucket, Key="code", Body=archive({"echo.py": HANDLER}))
    packages = {
        "python/numpy/__init__.py": "raise ImportError('not for this machine')",
        "python/numpy-9.9.dist-info/METADATA": "",
    }
    s3.put_object(Bucket=bucket, Key="layer", Body=archive(packages))
    template: dict[str, Any] = json.loads(json.dumps(TEMPLATE))
    template["Resources"]["Echo"]["Properties"]["CodeUri"] = f"s3://{bucket}/code"
    template["Resources"]["Packages"]["Properties"]["ContentUri"] = f"s3://{bucket}/layer"
    return template


@pytest.fixture
def execute(cloud: LocalCloud, packaged: dict[str, Any]) -> Execute:
    """Make a change set and execute it, as `sam deploy` does; answer the stack's outputs."""
    cloudformation = cloud.client("cloudformation")

    def run(stack: str, kind: str, given: dict[str, str], *kept: str) -> dict[str, str]:
        parameters: list[Any] = [
            {"ParameterKey": name, "ParameterValue": value} for name, value in given.items()
        ]
        parameters += [{"ParameterKey": name, "UsePreviousValue": True} for name in kept]
        name = f"{stack}-{kind.lower()}"
        cloudformation.create_change_set(
            StackName=stack,
            ChangeSetName=name,
            ChangeSetType=kind,  # type: ignore[arg-type]
            TemplateBody=json.dumps(packaged),
            Parameters=parameters,
        )
        cloudformation.execute_change_set(StackName=stack, ChangeSetName=name)
        [described] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
        assert described["StackStatus"] == f"{kind}_COMPLETE"
        return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}

    return run


def echo(cloud: LocalCloud, stack: str) -> Any:
    resource = cloud.client("cloudformation").describe_stack_resource(
        StackName=stack, LogicalResourceId="Echo"
    )
    name = resource["StackResourceDetail"]["PhysicalResourceId"]
    answer = cloud.client("lambda").invoke(FunctionName=name)
    return json.loads(answer["Payload"].read())


def test_a_layer_that_was_not_built_fails_as_in_lambda(
    cloud: LocalCloud, bucket: str, execute: Execute
) -> None:
    body = archive({"Makefile": "build-Packages:", "Packages.txt": "numpy==9.9"})
    cloud.client("s3").put_object(Bucket=bucket, Key="layer", Body=body)
    execute("unbuilt", "CREATE", {})
    assert echo(cloud, "unbuilt")["errorType"] == "Runtime.ImportModuleError"
    message = "Unable to import module 'echo': No module named 'numpy'"
    assert echo(cloud, "unbuilt")["errorMessage"] == message


def test_a_template_that_was_not_built_is_refused_before_anything_is_made(
    cloud: LocalCloud, packaged: dict[str, Any], execute: Execute
) -> None:
    """The SAM CLI uploads no folder that stands in a `!Sub`, unless `sam build` resolved it."""
    packaged["Resources"]["Packages"]["Properties"]["ContentUri"] = {"Fn::Sub": "layers/"}
    with pytest.raises(ClientError, match=r"\[Packages\w+\] is invalid. 'ContentUri'"):
        execute("refused", "CREATE", {})
    assert "refused" not in [
        stack["StackName"] for stack in cloud.client("cloudformation").describe_stacks()["Stacks"]
    ]


def test_a_change_set_makes_a_stack_that_runs_what_was_packaged(
    cloud: LocalCloud, execute: Execute
) -> None:
    outputs = execute("made", "CREATE", {"Word": "two"})

    assert echo(cloud, "made") == ["two", "0.2", "a+b"]
    assert outputs["BucketName"] in str(cloud.client("s3").list_buckets()["Buckets"])


def test_a_change_set_that_was_declined_is_not_in_the_way(
    cloud: LocalCloud, execute: Execute, packaged: dict[str, Any]
) -> None:
    cloudformation = cloud.client("cloudformation")
    cloudformation.create_change_set(
        StackName="declined",
        ChangeSetName="declined",
        ChangeSetType="CREATE",
        TemplateBody=json.dumps(packaged),
    )
    execute("declined", "CREATE", {})

    # Not describe_stacks: to tell their outputs, moto makes what other tests' stacks lack.
    stacks = cloudformation.list_stacks()["StackSummaries"]
    states = [stack["StackStatus"] for stack in stacks if stack["StackName"] == "declined"]
    assert states == ["CREATE_COMPLETE"]


def test_code_is_kept_when_its_archive_is_deleted(
    cloud: LocalCloud, execute: Execute, bucket: str
) -> None:
    execute("kept", "CREATE", {})
    cloud.client("s3").delete_object(Bucket=bucket, Key="code")
    cloud.refresh()

    assert echo(cloud, "kept") == ["one", "0.2", "a+b"]


def test_an_update_keeps_the_bucket_and_what_it_does_not_name(
    cloud: LocalCloud, execute: Execute, packaged: dict[str, Any]
) -> None:
    before = execute("changed", "CREATE", {"Share": "0.3", "Words": "c,d"})
    packaged["Resources"]["Echo"]["Properties"]["Timeout"] = 5
    after = execute("changed", "UPDATE", {"Word": "three"}, "Share", "Words", "Email")

    assert after == before
    assert echo(cloud, "changed") == ["three", "0.3", "c+d"]


def test_a_deleted_stack_leaves_its_bucket_and_nothing_else(
    cloud: LocalCloud, execute: Execute
) -> None:
    outputs = execute("gone", "CREATE", {"Email": "a@example.com"})
    cloud.client("s3").put_object(Bucket=outputs["BucketName"], Key="raw/1", Body=b"1")
    functions = cloud.client("lambda")
    cloud.client("cloudformation").delete_stack(StackName="gone")

    kept = cloud.client("s3").get_object(Bucket=outputs["BucketName"], Key="raw/1")
    assert kept["Body"].read() == b"1"
    names = [function["FunctionName"] for function in functions.list_functions()["Functions"]]
    assert not [name for name in names if name.startswith("gone-")]
    groups = cloud.client("scheduler").list_schedule_groups()["ScheduleGroups"]
    assert outputs["Group"] not in [group["Name"] for group in groups]
    alarms = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert not [alarm for alarm in alarms if alarm["AlarmName"].startswith("gone-")]
    subscriptions = cloud.client("sns").list_subscriptions()["Subscriptions"]
    assert not [
        subscription
        for subscription in subscriptions
        if subscription["Endpoint"] == "a@example.com"
    ]


def test_a_name_may_be_used_again_after_a_deletion(cloud: LocalCloud, execute: Execute) -> None:
    first = execute("again-and-again", "CREATE", {})
    cloud.client("cloudformation").delete_stack(StackName="again-and-again")
    second = execute("again-and-again", "CREATE", {"Word": "second"})

    assert first["BucketName"] != second["BucketName"]
    assert echo(cloud, "again-and-again") == ["second", "0.2", "a+b"]


@pytest.mark.parametrize(
    ("parameter", "value", "says"),
    [("Share", "0.9", "Share is '0.9'"), ("Wrod", "x", "no parameter Wrod")],
)
def test_a_parameter_outside_its_bounds_is_refused(
    execute: Execute, parameter: str, value: str, says: str
) -> None:
    with pytest.raises(ClientError, match=says):
        execute("refused", "CREATE", {parameter: value})


def test_a_type_that_would_be_left_out_is_refused(
    execute: Execute, packaged: dict[str, Any]
) -> None:
    packaged["Resources"]["Site"] = {"Type": "AWS::Amplify::App", "Properties": {"Name": "x"}}

    with pytest.raises(ClientError, match="AWS::Amplify::App"):
        execute("left-out", "CREATE", {})


def test_a_template_that_is_no_sam_is_refused(execute: Execute, packaged: dict[str, Any]) -> None:
    del packaged["Resources"]["Echo"]["Properties"]["CodeUri"]

    with pytest.raises(ClientError, match="Invalid template"):
        execute("not-sam", "CREATE", {})
