"""Deletes a stack and follows its events."""

from __future__ import annotations

import time

from operations.clients import AccountClients
from operations.errors import OperationError
from operations.stack import DeployedStack, find_stack
from operations.terminal import Terminal

POLL_SECONDS = 3.0


def delete_stack(
    terminal: Terminal, clients: AccountClients, stack: DeployedStack, poll: float = POLL_SECONDS
) -> None:
    """Delete a stack and print each resource that was deleted; `poll` is in seconds.

    Raises:
        OperationError: CloudFormation could not delete it; the message names the resources.
    """
    seen = {event_id for event_id, _, _, _ in _events(clients, stack)}
    clients.cloudformation.delete_stack(StackName=stack.arn)
    failures: dict[str, str] = {}
    while True:
        # The status first: later events are read in the next round.
        status = find_stack(clients, stack.arn).status
        for event_id, resource, state, reason in _events(clients, stack):
            if event_id in seen:
                continue
            seen.add(event_id)
            if state in {"DELETE_COMPLETE", "DELETE_SKIPPED", "DELETE_FAILED"}:
                terminal.say(f"  {state.removeprefix('DELETE_').lower():9} {resource}")
            if state == "DELETE_FAILED":
                failures[resource] = reason
        if status == "DELETE_COMPLETE":
            return
        # A stack whose deletion failed before has this status until the new deletion begins.
        if status == "DELETE_FAILED" and stack.name in failures:
            reasons = " ".join(f"{name}: {reason}" for name, reason in failures.items())
            raise OperationError(
                f"{stack.name} could not be deleted. {reasons} Try again with `droptrain delete`."
            )
        time.sleep(poll)


def _events(clients: AccountClients, stack: DeployedStack) -> list[tuple[str, str, str, str]]:
    """List events, oldest first: identity, resource, state, reason."""
    pages = clients.cloudformation.get_paginator("describe_stack_events").paginate(
        StackName=stack.arn
    )
    newest_first = [
        (
            event["EventId"],
            event.get("LogicalResourceId", ""),
            event.get("ResourceStatus", ""),
            event.get("ResourceStatusReason", ""),
        )
        for page in pages
        for event in page["StackEvents"]
    ]
    return newest_first[::-1]
