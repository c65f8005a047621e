"""Keeps a job's checkpoint folder and its S3 prefix alike, as SageMaker does while it trains."""

from __future__ import annotations

import threading
from pathlib import Path

from local_cloud.cloud.transfers import Place, Transfers

PERIOD_SECONDS = 1.0


class CheckpointSync:
    """Restores what is there, then uploads whatever is new or changed until it is closed."""

    def __init__(self, transfers: Transfers, place: Place, folder: Path) -> None:
        self._transfers = transfers
        self._place = Place(place.bucket, place.prefix.rstrip("/") + "/")
        self._folder = folder
        transfers.download(self._place, folder)
        self._uploaded = self._states()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="checkpoints", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the thread, then upload what it has not."""
        self._stopping.set()
        self._thread.join()
        self._upload_changes()

    def _work(self) -> None:
        while not self._stopping.wait(PERIOD_SECONDS):
            self._upload_changes()

    def _upload_changes(self) -> None:
        states = self._states()
        changed = [path for path, state in states.items() if self._uploaded.get(path) != state]
        prefix = self._place.prefix
        files = {prefix + path.relative_to(self._folder).as_posix(): path for path in changed}
        try:
            self._transfers.upload(files, self._place.bucket)
        except FileNotFoundError:
            return  # the job replaced a file just now: the next round sees its successor
        self._uploaded.update({path: states[path] for path in changed})

    def _states(self) -> dict[Path, tuple[int, int]]:
        states = {}
        for path in self._folder.rglob("*"):
            try:
                details = path.stat()
            except FileNotFoundError:
                continue
            if path.is_file():
                states[path] = (details.st_mtime_ns, details.st_size)
        return states
