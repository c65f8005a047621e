"""Lock moto's queues: its delete rebuilds the list and loses a message that is just arriving."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.sqs.models import Queue, SQSBackend


def install() -> None:
    """Serialise adding, receiving and deleting per queue with the queue's own condition.

    Receiving waits on that same condition, which gives the lock back while it waits.
    """
    Queue.delete_message = _under_queue_lock(Queue.delete_message)

    receive = SQSBackend.receive_message

    def receive_message(self: Any, queue_name: str, *args: Any, **kwargs: Any) -> Any:
        with self.get_queue(queue_name)._messages_lock:
            return receive(self, queue_name, *args, **kwargs)

    SQSBackend.receive_message = receive_message


def _under_queue_lock(method: Callable[..., Any]) -> Callable[..., Any]:
    def locked(self: Any, *args: Any, **kwargs: Any) -> Any:
        with self._messages_lock:
            return method(self, *args, **kwargs)

    return locked
