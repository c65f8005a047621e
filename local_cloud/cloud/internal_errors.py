"""Surfaces what fails in the cloud itself: its server's clients see no more than 'internal error'.

Functions and jobs fail in ways that their users know from AWS. What is reported here has no like
there, and nothing that waits for it would ever end: a full disk, or a fault of the local cloud.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import traceback
from pathlib import Path
from typing import Any

import flask

from local_cloud.cloud.event_log import CloudFailed, EventLog
from local_cloud.terminal_text import describe_error


class InternalErrors:
    """From its making until `close`: what a request of the server or a thread raises.

    Each becomes a record, and a traceback in the log.
    """

    def __init__(self, records: EventLog, log: Path) -> None:
        self._records = records
        self._log = log
        self._hook = threading.excepthook
        flask.got_request_exception.connect(self._request)
        for logger in ("moto", "werkzeug"):  # without a handler they print the traceback as well
            logging.getLogger(logger).addHandler(logging.NullHandler())
        threading.excepthook = self._thread

    def close(self) -> None:
        """Report no more."""
        flask.got_request_exception.disconnect(self._request)
        threading.excepthook = self._hook

    def _request(self, _app: flask.Flask, exception: BaseException) -> None:
        self._report(f"{flask.request.method} {flask.request.path}", exception)

    def _thread(self, arguments: Any) -> None:
        if arguments.exc_value:  # None where memory has run out
            name = arguments.thread.name if arguments.thread else "unknown"
            self._report(f"thread {name}", arguments.exc_value)
        if self._hook is not threading.__excepthook__:  # it prints the traceback
            self._hook(arguments)

    def _report(self, part: str, error: BaseException) -> None:
        self._records.add(CloudFailed(part, describe_error(error)))
        with contextlib.suppress(OSError), self._log.open("a") as log:  # the disk may be full
            log.write(f"{part}\n")
            log.writelines(traceback.format_exception(error))
