"""`droptrain forget`: deletes an image for good, with every copy and every picture of it.

    raw/<class>/…, test/…       each version of the key
    set-aside/…, test/…         each version of each object with the same content
    datasets/<side>/<class>/…   each version of each copy; its name ends in its content's digits
    runs/<run>/…                the pages and archives that may show it

Texts that only name it stay: manifests, sides and predictions have its key and a hash.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from operations.bucket import delete_versions, versions_below
from operations.clients import AccountClients
from operations.errors import OperationError
from operations.stack import DeployedStack
from operations.terminal import Terminal

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RAW, TEST, COPIES, RUNS = "raw/", "test/", "datasets/", "runs/"
PARTS = "splits/parts.jsonl"
# Where a user may have moved it with a command of a review.
SET_ASIDE = "set-aside/"
ELSEWHERE = (SET_ASIDE, TEST)
# Which files of a run may show the images that a table of the run names.
PICTURED = {
    "predictions.csv": ("report.html", "plots/mistakes.png", "output/output.tar.gz"),
    "review.csv": ("review.html", "output/output.tar.gz"),
}
# Digits in the names of copies; the last two were used when each dataset had copies of its own.
DIGITS = (16, 8, 32)


@dataclass(frozen=True)
class Traces:
    """The keys that contain or show an image."""

    raw: list[str]
    copies: list[str]
    pictures: list[str]


def forget(terminal: Terminal, clients: AccountClients, stack: DeployedStack, key: str) -> bool:
    """Delete an image for good after asking; return whether it was deleted.

    Raises:
        OperationError: there is no such image, not even an old version of it.
    """
    if not stack.bucket:
        raise OperationError(f"The stack {stack.name} has no bucket.")
    if not key.startswith((RAW, TEST)):
        raise OperationError(
            f"An image's key begins with {RAW} or {TEST}, as in raw/oil/7.jpg, not {key!r}."
        )
    terminal.say(f"Looking for {key}, its copies and the runs that show it.")
    traces = find_traces(clients.s3, stack.bucket, key)
    for title, keys in (
        ("The image", traces.raw),
        ("Its copies", traces.copies),
        ("Pages and archives that may show it", traces.pictures),
    ):
        if keys:
            terminal.say(f"{title}:")
            for trace in keys:
                terminal.say(f"  {trace}")
    terminal.say("Every version will be deleted and can't be restored. A run without it follows.")
    if not terminal.ask_for_name(key):
        terminal.say("Nothing was deleted.")
        return False
    keys = [*traces.raw, *traces.copies, *traces.pictures]
    count = sum(delete_versions(clients.s3, stack.bucket, trace) for trace in keys)
    terminal.say(f"{count} versions and delete markers are deleted.")
    terminal.say(
        "Models trained on it stay, and so do texts that name it: see "
        "'Deleting an image for good' in docs/deployment.md."
    )
    return True


def find_traces(s3: S3Client, bucket: str, key: str) -> Traces:
    """Find the keys that contain or show an image.

    Raises:
        OperationError: there is no such image, not even an old version of it.
    """
    contents = {
        _content_of(version)
        for version in versions_below(s3, bucket, key)
        if version["Key"] == key and "Size" in version
    }
    if not contents:
        raise OperationError(f"There is no {key} in {bucket}, and no version of it.")
    contents |= _names_of_parts(s3, bucket, contents)
    # How the names of copies end.
    digests = [hashlib.sha256(content.encode()).hexdigest() for content in contents]
    endings = {digest[:digits] for digest in digests for digits in DIGITS}
    names = re.compile(rf"-(?:{'|'.join(sorted(endings))})(?:\.[^./]*)?$")
    below = {version["Key"] for version in versions_below(s3, bucket, COPIES)}
    copies = sorted(filter(names.search, below))
    others = {
        version["Key"]
        for prefix in ELSEWHERE
        for version in versions_below(s3, bucket, prefix)
        if _content_of(version) in contents
    }
    # The class may be written otherwise in a table, the name may not.
    files = {copy.rpartition("/")[2] for copy in copies}
    return Traces([key, *sorted(others - {key})], copies, sorted(_pictures(s3, bucket, files)))


def _content_of(version: Mapping[str, Any]) -> str:
    """Return how the split knows what a version contains."""
    return f"{version['Size']}-{version['ETag'].strip(chr(34))}" if "Size" in version else ""


def _names_of_parts(s3: S3Client, bucket: str, contents: set[str]) -> set[str]:
    """Return the contents under which the split knows images that were uploaded in parts."""
    try:
        body = s3.get_object(Bucket=bucket, Key=PARTS)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return set()
    rows = [json.loads(line) for line in body.splitlines()]
    return {row["is"] for row in rows if row["content"] in contents}


def _pictures(s3: S3Client, bucket: str, files: set[str]) -> set[str]:
    """Return the keys that may show one of these images."""
    keys = {version["Key"] for version in versions_below(s3, bucket, RUNS)} if files else set()
    pictures: set[str] = set()
    for key in keys:
        folder, _, name = key.rpartition("/")
        if name in PICTURED and _names_one_of(s3, bucket, key, files):
            pictures |= keys & {f"{folder}/{pictured}" for pictured in PICTURED[name]}
    return pictures


def _names_one_of(s3: S3Client, bucket: str, key: str, files: set[str]) -> bool:
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode("utf-8", "replace")
    return any(file in body for file in files)
