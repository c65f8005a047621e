"""Writes what the split decided: the manifest, an object a line, and the verdict, in words."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from io import BytesIO
from typing import Any

from split.advice import what_to_do
from split.losses import reasons_of
from split.objects import Cleaned, Dataset, DropWarning, Image, LeftOut, RawObject
from split.refusal import Refusal

EXAMPLES = 5  # keys of each reason; the manifest has them all


def manifest(cleaned: Cleaned, dataset: Dataset | None) -> bytes:
    """Write one line of JSON per object under `raw/`, sorted by key; no times, no chance."""
    assigned = {item.image.source.key: item for item in dataset.images} if dataset else {}
    entries: list[LeftOut | Image] = [*cleaned.left_out, *cleaned.images]
    entries.sort(key=lambda entry: entry.source.key)
    # Line by line: a million rows at once would not fit into the function's memory.
    body = BytesIO()
    for entry in entries:
        row = _row(entry.source)
        if isinstance(entry, LeftOut):
            row |= {"left_out": entry.reason, "detail": entry.detail}
        else:
            row |= {"class": entry.class_name, "group": entry.group}
        if found := assigned.get(entry.source.key):
            row |= {"side": found.side, "copy": found.copy_key}
        body.write((json.dumps(row, ensure_ascii=False) + "\n").encode())
    return body.getvalue()


def labelled_contents(manifest_body: bytes) -> set[tuple[str, str]]:
    """Read from a manifest the class and the content of each image that was taken in."""
    rows = (json.loads(line) for line in manifest_body.splitlines())
    return {(row["class"], row["content"]) for row in rows if "copy" in row}


def verdict_of_dataset(
    cleaned: Cleaned,
    dataset: Dataset,
    settings: Mapping[str, Any],
    warnings: Sequence[DropWarning],
) -> bytes:
    """Write the verdict of a drop that can be trained."""
    train, validation = dataset.side_count("train"), dataset.side_count("validation")
    counts = dataset.counts()
    return _verdict(
        cleaned,
        status="ready",
        sentence=f"{train} images of {len(counts)} classes to train on, {validation} to validate.",
        dataset=dataset.identity,
        warnings=[asdict(warning) for warning in warnings],
        classes=counts,
        settings=settings,
    )


def verdict_of_refusal(
    cleaned: Cleaned,
    refusal: Refusal,
    settings: Mapping[str, Any],
    warnings: Sequence[DropWarning],
) -> bytes:
    """Write the verdict of a drop that cannot be trained."""
    return _verdict(
        cleaned,
        status="refused",
        code=refusal.code,
        sentence=refusal.sentence,
        remedy=refusal.remedy,
        warnings=[asdict(warning) for warning in warnings],
        classes=cleaned.class_sizes(),
        settings=settings,
    )


def _left_out_details(cleaned: Cleaned) -> list[dict[str, Any]]:
    """Name of each reason how many, the first few keys, and what to do about them if anything."""
    keys_of: defaultdict[str, list[str]] = defaultdict(list)
    for item in cleaned.left_out:
        keys_of[item.reason].append(item.source.key)
    return [
        {
            "reason": reason,
            "count": count,
            "what_to_do": what_to_do(reason),
            "examples": keys_of[reason][:EXAMPLES],
        }
        for reason, count in reasons_of(cleaned).items()
    ]


def _row(source: RawObject) -> dict[str, Any]:
    return {"key": source.key, "content": source.content, "size": source.size}


def _verdict(cleaned: Cleaned, **facts: Any) -> bytes:
    facts["left_out"] = reasons_of(cleaned)
    facts["left_out_details"] = _left_out_details(cleaned)
    return json.dumps(facts, indent=2, ensure_ascii=False).encode()
