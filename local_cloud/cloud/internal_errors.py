"""Reports what fails in the cloud itself: the server's clients only see "internal error".

Functions and jobs fail in ways that their users know from AWS. The errors reported here, a full
disk or a bug of the local cloud, don't exist there, and anything that waits for them never ends.
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
    """Turns each error of a server request or a thread into an event and a logged traceback.

    It reports from its construction until `close`.
    """

    def __init__(self, events: EventLog, log: Path) -> None:
        self._events = events
        self._log = log
        self._hook = threading.excepthook
        flask.got_request_exception.connect(self._request)
        for logger in ("moto", "werkzeug"):  # without a handler they print the traceback as well
            logging.getLogger(logger).addHandler(logging.NullHandler())
        threading.excepthook = self._thread

    def close(self) -> None:
        """Stop reporting."""
        flask.got_request_exception.disconnect(self._request)
        threading.excepthook = self._hook

    def _request(self, _app: flask.Flask, exception: BaseException) -> None:
        self._report(f"{flask.request.method} {flask.request.path}", exception)

    def _thread(self, arguments: Any) -> None:
        if arguments.exc_value:  # None when memory has run out
            name = arguments.thread.name if arguments.thread else "unknown"
            self._report(f"thread {name}", arguments.exc_value)
        if self._hook is not threading.__excepthook__:  # that one prints the traceback
            self._hook(arguments)

    def _report(self, part: str, error: BaseException) -> None:
        self._events.add(CloudFailed(part, describe_error(error)))
        with contextlib.suppress(OSError), self._log.open("a") as log:  # the disk may be full
            log.write(f"{part}\n")
            log.writelines(traceback.format_exception(error))
