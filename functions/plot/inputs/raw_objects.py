"""Finds the objects under raw/ that some images of a dataset are copies of. Pure.

A manifest has a line for each object, up to a million. So of each line only a hash of its key is
kept, 8 bytes, and beside these the keys of the images that are asked for.
"""

from __future__ import annotations

import json
import re
from array import array
from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256

import numpy as np

# As json.dumps writes them; such text within a name has its quotation marks escaped.
KEY_MARK = b'{"key": '
CONTENT_MARK = b', "content": "'
COPY_MARK = b', "copy": "'
LINE_END = b'"}'
DUPLICATE_MARK = b'"left_out": "the same content as another image"'
# A copy's name ends in digits of its content's hash, once only eight; stems may repeat.
DIGITS = 8
_NAME = re.compile(r"(?P<place>.*/)[^/]*-(?P<content>[0-9a-f]{8})[0-9a-f]*(\.[^./]*)?")
_DIGITS = re.compile(rb"-([0-9a-f]{8})[0-9a-f]*(?:\.[^./]*)?$")


def place_and_content(file: str) -> str:
    """Shorten `<class>/<stem>-<content>.<extension>` to the class and eight digits."""
    match = _NAME.fullmatch(file)
    return match["place"] + match["content"] if match else file


class RawObjects:
    """The objects behind the wanted images, and which keys under raw/ are taken.

    An image that was dropped twice in its class has two objects. Whoever relabels it has to move
    both: a content that is in two classes is left out of both.
    """

    def __init__(self, files: Iterable[str] = ()) -> None:
        files = list(files)
        self._wanted = {place_and_content(file) for file in files}
        self._ends = {_end(file.encode()) for file in files}
        # By class and digits: the name of each copy by its content.
        self._copies: defaultdict[str, dict[str, str]] = defaultdict(dict)
        # By class and content.
        self._keys: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._hashes = array("q")

    def add(self, line: bytes) -> None:
        """Take in a line of the manifest."""
        if not self._wanted:
            return
        key, mark, rest = line.removeprefix(KEY_MARK).partition(CONTENT_MARK)
        if not mark:
            return  # the line is damaged
        self._hashes.append(hash(key))
        copy = rest.rpartition(COPY_MARK)[2] if COPY_MARK in rest else b""
        if copy:
            if _end(copy.removesuffix(LINE_END)) in self._ends:
                self._add_image(line)
        elif DUPLICATE_MARK in rest:
            digits = sha256(rest.partition(b'"')[0]).hexdigest()[:DIGITS]
            if digits.encode() in self._ends:
                self._add_duplicate(line)

    def keys_of(self, file: str) -> tuple[str, ...]:
        """Return the keys of an image's objects, the one that was copied first.

        There are none if the manifest doesn't name the image, or if it names two that it may be.
        """
        copies = self._copies.get(place_and_content(file), {})
        contents = [content for content, copy in copies.items() if copy == file] or list(copies)
        if len(contents) != 1:
            return ()
        return tuple(self._keys[_class_of(file), contents[0]])

    def is_taken(self, key: str) -> bool:
        """Whether the manifest has an object with this key."""
        wanted = hash(json.dumps(key, ensure_ascii=False).encode())
        return bool((np.frombuffer(self._hashes, dtype=np.int64) == wanted).any())

    def _add_image(self, line: bytes) -> None:
        row = _row(line)
        file = "/".join(str(row.get("copy")).split("/")[-2:])
        place = place_and_content(file)
        if place in self._wanted:
            content = str(row.get("content"))
            self._copies[place][content] = file
            self._keys[_class_of(file), content].insert(0, str(row.get("key")))

    def _add_duplicate(self, line: bytes) -> None:
        row = _row(line)
        key = str(row.get("key"))
        self._keys[_class_of(key.partition("/")[2]), str(row.get("content"))].append(key)


def _row(line: bytes) -> dict[str, object]:
    try:
        row = json.loads(line)
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def _class_of(path: str) -> str:
    return path.partition("/")[0]


def _end(file: bytes) -> bytes:
    """Return the digits at the end of a copy's name, or the last bytes of any other."""
    match = _DIGITS.search(file)
    return match[1] if match else file[-DIGITS:]
