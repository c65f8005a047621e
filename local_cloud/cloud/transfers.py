"""Moves many objects between the local cloud's S3 and folders, in threads."""

from __future__ import annotations

import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import obstore

from local_cloud.cloud.clients import Clients

THREADS = 16  # moto answers a few hundred requests a second whatever the number


class Place(NamedTuple):
    """A bucket and a key prefix."""

    bucket: str
    prefix: str


def parse(uri: str) -> Place:
    """Split `s3://bucket/prefix`."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    return Place(bucket, prefix)


class Transfers:
    """Copies prefixes to folders, and files to keys.

    obstore spends its time outside Python's lock, which moto, in the same process, needs.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def download(self, place: Place, folder: Path) -> int:
        """Copy every object below the prefix into `folder`; return how many there were."""
        store = self._clients.store(place.bucket)
        keys = self._keys(place)

        def fetch(key: str) -> None:
            target = folder / relative(key, place.prefix)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                target.write_bytes(obstore.get(store, key).bytes())
            except ValueError:  # obstore refuses keys with empty or dotted path segments
                self._clients("s3").download_file(place.bucket, key, str(target))

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(fetch, keys))
        return len(keys)

    def upload(self, files: dict[str, Path], bucket: str) -> None:
        """Store each file under its key."""
        store = self._clients.store(bucket)
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda one: obstore.put(store, one[0], one[1]), files.items()))

    def _keys(self, place: Place) -> list[str]:
        pages = self._clients("s3").get_paginator("list_objects_v2")
        return [
            entry["Key"]
            for page in pages.paginate(Bucket=place.bucket, Prefix=place.prefix)
            for entry in page.get("Contents", [])
            if not entry["Key"].endswith("/")  # a folder's marker is no file
        ]


def relative(key: str, prefix: str) -> str:
    """Return the path of an object in its channel, as SageMaker lays it out."""
    folder = prefix if prefix.endswith("/") or not prefix else prefix.rpartition("/")[0] + "/"
    if key.startswith(prefix.rstrip("/") + "/"):
        folder = prefix.rstrip("/") + "/"
    return key.removeprefix(folder)


def pack(folder: Path, archive: Path) -> bool:
    """Write the content of `folder` at the root of a .tar.gz; False when there is none."""
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    if not entries:
        return False
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        for entry in entries:
            tar.add(entry, entry.name)
    return True
