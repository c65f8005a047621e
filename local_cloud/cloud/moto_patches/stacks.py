"""Lets CloudFormation create, update and delete stacks as AWS does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.models import ChangeSet, CloudFormationBackend, Stack
from moto.cloudformation.parsing import ResourceMap

from local_cloud.cloud.moto_patches.hooks import is_connected, runtime

# ${Name} and ${Name.Attribute}; ${!Name} is CloudFormation's escape for these characters.
PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9]+)[^}!]*\}")


def install() -> None:
    """Patch parameters, updates, change sets and deletions, then report each operation."""
    _read_parameters_as_text()
    _update_what_uses_a_parameter()
    _complete_change_sets()
    _retain_on_deletion()
    for name in ("create_stack", "update_stack", "execute_change_set", "delete_stack"):
        original = getattr(CloudFormationBackend, name)
        setattr(CloudFormationBackend, name, _refreshing(original))


def _read_parameters_as_text() -> None:
    """Keep previous values as they were given, and split the default of a list.

    moto would read a kept value of 0.2 as an int, 0.
    """
    create = CloudFormationBackend.create_change_set
    load = ResourceMap.load_parameters

    def create_change_set(self: Any, *, parameters: dict[str, Any], **request: Any) -> Any:
        if request["change_set_type"] == "CREATE":
            _remove_declined_stack(self.stacks, request["stack_name"])
        texts = {
            name: ",".join(value) if isinstance(value, list) else str(value)
            for name, value in parameters.items()
        }
        return create(self, parameters=texts, **request)

    def load_parameters(self: Any) -> None:
        load(self)
        for name, rule in self._template.get("Parameters", {}).items():
            value = self.resolved_parameters[name]
            if rule["Type"] == "CommaDelimitedList" and isinstance(value, str):
                self.resolved_parameters[name] = value.split(",")
        self._parsed_resources.update(self.resolved_parameters)

    CloudFormationBackend.create_change_set = create_change_set
    ResourceMap.load_parameters = load_parameters


def _remove_declined_stack(stacks: dict[str, Any], name: str) -> None:
    """Remove a stack that was never created: moto would create a second one of the same name."""
    for identity, stack in list(stacks.items()):
        if stack.name == name and stack.status == "REVIEW_IN_PROGRESS":
            del stacks[identity]


def _update_what_uses_a_parameter() -> None:
    """See parameters inside Fn::Sub, and keep resources that moto can't update."""
    references = parsing.get_references_from_template
    update = parsing.parse_and_update_resource

    def get_references(template: Any) -> list[str]:
        return [*references(template), *substituted(template)]

    def update_resource(logical_id: str, resource: Any, resources: Any, **where: str) -> Any:
        known = resources[logical_id]
        if known is None:
            return None  # its condition does not hold
        # None means that moto has no update for the type; it would then forget the resource.
        return update(logical_id, resource, resources, **where) or known

    parsing.get_references_from_template = get_references
    parsing.parse_and_update_resource = update_resource


def substituted(node: Any) -> list[str]:
    """Return the names that the Fn::Sub texts anywhere in `node` refer to."""
    if isinstance(node, list):
        return [name for child in node for name in substituted(child)]
    if not isinstance(node, dict):
        return []
    names = [name for child in node.values() for name in substituted(child)]
    text = node.get("Fn::Sub", "")
    text = text[0] if isinstance(text, list) else text
    return names + PLACEHOLDER.findall(text)


def _complete_change_sets() -> None:
    """Create resources in order, and update the stack: moto changes its resources alone."""
    update = ChangeSet.apply

    def apply(self: Any) -> None:
        stack, resources = self.stack, self.stack.resource_map
        if self.change_set_type == "CREATE":
            # moto's update ignores DependsOn.
            resources._template = self.template_dict
            resources.input_parameters = self.parameters
            resources.load()
            resources.create(self.template_dict)
        else:
            update(self)
        stack.template = self.template
        stack._parse_template()
        stack.parameters = self.parameters
        stack.description = stack.template_dict.get("Description")
        stack.output_map = stack._create_output_map()

    ChangeSet.apply = apply


def _retain_on_deletion() -> None:
    """Keep buckets with RetainExceptOnCreate; list no resource whose condition does not hold."""
    delete = ResourceMap.delete

    def delete_resources(self: Any) -> None:
        for resource in self._resource_json_map.values():
            if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
                resource["DeletionPolicy"] = "Retain"  # moto only knows this one
        delete(self)

    def stack_resources(self: Any) -> list[Any]:
        return [resource for resource in self.resource_map.values() if resource is not None]

    ResourceMap.delete = delete_resources
    Stack.stack_resources = property(stack_resources)


def _refreshing(method: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            answer = method(self, *args, **kwargs)
        except Exception:
            _mark_failed(self.stacks.values())
            raise
        if is_connected():
            runtime().refresh()
        return answer

    return call


def _mark_failed(stacks: Iterable[Any]) -> None:
    """End a failed creation: to list the outputs, moto would go on creating resources."""
    for stack in stacks:
        if stack.status == "CREATE_IN_PROGRESS":
            stack.status = "CREATE_FAILED"
            stack.template_dict.pop("Outputs", None)
            stack.output_map = stack._create_output_map()
