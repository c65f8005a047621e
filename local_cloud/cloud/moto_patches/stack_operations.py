"""Tell the runtime of each stack operation, keep what a deletion is to keep, list what is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.cloudformation.models import CloudFormationBackend, Stack
from moto.cloudformation.parsing import ResourceMap

from local_cloud.cloud.moto_patches.hooks import is_connected, runtime


def install() -> None:
    """Wrap the operations that change resources, and the deletion of a stack's resources."""
    for name in ("create_stack", "update_stack", "execute_change_set", "delete_stack"):
        original = getattr(CloudFormationBackend, name)
        setattr(CloudFormationBackend, name, _refreshing(original))

    delete = ResourceMap.delete

    def delete_resources(self: Any) -> None:
        for resource in self._resource_json_map.values():
            if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
                resource["DeletionPolicy"] = "Retain"  # of the two, moto knows this one
        delete(self)

    ResourceMap.delete = delete_resources
    Stack.stack_resources = property(_resources)


def _resources(stack: Any) -> list[Any]:
    """Return a stack's resources without those whose condition does not hold: moto has None."""
    return [resource for resource in stack.resource_map.values() if resource is not None]


def _refreshing(method: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        answer = method(*args, **kwargs)
        if is_connected():
            runtime().refresh()
        return answer

    return call
