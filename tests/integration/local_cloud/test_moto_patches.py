"""One test per patch: each fails when moto no longer has, or no longer needs, what it mends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote_plus

import moto
import pytest
from moto.sqs.models import Message, Queue

from local_cloud.cloud.arns import ACCOUNT, REGION
from local_cloud.cloud.deployment import Stack
from local_cloud.cloud.server import LocalCloud

Receive = Callable[..., list[Any]]


def test_the_version_that_the_patches_were_written_for() -> None:
    assert moto.__version__ == "5.2.5"


def test_sam_transform_in_cloudformation(cloud: LocalCloud) -> None:
    cloudformation = cloud.client("cloudformation")
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {"Table": {"Type": "AWS::Serverless::SimpleTable"}},
    }
    request: Any = {"StackName": "change", "TemplateBody": json.dumps(template)}
    cloudformation.create_change_set(ChangeSetName="one", ChangeSetType="CREATE", **request)
    cloudformation.execute_change_set(ChangeSetName="one", StackName="change")
    resources = cloudformation.describe_stack_resources(StackName="change")["StackResources"]
    assert [resource["ResourceType"] for resource in resources] == ["AWS::DynamoDB::Table"]


def test_stack_updates_keep_what_moto_cannot_update(cloud: LocalCloud) -> None:
    cloudformation = cloud.client("cloudformation")
    template = {
        "Parameters": {"Word": {"Type": "String", "Default": "one"}},
        "Resources": {
            "Parameter": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Name": "word", "Type": "String", "Value": {"Fn::Sub": "<${Word}>"}},
            },
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": {"Statement": []},
                    "Description": {"Ref": "Word"},
                },
            },
        },
        "Outputs": {"Role": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }
    request: Any = {"StackName": "update", "TemplateBody": json.dumps(template)}
    cloudformation.create_stack(**request)
    before = cloudformation.describe_stacks(StackName="update")["Stacks"][0]["Outputs"]
    parameters: Any = [{"ParameterKey": "Word", "ParameterValue": "two"}]
    cloudformation.update_stack(**request, Parameters=parameters)
    assert cloudformation.describe_stacks(StackName="update")["Stacks"][0]["Outputs"] == before
    value = cloud.client("ssm").get_parameter(Name="word")["Parameter"]["Value"]
    assert value == "<two>"


def test_cloudformation_types(cloud: LocalCloud, stack: Stack) -> None:
    sqs, sns = cloud.client("sqs"), cloud.client("sns")
    url = stack.resources["DropQueue"]
    policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
    assert "s3.amazonaws.com" in policy["Policy"]
    groups = cloud.client("scheduler").list_schedule_groups()["ScheduleGroups"]
    assert stack.outputs["ScheduleGroupArn"] in [group["Arn"] for group in groups]
    topics = sns.list_subscriptions_by_topic(TopicArn=stack.resources["Topic"])["Subscriptions"]
    assert [subscription["Endpoint"] for subscription in topics] == ["someone@example.com"]
    alarms = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert stack.resources["Alarm"] in [alarm["AlarmName"] for alarm in alarms]
    config = cloud.client("lambda").get_function_event_invoke_config(
        FunctionName=stack.resources["Split"]
    )
    assert config["MaximumRetryAttempts"] == 1
    assert config["DestinationConfig"]["OnSuccess"]["Destination"].endswith(
        stack.resources["Launch"]
    )


def test_bucket_properties(cloud: LocalCloud, stack: Stack) -> None:
    s3, bucket = cloud.client("s3"), stack.outputs["BucketName"]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert block["BlockPublicPolicy"] is True
    rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rules[0]["Expiration"]["Days"] == 90
    queues = s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]
    assert [queue["Events"] for queue in queues] == [["s3:ObjectCreated:*"], ["s3:ObjectRemoved:*"]]


def test_function_properties(cloud: LocalCloud, stack: Stack) -> None:
    functions = cloud.client("lambda")
    launch = functions.get_function_configuration(FunctionName=stack.resources["Launch"])
    assert launch["Architectures"] == ["arm64"]
    assert [layer["Arn"].split(":")[5] for layer in launch["Layers"]] == ["layer"]


def test_event_rules_and_lambda_invocation(cloud: LocalCloud, stack: Stack) -> None:
    """A rule with a Lambda target after one with a queue: stock moto answers 500."""
    entry: Any = {"Source": "toy.unpermitted", "DetailType": "x", "Detail": "{}"}
    answer = cloud.client("events").put_events(Entries=[entry])
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    invoked = cloud.client("lambda").invoke(FunctionName=stack.resources["Split"], Payload=b"{}")
    assert json.loads(invoked["Payload"].read())["status"] == "ready"


def test_sending_to_a_mapped_queue_invokes_nothing_inline(cloud: LocalCloud, stack: Stack) -> None:
    from moto.sqs.models import sqs_backends

    name = stack.resources["DropQueue"].rsplit("/", 1)[-1]
    mappings = cloud.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert name in [mapping["EventSourceArn"].rsplit(":", 1)[-1] for mapping in mappings]
    assert not sqs_backends[ACCOUNT][REGION].queues[name].lambda_event_source_mappings


@pytest.fixture
def watched(cloud: LocalCloud, bucket: str, queue: str, messages: Receive) -> str:
    """A versioned bucket that tells `queue` of everything."""
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue.rsplit('/', 1)[-1]}"
    s3 = cloud.client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "QueueConfigurations": [
                {"QueueArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
            ]
        },
    )
    assert messages(queue)[0]["Event"] == "s3:TestEvent"
    return bucket


def test_s3_notifications(cloud: LocalCloud, watched: str, queue: str, messages: Receive) -> None:
    s3, key = cloud.client("s3"), "raw/oil/été 1+2*.jpg"
    version = s3.put_object(Bucket=watched, Key=key, Body=b"abc")["VersionId"]
    s3.delete_object(Bucket=watched, Key=key)
    s3.delete_objects(Bucket=watched, Delete={"Objects": [{"Key": key, "VersionId": version}]})
    records = [message["Records"][0] for message in messages(queue, 3)]
    assert [event["eventName"] for event in records] == [
        "ObjectCreated:Put", "ObjectRemoved:DeleteMarkerCreated", "ObjectRemoved:Delete"
    ]  # fmt: skip
    created = records[0]["s3"]["object"]
    assert created["key"] == "raw/oil/%C3%A9t%C3%A9+1%2B2*.jpg"
    assert unquote_plus(created["key"]) == key
    assert (created["size"], created["versionId"]) == (3, version)
    assert "size" not in records[1]["s3"]["object"]
    sequencers = [event["s3"]["object"]["sequencer"] for event in records]
    assert sequencers == sorted(sequencers)
    assert records[0]["eventTime"].endswith("Z")


def test_a_multipart_upload_is_announced_once(
    cloud: LocalCloud, watched: str, queue: str, messages: Receive
) -> None:
    s3 = cloud.client("s3")
    request: Any = {"Bucket": watched, "Key": "raw/big"}
    upload = s3.create_multipart_upload(**request)["UploadId"]
    part = s3.upload_part(**request, UploadId=upload, PartNumber=1, Body=b"x")
    parts: Any = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**request, UploadId=upload, MultipartUpload=parts)
    s3.put_object(Bucket=watched, Key="raw/small", Body=b"x")
    names = [message["Records"][0]["eventName"] for message in messages(queue, 2)]
    assert names == ["ObjectCreated:CompleteMultipartUpload", "ObjectCreated:Put"]


def test_a_message_that_arrives_during_a_delete_stays(cloud: LocalCloud) -> None:
    """Stock moto builds a new list, and what is added to the old one meanwhile is lost."""
    store = Queue("store", REGION, ACCOUNT)
    arrive = iter([lambda: store._messages.append(Message("2", "late"))])

    class Messages(list[Any]):
        def __iter__(self) -> Iterator[Any]:
            yield from super().__iter__()
            next(arrive, lambda: None)()

    first = Message("1", "early")
    first.mark_received(30)
    store._messages = Messages([Message("0", "kept"), first])
    store.delete_message(first.receipt_handle)
    next(arrive, lambda: None)()
    assert [message.body for message in list.__iter__(store._messages)] == ["kept", "late"]


def test_looking_for_messages_builds_no_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stock moto builds two datetimes per message and look: seconds for thousands of messages."""
    monkeypatch.setattr("moto.sqs.models.unix_time_millis", None)
    message = Message("1", "body")
    assert message.visible
    assert not message.delayed


def test_request_speed_is_still_worth_a_patch() -> None:
    """The dispatcher lists moto's folders for each request, unless it remembers."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    assert DomainDispatcherApplication.get_backend_for_host.cache_info().hits > 0


def test_service_quotas_lists_each_machine(cloud: LocalCloud) -> None:
    listed = cloud.client("service-quotas").list_service_quotas(ServiceCode="sagemaker")["Quotas"]
    values = {quota["QuotaName"]: quota["Value"] for quota in listed}
    assert values["ml.m5.xlarge for training job usage"] == 1
    assert values["ml.g5.xlarge for spot training job usage"] == 1
