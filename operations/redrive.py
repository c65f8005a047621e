"""`droptrain redrive`: sends the events that were given up to their functions once more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from operations.clients import AccountClients
from operations.errors import OperationError
from operations.given_up import GivenUpEvent, read_message
from operations.stack import DeployedStack
from operations.status import stuck_messages
from operations.terminal import Terminal

FAILURES, DROPS = "FailureQueue", "DropDeadLetterQueue"
# Long enough to read a queue, answer the question, and send everything.
HIDDEN_SECONDS = 600
EXAMPLES = 5


def redrive(
    terminal: Terminal, clients: AccountClients, stack: DeployedStack, *, dry_run: bool
) -> bool:
    """Show what both queues hold, ask, and send it; return whether nothing is left.

    Raises:
        OperationError: a queue is missing.
    """
    for name in (FAILURES, DROPS):
        if name not in stack.resources:
            raise OperationError(f"{stack.name} has no {name}: it isn't completely deployed.")
    messages = list(_receive(clients, stack.resources[FAILURES]))
    drops = stuck_messages(clients.sqs, stack.resources)[DROPS]
    events = [(message, read_message(message)) for message in messages]
    _show(terminal, [event for _, event in events], drops)
    known = [(message, event) for message, event in events if event]
    if not known and not drops:
        _release(clients, stack, messages)
        return not messages
    if dry_run or not terminal.ask("Send them again?"):
        _release(clients, stack, messages)
        terminal.say("Nothing was sent.")
        return False
    _send(terminal, clients, stack, known)
    _release(clients, stack, [message for message, event in events if event is None])
    if drops:
        _move(terminal, clients, stack)
    return len(known) == len(messages)


def _receive(clients: AccountClients, url: str) -> Iterator[dict[str, Any]]:
    """Take every message, hidden from others meanwhile."""
    while True:
        answer: Any = clients.sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=1,  # asks every server of the queue
            MessageAttributeNames=["All"],
        )
        if not answer.get("Messages"):
            return
        yield from answer["Messages"]


def _show(terminal: Terminal, events: list[GivenUpEvent | None], drops: int) -> None:
    if not events and not drops:
        terminal.say("Both queues are empty: no event was given up.")
        return
    if events:
        terminal.say(f"{FAILURES} holds {len(events)} that no retry helped:")
    counts = Counter((event.function_name, event.reason) for event in events if event)
    for (function, reason), number in counts.most_common(EXAMPLES):
        terminal.say(f"  {number} x {function}: {reason}")
    if len(counts) > EXAMPLES:
        terminal.say(f"  and {len(counts) - EXAMPLES} more reasons")
    if unknown := events.count(None):
        terminal.say(f"  {unknown} of an unknown shape, which stay: docs/operations.md")
    if drops:
        terminal.say(
            f"{DROPS} holds about {drops} notifications of uploads; each goes back to its queue."
        )


def _send(
    terminal: Terminal,
    clients: AccountClients,
    stack: DeployedStack,
    events: list[tuple[dict[str, Any], GivenUpEvent]],
) -> None:
    """Invoke the functions, then delete each message: one that is sent twice does no harm."""
    for message, event in events:
        clients.functions.invoke(
            FunctionName=event.function, InvocationType="Event", Payload=event.payload
        )
        clients.sqs.delete_message(
            QueueUrl=stack.resources[FAILURES], ReceiptHandle=message["ReceiptHandle"]
        )
        terminal.say(f"Sent one to {event.function_name}.")


def _move(terminal: Terminal, clients: AccountClients, stack: DeployedStack) -> None:
    """Let SQS move each message to the queue that it came from.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
    """
    answer = clients.sqs.get_queue_attributes(
        QueueUrl=stack.resources[DROPS], AttributeNames=["QueueArn"]
    )
    clients.sqs.start_message_move_task(SourceArn=answer["Attributes"]["QueueArn"])
    terminal.say("SQS is moving the notifications back to the queues that they came from.")


def _release(clients: AccountClients, stack: DeployedStack, messages: list[dict[str, Any]]) -> None:
    """Let others see these messages again."""
    for message in messages:
        clients.sqs.change_message_visibility(
            QueueUrl=stack.resources[FAILURES],
            ReceiptHandle=message["ReceiptHandle"],
            VisibilityTimeout=0,
        )
