"""Turns a bucket back into one of the time when each dataset had copies of its own.

    datasets/<dataset>/<side>/<class>/<stem>-<content, 8 digits>.<extension>

There was no `splits/newest.json` and no `splits/launched.json`, a dataset's `launched.json` named
the run alone, and the status did not say as of when it speaks.
"""

from __future__ import annotations

import json
import re
from typing import Any

PREDICTIONS = re.compile(r"runs/[^/]+/predictions\.csv")


class Bucket:
    """The objects of a bucket, by a boto3 client."""

    def __init__(self, s3: Any, name: str) -> None:
        self._s3 = s3
        self._name = name

    def keys(self, prefix: str) -> list[str]:
        """List keys."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def change(self, key: str, new_key: str, change: Any = lambda body: body) -> None:
        """Rewrite an object, under another key perhaps."""
        body = self._s3.get_object(Bucket=self._name, Key=key)["Body"].read()
        self._s3.put_object(Bucket=self._name, Key=new_key, Body=change(body))
        if key != new_key:
            self.delete(key)

    def delete(self, key: str) -> None:
        """Delete an object."""
        self._s3.delete_object(Bucket=self._name, Key=key)


def turn_back(s3: Any, bucket_name: str, dataset: str) -> None:
    """Turn back a bucket that holds one dataset."""
    bucket = Bucket(s3, bucket_name)
    for key in bucket.keys("datasets/"):
        bucket.change(key, earlier_key(key, dataset))
    bucket.change(*[f"splits/{dataset}/manifest.jsonl"] * 2, lambda body: _manifest(body, dataset))
    for key in bucket.keys(f"splits/{dataset}/launched.json"):
        bucket.change(key, key, _only_the_run)
    for key in bucket.keys("status.json"):
        bucket.change(key, key, _without_as_of)
    for key in filter(PREDICTIONS.fullmatch, bucket.keys("runs/")):
        bucket.change(key, key, lambda body: _shorter(body.decode()).encode())
    for key in ("splits/newest.json", "splits/launched.json"):
        bucket.delete(key)


def earlier_key(key: str, dataset: str) -> str:
    """Return where a copy was."""
    return _shorter(key.replace("datasets/", f"datasets/{dataset}/", 1))


def _shorter(text: str) -> str:
    return re.sub(r"-([0-9a-f]{8})[0-9a-f]{8}\.", r"-\1.", text)


def _manifest(body: bytes, dataset: str) -> bytes:
    rows = [json.loads(line) for line in body.splitlines()]
    for row in rows:
        if "copy" in row:
            row["copy"] = earlier_key(row["copy"], dataset)
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def _only_the_run(body: bytes) -> bytes:
    return json.dumps({"run": json.loads(body)["run"]}).encode()


def _without_as_of(body: bytes) -> bytes:
    board = json.loads(body)
    for section in ("drop", "run"):
        board.get(section, {}).pop("as_of", None)
    return json.dumps(board).encode()
