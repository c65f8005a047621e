"""Let a change set make a stack in the right order, and leave it its outputs and parameters."""

from __future__ import annotations

from typing import Any

from moto.cloudformation.models import ChangeSet


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
