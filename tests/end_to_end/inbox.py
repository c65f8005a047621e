"""A stack with a model, images in its inbox, and what was answered."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from common import keys
from common.current_model import CurrentModel
from tests.end_to_end.conftest import Chain
from tests.support.answers import CLASSES, RUN, picture
from tests.support.small_network import model_files


def promote(chain: Chain) -> None:
    """Make the small network the current model, as plot does after a run."""
    for name, body in model_files().items():
        chain.put(keys.run_model_file(RUN, name), body)
    now = dt.datetime.now(dt.UTC)
    current = CurrentModel(run=RUN, dataset="d", ended_at=now, since=now, by="gate")
    chain.put(keys.CURRENT_MODEL, current.to_json())


def upload(chain: Chain, numbers: range) -> dict[str, str]:
    """Upload images to the inbox; return the class of each by key."""
    expected = {f"inbox/{n // 100}/{n}.png": CLASSES[n % len(CLASSES)] for n in numbers}
    with ThreadPoolExecutor(16) as pool:
        list(
            pool.map(
                lambda item: chain.put(item[1][0], picture(item[1][1], item[0], size=24)),
                zip(numbers, expected.items(), strict=True),
            )
        )
    return expected


def lines(chain: Chain) -> list[dict[str, Any]]:
    """Return every line of every batch."""
    names = [
        key
        for key in chain.keys("predictions/")
        if key.endswith(".jsonl") and key.count("/") == 2 and "/daily/" not in key
    ]
    with ThreadPoolExecutor(16) as pool:
        bodies = pool.map(lambda key: read(chain, key), names)
        return [json.loads(line) for body in bodies for line in body.splitlines()]


def read(chain: Chain, key: str) -> bytes:
    body: bytes = chain.s3.get_object(Bucket=chain.bucket, Key=key)["Body"].read()
    return body


def await_answers(chain: Chain, expected: dict[str, str]) -> list[dict[str, Any]]:
    """Wait until each image has been answered; return all lines."""

    def look() -> list[dict[str, Any]]:
        found = lines(chain)
        return found if {line["key"] for line in found} >= set(expected) else []

    return chain.wait_until(look)


def await_table(chain: Chain, images: int) -> list[dict[str, str]]:
    """Wait until the tables, of one day or of two, have a row for each image."""

    def look() -> list[dict[str, str]]:
        tables = [key for key in chain.keys("predictions/") if key.endswith(".csv")]
        rows = [
            row
            for key in tables
            for row in csv.DictReader(io.StringIO(read(chain, key).decode("utf-8-sig")))
        ]
        return rows if len({row["key"] for row in rows}) >= images else []

    return chain.wait_until(look)
