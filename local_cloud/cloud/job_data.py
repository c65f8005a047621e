"""Moves a job's data between S3 and its folder: channels, checkpoints, archives."""

from __future__ import annotations

import tarfile
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from local_cloud.cloud.clients import Clients

THREADS = 16  # moto answers a few hundred requests a second, however many there are
CHECKPOINT_SECONDS = 1.0


class S3Prefix(NamedTuple):
    """A bucket and a key prefix."""

    bucket: str
    prefix: str


def parse_uri(uri: str) -> S3Prefix:
    """Split `s3://bucket/prefix`."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    return S3Prefix(bucket, prefix)


class JobData:
    """Copies prefixes to folders, and files to keys, in threads."""

    def __init__(self, clients: Clients) -> None:
        self._s3 = clients("s3")

    def download(self, source: S3Prefix, folder: Path) -> int:
        """Copy every object below the prefix into `folder`; return their number."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=source.bucket, Prefix=source.prefix
        )
        keys = [
            entry["Key"]
            for page in pages
            for entry in page.get("Contents", [])
            if not entry["Key"].endswith("/")  # a folder's marker isn't a file
        ]

        def fetch(key: str) -> None:
            target = folder / path_in_channel(key, source.prefix)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self._s3.get_object(Bucket=source.bucket, Key=key)["Body"].read())

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(fetch, keys))
        return len(keys)

    def upload(self, files: Mapping[str, Path], bucket: str) -> None:
        """Store each file under its key."""

        def put(key: str, path: Path) -> None:
            with path.open("rb") as body:
                self._s3.put_object(Bucket=bucket, Key=key, Body=body)

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(put, files.keys(), files.values()))


def path_in_channel(key: str, prefix: str) -> str:
    """Return the path of an object in its channel, as SageMaker lays it out."""
    folder = prefix if prefix.endswith("/") or not prefix else prefix.rpartition("/")[0] + "/"
    if key.startswith(prefix.rstrip("/") + "/"):
        folder = prefix.rstrip("/") + "/"
    return key.removeprefix(folder)


def pack(folder: Path, archive: Path) -> bool:
    """Write the content of `folder` at the root of a .tar.gz; False if there is none."""
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    if not entries:
        return False
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        for entry in entries:
            tar.add(entry, entry.name)
    return True


class CheckpointSync:
    """Downloads a job's checkpoints, then uploads new and changed ones until it is closed."""

    def __init__(self, data: JobData, target: S3Prefix, folder: Path) -> None:
        self._data = data
        self._target = S3Prefix(target.bucket, target.prefix.rstrip("/") + "/")
        self._folder = folder
        data.download(self._target, folder)
        self._uploaded = self._states()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="checkpoints", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the thread, then upload the rest."""
        self._stopping.set()
        self._thread.join()
        self._upload_changes()

    def _work(self) -> None:
        while not self._stopping.wait(CHECKPOINT_SECONDS):
            self._upload_changes()

    def _upload_changes(self) -> None:
        states = self._states()
        changed = [path for path, state in states.items() if self._uploaded.get(path) != state]
        prefix = self._target.prefix
        files = {prefix + path.relative_to(self._folder).as_posix(): path for path in changed}
        try:
            self._data.upload(files, self._target.bucket)
        except FileNotFoundError:
            return  # the job has just replaced a file: the next round uploads its successor
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
