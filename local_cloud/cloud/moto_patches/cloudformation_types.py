"""Gives CloudFormation the resource types that moto silently skips."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel

from local_cloud.cloud.moto_patches.hooks import Json, runtime

Created = tuple[str, Json]  # the physical id (what Ref gives) and the attributes (Fn::GetAtt)
Create = Callable[[str, Json], Created]
Delete = Callable[[str], object]  # takes the physical id

# Accepted and not created: nothing here reads them. A bucket policy is left out on purpose: moto
# does not evaluate conditions and would take "deny without TLS" as "deny".
WITHOUT_EFFECT = (
    "AWS::S3::BucketPolicy",
    "AWS::CloudWatch::Dashboard",
    "AWS::Logs::MetricFilter",
)


def install() -> None:
    """Register the types; moto finds them among the subclasses of its model class."""
    _register("AWS::SQS::QueuePolicy", None, _queue_policy)
    _register("AWS::SNS::TopicPolicy", None, _topic_policy)
    _register("AWS::SNS::Subscription", None, _subscription, _unsubscribe)
    _register("AWS::Scheduler::ScheduleGroup", "Name", _schedule_group, _delete_schedule_group)
    _register("AWS::Scheduler::Schedule", "Name", _schedule, _delete_schedule)
    _register("AWS::CloudWatch::Alarm", "AlarmName", _alarm, _delete_alarm)
    _register("AWS::Lambda::EventInvokeConfig", None, _event_invoke_config)
    for type_name in WITHOUT_EFFECT:
        _register(type_name, None, lambda name, _properties: (name, {}))
    for listing in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        listing.cache_clear()


def unsupported(types: set[str]) -> set[str]:
    """Return the types that moto would silently leave out of a stack."""
    return types - set(parsing.get_model_map()) - set(parsing.NULL_MODELS)


def _nothing(_name: str) -> None:
    """Delete nothing: a policy or setting goes with its owner."""


def _register(
    type_name: str, name_property: str | None, create: Create, delete: Delete = _nothing
) -> None:
    def __init__(self: Any, physical_id: str, attributes: Json) -> None:  # noqa: N807
        self.physical_resource_id, self.attributes = physical_id, attributes

    def create_resource(cls: Any, /, name: str, resource: Json, *_: str, **__: str) -> Any:
        return cls(*create(name, resource["Properties"]))

    def update_resource(cls: Any, /, original_resource: Any, **request: Any) -> Any:
        properties = request["cloudformation_json"]["Properties"]
        return cls(*create(original_resource.physical_resource_id, properties))

    members = {
        "__module__": __name__,
        "__init__": __init__,
        "cloudformation_type": staticmethod(lambda: type_name),
        "cloudformation_name_type": staticmethod(lambda: name_property),
        "has_cfn_attr": classmethod(lambda cls, attribute: True),
        "get_cfn_attribute": lambda self, attribute: self.attributes[attribute],
        "is_created": lambda self: True,
        "create_from_cloudformation_json": classmethod(create_resource),
        "update_from_cloudformation_json": classmethod(update_resource),
        "delete_from_cloudformation_json": classmethod(lambda cls, name, *_: delete(name)),
    }
    type(type_name.replace("::", ""), (CloudFormationModel,), members)


def _queue_policy(name: str, properties: Json) -> Created:
    policy = json.dumps(properties["PolicyDocument"])
    for url in properties["Queues"]:
        runtime().client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return name, {}


def _topic_policy(name: str, properties: Json) -> Created:
    policy = json.dumps(properties["PolicyDocument"])
    for arn in properties["Topics"]:
        runtime().client("sns").set_topic_attributes(
            TopicArn=arn, AttributeName="Policy", AttributeValue=policy
        )
    return name, {}


def _subscription(_name: str, properties: Json) -> Created:
    request = {key: properties[key] for key in ("TopicArn", "Protocol", "Endpoint")}
    answer = runtime().client("sns").subscribe(**request, ReturnSubscriptionArn=True)
    return answer["SubscriptionArn"], {}


def _unsubscribe(arn: str) -> None:
    runtime().client("sns").unsubscribe(SubscriptionArn=arn)


def _schedule_group(name: str, _properties: Json) -> Created:
    scheduler = runtime().client("scheduler")
    with contextlib.suppress(scheduler.exceptions.ResourceNotFoundException):
        return name, {"Arn": scheduler.get_schedule_group(Name=name)["Arn"]}
    return name, {"Arn": scheduler.create_schedule_group(Name=name)["ScheduleGroupArn"]}


def _delete_schedule_group(name: str) -> None:
    runtime().client("scheduler").delete_schedule_group(Name=name)


def _schedule(name: str, properties: Json) -> Created:
    scheduler = runtime().client("scheduler")
    _delete_schedule(name)
    request = {"ScheduleExpressionTimezone": "UTC", "State": "ENABLED"} | properties
    return name, {"Arn": scheduler.create_schedule(**request | {"Name": name})["ScheduleArn"]}


def _delete_schedule(name: str) -> None:
    """Delete the schedule of this name, in whichever group."""
    scheduler = runtime().client("scheduler")
    for page in scheduler.get_paginator("list_schedules").paginate(NamePrefix=name):
        for item in page["Schedules"]:
            if item["Name"] == name:
                scheduler.delete_schedule(Name=name, GroupName=item["GroupName"])


def _alarm(name: str, properties: Json) -> Created:
    cloudwatch = runtime().client("cloudwatch")
    known = cloudwatch.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    request = {key: value for key, value in properties.items() if key in known}
    cloudwatch.put_metric_alarm(**{**request, "AlarmName": name})
    alarms = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return name, {"Arn": alarms[0]["AlarmArn"]}


def _delete_alarm(name: str) -> None:
    runtime().client("cloudwatch").delete_alarms(AlarmNames=[name])


def _event_invoke_config(name: str, properties: Json) -> Created:
    functions = runtime().client("lambda")
    function = properties["FunctionName"]
    # moto appends a second configuration and goes on reading the first.
    with contextlib.suppress(ClientError):
        functions.delete_function_event_invoke_config(FunctionName=function)
    request = {key: value for key, value in properties.items() if key != "Qualifier"}
    functions.put_function_event_invoke_config(**request)
    return name, {}
