"""Deploying, updating, deleting and deploying again, as far as the template decides it."""

from __future__ import annotations

from typing import Any

# Properties by which a template would name a resource itself. A named one is in the way of a
# second stack, and of the same stack deployed again beside what the first left:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
NAMES = {
    "AlarmName", "BucketName", "FunctionName", "LogGroupName", "ManagedPolicyName", "Name",
    "QueueName", "RoleName", "TopicName",
}  # fmt: skip


def test_no_resource_has_a_name_that_a_second_stack_would_want_too(resources: dict[str, Any]):
    for name, resource in resources.items():
        named = set(resource.get("Properties", {})) & NAMES
        # A permission's FunctionName says whose it is.
        if resource["Type"] in (
            "AWS::Lambda::Permission",
            "AWS::Lambda::EventSourceMapping",
            "AWS::Lambda::EventInvokeConfig",
        ):
            named -= {"FunctionName"}
        assert not named, name


def test_layers_are_named_after_their_stack(resources: dict[str, Any]):
    """SAM would name them alike in every stack of the account."""
    layers = [
        resource
        for resource in resources.values()
        if resource["Type"] == "AWS::Lambda::LayerVersion"
    ]

    names = [str(layer["Properties"]["LayerName"]) for layer in layers]
    assert len(set(names)) == len(names) == 7
    assert all("${AWS::StackName}-" in name for name in names)


def test_a_deleted_stack_leaves_the_bucket_and_nothing_else(resources: dict[str, Any]):
    kept = {
        name: resource["DeletionPolicy"]
        for name, resource in resources.items()
        if resource.get("DeletionPolicy", "Delete") != "Delete"
    }

    # Not when its first creation fails: an empty bucket would only lie about.
    assert kept == {"Bucket": "RetainExceptOnCreate"}


def test_an_update_that_replaces_something_leaves_the_old_bucket_alone(resources: dict[str, Any]):
    kept = {
        name
        for name, resource in resources.items()
        if resource.get("UpdateReplacePolicy") == "Retain"
    }

    assert kept == {"Bucket"}
