"""Keeps the tracebacks of the server: its clients see no more of them than 'internal error'."""

from __future__ import annotations

import traceback
from pathlib import Path

import flask


class ServerErrors:
    """Appends to a log what a request raised, from its making until `close`."""

    def __init__(self, log: Path) -> None:
        self._log = log
        flask.got_request_exception.connect(self._write)

    def close(self) -> None:
        """Write no more."""
        flask.got_request_exception.disconnect(self._write)

    def _write(self, _app: flask.Flask, exception: BaseException) -> None:
        with self._log.open("a") as log:
            log.write(f"{flask.request.method} {flask.request.url}\n")
            log.writelines(traceback.format_exception(exception))
