"""The commands that make an answered image a labelled one. Pure."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import NamedTuple

from common import keys
from common.labels import DIGITS, may_be_class
from common.shell import move_command
from predict.answer import Answer

MAXIMUM_CLASSES = 3
NEW_CLASS = "NEW-CLASS"


class LabelMove(NamedTuple):
    """The command that gives an image the label `class_name`."""

    class_name: str
    command: str


def label_moves(bucket: str, answer: Answer) -> list[LabelMove]:
    """Return the command of each of the most probable classes, and of another one if unknown.

    The new name ends in digits of the content, so that it overwrites no other image, and folders
    below inbox/ stay: those of one part stay a group. No shell can pass on a line break at the end
    of a name.
    """
    if answer.key.endswith("\n"):
        return []
    ranked = sorted(answer.probabilities, key=lambda name: -answer.probabilities[name])
    names = [name for name in ranked if may_be_class(name)][:MAXIMUM_CLASSES]
    if answer.decision == "unknown":
        names.append(NEW_CLASS)
    return [
        LabelMove(name, move_command(bucket, answer.key, _target(answer, name))) for name in names
    ]


def _target(answer: Answer, class_name: str) -> str:
    below = answer.key.removeprefix(keys.INBOX)
    path = PurePosixPath(below)
    folder = below[: len(below) - len(path.name)]
    return f"{keys.RAW}{class_name}/{folder}{path.stem}-{answer.etag[:DIGITS]}{path.suffix}"
