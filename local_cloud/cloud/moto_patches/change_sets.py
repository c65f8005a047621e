"""Let a change set make one stack, in the right order, and leave it its outputs and parameters."""

from __future__ import annotations

from typing import Any

from moto.cloudformation.models import ChangeSet, CloudFormationBackend


def install() -> None:
    """Bring the stack up to date: moto changes its resources and leaves the rest as it was."""
    update = ChangeSet.apply

    def apply(self: Any) -> None:
        stack, resources = self.stack, self.stack.resource_map
        if self.change_set_type == "CREATE":
            # moto's update makes resources as they come and does not know DependsOn.
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

    create = CloudFormationBackend.create_change_set

    def create_change_set(self: Any, **given: Any) -> Any:
        if given["change_set_type"] == "CREATE":
            _make_way(self.stacks, given["stack_name"])
        return create(self, **given)

    CloudFormationBackend.create_change_set = create_change_set


def _make_way(stacks: dict[str, Any], name: str) -> None:
    """Drop a stack that was never made: moto would make a second one of the same name."""
    for identity, stack in list(stacks.items()):
        if stack.name == name and stack.status == "REVIEW_IN_PROGRESS":
            del stacks[identity]
