"""Lists a folder as `aws s3 sync` does: it follows links and skips what can't be uploaded.

The rules are in https://github.com/aws/aws-cli, awscli/customizations/s3/filegenerator.py.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from local_cloud.terminal_text import printable

# Reasons for skipping a file, and the remedies for `{folder}`.
NOT_UTF8 = "S3 needs names in UTF-8"
UNREADABLE = "no permission to read"
REMEDIES = {
    NOT_UTF8: "Rename with, for example: convmv -f latin1 -t utf8 -r --notest {folder}",
    UNREADABLE: "Grant it with: chmod -R u+rX {folder}",
}
BROKEN_LINK = "broken link"
LOOP = "link to a folder that contains it"
SPECIAL = "neither a file nor a folder"
EXAMPLES = 3


@dataclass(frozen=True)
class Upload:
    """A file and the part of its key after `raw/` or `test/`."""

    path: Path
    name: str


@dataclass
class Listing:
    """The files to upload, and the printable names of what is skipped, by reason."""

    folder: Path
    uploads: list[Upload] = field(default_factory=list)
    skipped: dict[str, list[str]] = field(default_factory=dict)

    def sentences(self) -> Iterator[str]:
        """Yield a sentence for each reason: skipped names and remedy."""
        for reason, names in self.skipped.items():
            examples = ", ".join(f"'{name}'" for name in names[:EXAMPLES])
            more = f" and {len(names) - EXAMPLES} more" if len(names) > EXAMPLES else ""
            remedy = REMEDIES.get(reason, "").format(folder=printable(self.folder))
            yield f"Skipped {examples}{more}: {reason}. {remedy}".rstrip()


def list_folder(folder: Path) -> Listing:
    """List every file below a folder, including hidden ones, in the order of their names.

    Raises:
        OSError: the folder itself can't be read.
    """
    listing = Listing(folder)
    _walk(folder, "", frozenset(), listing)
    return listing


def _walk(folder: Path, prefix: str, above: frozenset[tuple[int, int]], listing: Listing) -> None:
    """List one folder; `above` are the folders that contain it, links resolved."""
    inside = above | {_identity(folder.stat())}
    for path in sorted(folder.iterdir()):
        key = prefix + path.name
        try:
            details = path.stat()
        except OSError:
            reason = BROKEN_LINK
        else:
            reason = _reason_to_skip(path, details, inside)
        if reason:
            listing.skipped.setdefault(reason, []).append(printable(key))
        elif stat.S_ISDIR(details.st_mode):
            _walk(path, f"{key}/", inside, listing)
        else:
            listing.uploads.append(Upload(path, key))


def _reason_to_skip(path: Path, details: os.stat_result, inside: frozenset[tuple[int, int]]) -> str:
    """Return why a file or folder can't be uploaded, "" if it can."""
    is_folder = stat.S_ISDIR(details.st_mode)
    if not is_folder and not stat.S_ISREG(details.st_mode):
        return SPECIAL
    if not os.access(path, os.R_OK | os.X_OK if is_folder else os.R_OK):
        return UNREADABLE
    if is_folder and _identity(details) in inside:
        return LOOP
    try:
        path.name.encode()
    except UnicodeEncodeError:
        return NOT_UTF8
    return ""


def _identity(details: os.stat_result) -> tuple[int, int]:
    return details.st_dev, details.st_ino
