"""Users, who add, move, rename, delete, restore and overwrite images, at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import count
from random import Random
from typing import TYPE_CHECKING

import boto3

from common import keys
from tests.simulation.timeline import Timeline
from tests.support.aws import BUCKET, png

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CLASSES = ("good", "oil", "scratch")
JUNK = ("raw/good/.DS_Store", "raw/notes.txt", "raw/oil/Thumbs.db", "raw/good/empty.png")


@dataclass
class Users:
    """Change what lies under raw/; `notify` is told of every change."""

    timeline: Timeline
    random: Random
    notify: Callable[[str, str], None]
    deploy: Callable[[], None]
    actions: dict[str, int] = field(default_factory=dict)
    _number: Iterator[int] = field(default_factory=count)
    _images: dict[str, bytes] = field(default_factory=dict)
    _deleted: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def s3(self) -> S3Client:
        """A client of their own."""
        return boto3.client("s3")

    def drop(self, images: int) -> None:
        """Drop so many images into each of two classes or three."""
        for class_name in CLASSES[: self.random.choice((2, 2, 3))]:
            for _ in range(images):
                self.put(f"raw/{class_name}/{next(self._number)}.png")

    def act(self) -> None:
        """Do something."""
        kinds: dict[str, tuple[int, Callable[[], None]]] = {
            "add": (6, self._add),
            "move": (3, self._move),
            "rename": (2, self._rename),
            "delete": (3, self._delete),
            "restore": (2, self._restore),
            "overwrite": (2, self._overwrite),
            "junk": (1, self._junk),
            "ready": (2, self.ready),
            "deploy": (1, self.deploy),
        }
        [kind] = self.random.choices([*kinds], [weight for weight, _ in kinds.values()])
        self.actions[kind] = self.actions.get(kind, 0) + 1
        kinds[kind][1]()

    def plan(self, actions: int, within: timedelta) -> None:
        """Act so often, at any time, in bursts or not."""
        for _ in range(actions):
            moment = self.timeline.now + within * self.random.random()
            for number in range(self.random.choice((1, 1, 1, 2, 4))):
                self.timeline.at(moment + timedelta(seconds=number), self.act)

    def ready(self) -> None:
        """Declare the drop complete."""
        self.put(keys.READY_MARKER, b"")

    def put(self, key: str, body: bytes | None = None) -> None:
        """Upload an object; by default an image that is like no other."""
        # As large as a picture: a smaller file is read, in case it is none.
        body = png(f"{key} {next(self._number)}".ljust(3000)) if body is None else body
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        if key.endswith(".png") and body:
            self._images[key] = body
        self.notify("ObjectCreated:Put", key)

    def remove(self, key: str) -> None:
        """Delete an object; the bucket keeps its version."""
        self.s3.delete_object(Bucket=BUCKET, Key=key)
        self._deleted[key] = self._images.pop(key)
        self.notify("ObjectRemoved:DeleteMarkerCreated", key)

    def _any(self) -> str | None:
        return self.random.choice(sorted(self._images)) if self._images else None

    def _add(self) -> None:
        for _ in range(self.random.randint(1, 3)):
            self.put(f"raw/{self.random.choice(CLASSES[:2])}/{next(self._number)}.png")

    def _move(self) -> None:
        if key := self._any():
            body, name = self._images[key], key.rpartition("/")[2]
            self.put(f"raw/{self.random.choice(CLASSES[:2])}/{name}", body)
            if key in self._images and self.random.random() < 0.9:
                self.remove(key)

    def _rename(self) -> None:
        if key := self._any():
            self.put(key.replace(".png", f"-{next(self._number)}.png"), self._images[key])
            self.remove(key)

    def _delete(self) -> None:
        if key := self._any():
            self.remove(key)

    def _restore(self) -> None:
        if self._deleted:
            key = self.random.choice(sorted(self._deleted))
            self.put(key, self._deleted.pop(key))

    def _overwrite(self) -> None:
        if key := self._any():
            self.put(key)

    def _junk(self) -> None:
        self.put(self.random.choice(JUNK), b"")
