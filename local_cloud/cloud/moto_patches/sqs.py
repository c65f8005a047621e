"""Makes moto's queues safe under threads, and fast with thousands of messages."""

from __future__ import annotations

import time
from typing import Any

from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import Message, Queue, SQSBackend


def install() -> None:
    """Serialise receiving and deleting per queue; compare times without building dates.

    moto deletes by rebuilding the list, and loses a message that arrives meanwhile. The lock is
    the queue's own condition: adding acquires it already, and a waiting receive releases it.
    """
    Message.visible = property(lambda self: time.time() * 1000 > self.visible_at)
    Message.delayed = property(lambda self: time.time() * 1000 < self.delayed_until)
    Queue.delete_message = _delete_message

    receive = SQSBackend.receive_message

    def receive_message(self: Any, queue_name: str, *args: Any, **kwargs: Any) -> Any:
        with self.get_queue(queue_name)._messages_lock:
            return receive(self, queue_name, *args, **kwargs)

    SQSBackend.receive_message = receive_message


def _delete_message(self: Any, receipt_handle: str) -> None:
    if receipt_handle in self.deleted_messages:
        return
    with self._messages_lock:
        for index, message in enumerate(self._messages):
            if message.had_receipt_handle(receipt_handle):
                del self._messages[index]
                self.pending_messages.discard(message)
                self.deleted_messages.update(message.all_receipt_handles)
                return
    raise ReceiptHandleIsInvalid()
