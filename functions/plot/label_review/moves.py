"""Where an object goes that is moved to another class, or out of raw/. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from common import keys
from common.labels import digits, may_be_class
from plot.inputs.raw_objects import RawObjects


@dataclass(frozen=True)
class Move:
    """An object's key, and the key that it gets."""

    source: str
    target: str


class Moves:
    """Plans moves that overwrite nothing: neither an object under raw/ nor what others moved."""

    def __init__(self, raw_objects: RawObjects) -> None:
        self._raw_objects = raw_objects
        # The targets given away, each with the object that moves there.
        self._sources: dict[str, str] = {}

    def of(self, file: str, class_name: str | None) -> tuple[Move, ...]:
        """Move all objects of an image, `<class>/<name>`, to another class, or out of raw/ if None.

        A group stays a group: `raw/<class>/<group>/x` becomes `raw/<class name>/<group>/x`. There
        is no move to the same class, nor to a name that the split would refuse. What is moved out
        of raw/ gets a folder that depends on its content, so it doesn't replace what is there.
        """
        own = file.partition("/")[0]
        if class_name is None:
            folder = f"{keys.SET_ASIDE}{digits(file)}/{own}/"
        elif class_name == own or not may_be_class(class_name):
            return ()
        else:
            folder = f"{keys.RAW}{class_name}/"
        moves = []
        for source in self._raw_objects.keys_of(file):
            below_class = source.removeprefix(keys.RAW).partition("/")[2]
            # No shell can pass on a line break at the end of a name.
            if source.startswith(keys.RAW) and below_class and not below_class.endswith("\n"):
                moves.append(Move(source, self._free(folder + below_class, source)))
        return tuple(moves)

    def _free(self, key: str, source: str) -> str:
        """Return the key, or one with digits after the stem if it belongs to another object."""
        path = PurePosixPath(key)
        folder = key[: len(key) - len(path.name)]
        target = key
        while not self._may_have(target, source):
            target = f"{folder}{path.stem}-{digits(source + target)}{path.suffix}"
        self._sources[target] = source
        return target

    def _may_have(self, target: str, source: str) -> bool:
        return not self._raw_objects.is_taken(target) and (
            self._sources.get(target, source) == source
        )
