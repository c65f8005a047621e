"""The split's manifest: which files of the two channels are the dataset.

The channels hold every image that was copied and hasn't expired, also those of other datasets. The
manifest lists the images to train and to validate on.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from failure import JobError

_MARK = b'"copy": "'  # only images that were taken in have a copy
_SHOWN = 3

Listed = Mapping[str, frozenset[str]]  # by channel, paths relative to it


def read(path: Path) -> Listed:
    """Read the copies in a manifest, which has one JSON object a line.

    A copy's key is datasets/<channel>/<path>. Raises JobError when the file can't be read.
    """
    listed: dict[str, set[str]] = {"train": set(), "validation": set()}
    try:
        with path.open("rb") as lines:
            for line in lines:
                if _MARK in line:
                    _, channel, file = str(json.loads(line)["copy"]).split("/", 2)
                    listed[channel].add(file)
    except (OSError, ValueError, KeyError) as error:
        raise JobError(f"{path} can't be read as the manifest of a dataset: {error}.") from error
    return {channel: frozenset(files) for channel, files in listed.items()}


def require(channel: str, root: Path, listed: frozenset[str]) -> None:
    """Raise JobError when a file that the manifest lists is not in the channel."""
    missing = sorted(file for file in listed if not (root / file).is_file())
    if missing:
        names = ", ".join(missing[:_SHOWN])
        raise JobError(
            f"{len(missing)} of {len(listed)} images that the manifest lists are not in the "
            f"{channel} channel ({names}{', ...' if len(missing) > _SHOWN else ''}). Drop "
            "raw/_READY: it copies them again and starts another job."
        )
