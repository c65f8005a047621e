"""The answers of a batch in the bucket: a line for each image, and small pictures beside them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from common import keys
from common.s3 import JSON, JSON_LINES, Bucket
from predict.answer import Answer
from predict.judge import Answered

MOST_REQUESTS = 16  # at once
INVOCATION_DIGITS = 12


def name_of(time: datetime, request_id: str) -> str:
    """Name a batch by its day, time and invocation, so that names sort by time."""
    invocation = request_id.replace("-", "")[:INVOCATION_DIGITS]
    return f"{time:%Y-%m-%d}/{time:%H%M%S}-{invocation}"


def write_batch(bucket: Bucket, name: str, answered: Sequence[Answered]) -> None:
    """Write the pictures, then the lines: where a line is, its picture is, too."""
    pictures = {
        answer.etag: base64.b64encode(picture).decode() for answer, picture in answered if picture
    }
    if pictures:
        bucket.put(keys.thumbnails(name), json.dumps(pictures).encode(), JSON)
    lines = b"".join(answer.to_json() + b"\n" for answer, _ in answered)
    bucket.put(keys.predictions(name), lines, JSON_LINES)


def read_batches(bucket: Bucket, names: Iterable[str]) -> dict[str, list[Answer]]:
    """Read the answers of batches, by name."""
    names = list(names)
    with ThreadPoolExecutor(MOST_REQUESTS) as pool:
        bodies = pool.map(lambda name: bucket.get(keys.predictions(name)), names)
        return {
            name: [Answer.model_validate_json(line) for line in (body or b"").splitlines()]
            for name, body in zip(names, bodies, strict=True)
        }


def read_thumbnails(bucket: Bucket, names: Iterable[str]) -> dict[str, bytes]:
    """Read the small pictures of batches, by ETag."""
    with ThreadPoolExecutor(MOST_REQUESTS) as pool:
        bodies = pool.map(lambda name: bucket.get(keys.thumbnails(name)), set(names))
        return {
            etag: base64.b64decode(picture)
            for body in bodies
            for etag, picture in json.loads(body or b"{}").items()
        }
