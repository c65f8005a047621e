"""A bucket in memory, for one writer."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, BinaryIO, cast

from common.s3 import Bucket, StoredObject


class MemoryBucket(Bucket):
    """Holds its objects by key; no condition of a write can fail."""

    def __init__(self, name: str, objects: Mapping[str, bytes]) -> None:
        super().__init__(name, cast(Any, None))
        self.objects = dict(objects)

    def get_with_etag(self, key: str, most_bytes: int | None = None) -> StoredObject | None:
        if key not in self.objects:
            return None
        return StoredObject(self.objects[key][:most_bytes], "etag")

    def open(self, key: str) -> BinaryIO | None:
        return io.BytesIO(self.objects[key]) if key in self.objects else None

    def put(self, key: str, body: bytes, content_type: str = "", **_conditions: Any) -> str:
        self.objects[key] = body
        return "etag"

    def keys(self, prefix: str, after: str = "") -> list[str]:
        return sorted(key for key in self.objects if key.startswith(prefix) and key > after)
