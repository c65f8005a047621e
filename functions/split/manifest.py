"""The manifest: a row of JSON per object, with its side or why it's left out. Pure.

It has the objects under `raw/`, and those under `test/` that a run of the dataset is measured on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO

from common.documents import ManifestRow
from split.images import CleanedDrop, Image, LeftOut
from split.partition.dataset import SIDES, Dataset
from split.partition.test_set import SealedTestSet


def write_manifest(
    cleaned: CleanedDrop, dataset: Dataset | None, test_set: SealedTestSet | None = None
) -> bytes:
    """Write one row per object, sorted by key; the same drop gives the same bytes."""
    assigned = {item.image.source.key: item for item in dataset.images} if dataset else {}
    entries: list[LeftOut | Image] = [*cleaned.left_out, *cleaned.images]
    if test_set:
        assigned |= {item.image.source.key: item for item in test_set.images}
        entries += [*test_set.left_out, *(item.image for item in test_set.images)]
    entries.sort(key=lambda entry: entry.source.key)
    # Line by line: a million rows at once would not fit into the function's memory.
    body = BytesIO()
    for entry in entries:
        source = entry.source
        row: ManifestRow = {"key": source.key, "content": source.content, "size": source.size}
        if isinstance(entry, LeftOut):
            row |= {"left_out": entry.reason, "detail": entry.detail}
        else:
            row |= {"class": entry.class_name, "group": entry.group}
            if image := assigned.get(source.key):
                row |= {"side": image.side, "copy": image.copy_key}
        body.write((json.dumps(row, ensure_ascii=False) + "\n").encode())
    return body.getvalue()


def labelled_contents(manifest: bytes) -> set[tuple[str, str]]:
    """Read class and content of each image of the dataset from its manifest."""
    rows: Iterator[ManifestRow]
    rows = (json.loads(line) for line in manifest.splitlines())
    return {(row["class"], row["content"]) for row in rows if row.get("side") in SIDES}
