"""Which resource refers to which: what CloudFormation orders the creation by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any


def references(value: Any) -> Iterator[str]:
    """Yield every logical id that a value refers to, by Ref, GetAtt, Sub or DependsOn."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "Ref":
                yield item
            elif name == "Fn::GetAtt":
                yield item.split(".")[0] if isinstance(item, str) else item[0]
            elif name == "Fn::Sub":
                yield from _in_text(item)
            else:
                yield from references(item)


def _in_text(substitution: Any) -> Iterator[str]:
    text, variables = substitution if isinstance(substitution, list) else (substitution, {})
    yield from references(variables)
    for name in re.findall(r"\$\{([^}!]+)\}", text):
        if name not in variables:
            yield name.split(".")[0]


def graph(resources: dict[str, Any]) -> dict[str, set[str]]:
    """Return for each resource the resources that must be there before it."""
    edges = {}
    for name, resource in resources.items():
        depends = resource.get("DependsOn", [])
        named = [depends] if isinstance(depends, str) else depends
        names = set(references(resource.get("Properties", {}))) | set(named)
        edges[name] = (names & set(resources)) - {name}
    return edges


def cycle(edges: dict[str, set[str]]) -> list[str]:
    """Return a circle of resources, or nothing."""
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str]:
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return []
        for other in sorted(edges[name]):
            circle = visit(other, [*path, name])
            if circle:
                return circle
        done.add(name)
        return []

    return next((circle for name in sorted(edges) if (circle := visit(name, []))), [])
