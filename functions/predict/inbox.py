"""Reads which images a batch of messages asks about. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote_plus

from common import clock, keys
from common.changes import read_changes
from common.file_names import is_hidden


@dataclass
class Batch:
    """What messages, by id, say: the images, each with the messages that name it.

    `unreadable` are the ids of messages that aren't S3's. `tells_of_model` if one says that the
    current model was written.
    """

    images: dict[str, set[str]] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    tells_of_model: bool = False


def read_batch(bodies: Mapping[str, str]) -> Batch:
    """Read the bodies of messages by id."""
    batch = Batch()
    for name, body in bodies.items():
        try:
            changes = list(read_changes(body))
        except ValueError as error:
            batch.unreadable[name] = str(error)
            continue
        for change in changes:
            if change.key == keys.CURRENT_MODEL:
                batch.tells_of_model = True
            elif change.created and is_image_key(change.key):
                batch.images.setdefault(change.key, set()).add(name)
    return batch


def is_image_key(key: str) -> bool:
    """Whether a key may be an image's: below inbox/, no folder marker, and nothing hidden."""
    *folders, name = key.removeprefix(keys.INBOX).split("/")
    hidden = any(is_hidden(part) for part in (*folders, name))
    return key.startswith(keys.INBOX) and bool(name) and not hidden


def asking_again(images: Iterable[str]) -> list[str]:
    """Write what S3 would say of images, by key, that were created now: a message for each."""
    now = clock.to_text(clock.now())
    return [
        json.dumps(
            {
                "Records": [
                    {
                        "eventName": "ObjectCreated:Again",
                        "eventTime": now,
                        "s3": {"object": {"key": quote_plus(key)}},
                    }
                ]
            }
        )
        for key in images
    ]
