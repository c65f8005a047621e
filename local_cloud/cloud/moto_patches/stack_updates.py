"""Let a changed parameter reach every resource that uses it when a stack is updated."""

from __future__ import annotations

import re
from typing import Any

from moto.cloudformation import parsing

# ${Name} and ${Name.Attribute}; ${!Name} is CloudFormation's way to write the characters.
PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9]+)[^}!]*\}")


def install() -> None:
    """See parameters inside Fn::Sub, and keep resources that moto cannot update."""
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
