"""Every grant of a template as one readable line: who, what, on what, on which condition.

The notation is that of docs/permissions.md: `Bucket/raw/*` for the objects of the resource Bucket,
`scheduler:schedule/ScheduleGroup/*` for an ARN of the stack's own partition, region and account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple


class Grant(NamedTuple):
    """One action on one resource. An action that is denied begins with "deny "."""

    owner: str
    action: str
    resource: str
    conditions: frozenset[str]


def grants(resources: dict[str, Any]) -> Iterator[Grant]:
    """Yield what each policy of the template grants or denies, whatever resource it stands in."""
    for owner, resource in resources.items():
        properties = resource.get("Properties", {})
        when = (f"if {resource['Condition']}",) if "Condition" in resource else ()
        if resource["Type"] == "AWS::Lambda::Permission":
            yield _permission(owner, properties, when)
        for statement, also in statements(properties):
            yield from _grants(owner, statement, (*when, *also))


def statements(value: Any, when: tuple[str, ...] = ()) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Yield each policy statement in a value, with the template's conditions that it is under."""
    if isinstance(value, list):
        for item in value:
            yield from statements(item, when)
    elif isinstance(value, dict) and set(value) == {"Fn::If"}:
        condition, yes, no = value["Fn::If"]
        yield from statements(yes, (*when, f"if {condition}"))
        yield from statements(no, (*when, f"unless {condition}"))
    elif isinstance(value, dict) and "Effect" in value:
        yield value, when
    elif isinstance(value, dict):
        for item in value.values():
            yield from statements(item, when)


def notation(value: Any) -> str:
    """Render a reference, a substitution or a plain text.

    Raises:
        KeyError: the value is built by a function that the notation has no word for.
    """
    if isinstance(value, str):
        return value
    [(function, argument)] = value.items()
    if function == "Ref":
        return str(argument).removeprefix("AWS::")
    if function == "Fn::GetAtt":
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        return str(name) if attribute == "Arn" else f"{name}.{attribute}"
    if function == "Fn::Split":
        return f"each of {notation(argument[1])}"
    if function == "Fn::Sub":
        return _substitution(argument if isinstance(argument, str) else argument[0])
    raise KeyError(function)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _substitution(text: str) -> str:
    plain = re.sub(r"\$\{(?:AWS::)?([^}.]+)(?:\.Arn)?\}", r"\1", text)
    if not plain.startswith("arn:Partition:"):
        return plain
    service, region, account, rest = plain.removeprefix("arn:Partition:").split(":", 3)
    # What is left out stands for the stack's own region and account, and for nothing else.
    place = [name for name, own in ((region, "Region"), (account, "AccountId")) if name != own]
    return ":".join([service, *place, rest])


def _grants(owner: str, statement: dict[str, Any], when: tuple[str, ...]) -> Iterator[Grant]:
    unknown = set(statement) - {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
    if unknown:
        raise KeyError(f"{owner}: {unknown}")
    conditions = frozenset(
        [*when, *_principals(statement), *_conditions(statement.get("Condition", {}))]
    )
    word = "deny " if statement["Effect"] == "Deny" else ""
    for action in as_list(statement["Action"]):
        # A trust policy names no resource: it speaks of its role.
        for resource in as_list(statement.get("Resource", owner)):
            yield Grant(owner, f"{word}{action}", notation(resource), conditions)


def _principals(statement: dict[str, Any]) -> Iterator[str]:
    principal = statement.get("Principal")
    if isinstance(principal, str):
        yield f"by {principal}"
    elif principal is not None:
        for name in (name for kind in principal.values() for name in as_list(kind)):
            yield f"by {notation(name)}"


def _conditions(condition: dict[str, Any]) -> Iterator[str]:
    for operator, keys in condition.items():
        for key, value in keys.items():
            yield f"{operator} {key} {' or '.join(notation(item) for item in as_list(value))}"


def _permission(owner: str, properties: dict[str, Any], when: tuple[str, ...]) -> Grant:
    conditions = [*when, f"by {properties['Principal']}"]
    for key in ("SourceArn", "SourceAccount"):
        if key in properties:
            conditions.append(f"{key} {notation(properties[key])}")
    resource = notation(properties["FunctionName"])
    return Grant(owner, properties["Action"], resource, frozenset(conditions))
