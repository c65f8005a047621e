"""Read the values of a template's parameters as CloudFormation does."""

from __future__ import annotations

from typing import Any

from moto.cloudformation.models import CloudFormationBackend
from moto.cloudformation.parsing import ResourceMap


def install() -> None:
    """Keep previous values as they were given, and take a list's default apart."""
    create = CloudFormationBackend.create_change_set
    load = ResourceMap.load_parameters

    def create_change_set(self: Any, *, parameters: dict[str, Any], **given: Any) -> Any:
        texts = {name: _text(value) for name, value in parameters.items()}
        return create(self, parameters=texts, **given)

    def load_parameters(self: Any) -> None:
        load(self)
        for name, rule in self._template.get("Parameters", {}).items():
            value = self.resolved_parameters[name]
            if rule["Type"] == "CommaDelimitedList" and isinstance(value, str):
                self.resolved_parameters[name] = value.split(",")
        self._parsed_resources.update(self.resolved_parameters)

    CloudFormationBackend.create_change_set = create_change_set
    ResourceMap.load_parameters = load_parameters


def _text(value: Any) -> str:
    """Return a previous value as text again: moto would read the number 0.2 as int, 0."""
    return ",".join(value) if isinstance(value, list) else str(value)
