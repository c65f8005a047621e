"""What is odd about the pictures that were read: told before the first epoch, and in the audit."""

from collections import Counter

import depth as depths
from channel import Channel

_EXAMPLES = 3


def warnings(channels: dict[str, Channel], depth: int) -> list[dict[str, str]]:
    """Return code and sentence of each warning.

    `channels` by name; `depth` is how many bits are in use in files of 16.
    """
    if any(channel.deep for channel in channels.values()) and depth != depths.FULL:
        print(f"files of 16 bits: {depth} are in use, and become 8", flush=True)
    sentences = {"reading": _differing(channels), "dark": _dark(channels)}
    return [{"code": code, "sentence": text} for code, text in sentences.items() if text]


def _differing(channels: dict[str, Channel]) -> str | None:
    """Say which files saved_model/ will not read as the training does."""
    kinds = {
        f"{name}/{file}": kind
        for name, channel in channels.items()
        for file, kind in channel.differing.items()
    }
    if not kinds:
        return None
    counted = ", ".join(
        f"{count} x {kind}" for kind, count in Counter(kinds.values()).most_common()
    )
    return (
        f"saved_model will read {len(kinds)} of {_images(channels)} image files in another way "
        f"than the training, or refuse them ({counted}): {_some(list(kinds))}. The training is not "
        "affected. Before you ask saved_model about such files, save them as PNG or JPEG."
    )


def _dark(channels: dict[str, Channel]) -> str | None:
    """Say which pictures are as good as black."""
    files = [
        f"{name}/{channel.files[row]}"
        for name, channel in channels.items()
        for row in sorted(channel.dark)
    ]
    if not files:
        return None
    return (
        f"{len(files)} of {_images(channels)} pictures are nearly black, they use less than a "
        f"sixteenth of their range: {_some(files)}. If they look brighter elsewhere, save them "
        "with their full range."
    )


def _images(channels: dict[str, Channel]) -> int:
    return sum(len(channel.files) for channel in channels.values())


def _some(files: list[str]) -> str:
    more = len(files) - _EXAMPLES
    return ", ".join(files[:_EXAMPLES]) + (f" and {more} more" if more > 0 else "")
