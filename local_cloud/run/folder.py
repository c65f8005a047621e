"""Lists a folder as `aws s3 sync` does: links are followed, and what cannot be uploaded is named.

https://github.com/aws/aws-cli has the rules in awscli/customizations/s3/filegenerator.py.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from local_cloud.terminal_text import printable

# Why something cannot be uploaded, and what to do about it in `{folder}`.
NOT_UTF8 = "the name is not UTF-8, and S3 has no other names"
UNREADABLE = "it may not be read"
REMEDIES = {
    NOT_UTF8: "Rename, for example with: convmv -f latin1 -t utf8 -r --notest {folder}",
    UNREADABLE: "Allow it with: chmod -R u+rX {folder}",
}
BROKEN_LINK = "it links to nothing"
LOOP = "it links to a folder that it lies in"
SPECIAL = "it is neither a file nor a folder"
EXAMPLES = 3


@dataclass(frozen=True)
class Upload:
    """A file and the part of its key after `raw/`."""

    path: Path
    name: str


@dataclass
class Listing:
    """What of a folder can be uploaded, and what cannot: names in printable form, by reason."""

    folder: Path
    uploads: list[Upload] = field(default_factory=list)
    skipped: dict[str, list[str]] = field(default_factory=dict)

    def sentences(self) -> Iterator[str]:
        """Yield for each reason what is skipped, and the remedy."""
        for reason, names in self.skipped.items():
            examples = ", ".join(f"'{name}'" for name in names[:EXAMPLES])
            more = f" and {len(names) - EXAMPLES} more" if len(names) > EXAMPLES else ""
            remedy = REMEDIES.get(reason, "").format(folder=printable(self.folder))
            yield f"Skipped: {examples}{more}: {reason}. {remedy}".rstrip()


def list_folder(folder: Path) -> Listing:
    """List every file below a folder, hidden ones and all, in the order of their names.

    Raises:
        OSError: the folder itself cannot be read.
    """
    listing = Listing(folder)
    _walk(folder, "", frozenset(), listing)
    return listing


def _walk(folder: Path, prefix: str, above: frozenset[tuple[int, int]], listing: Listing) -> None:
    """List one folder; `above` are the folders that it lies in, links resolved."""
    inside = above | {_identity(folder.stat())}
    for path in sorted(folder.iterdir()):
        key = prefix + path.name
        try:
            details = path.stat()
        except OSError:
            reason = BROKEN_LINK
        else:
            reason = _hindrance(path, details, inside)
        if reason:
            listing.skipped.setdefault(reason, []).append(printable(key))
        elif stat.S_ISDIR(details.st_mode):
            _walk(path, f"{key}/", inside, listing)
        else:
            listing.uploads.append(Upload(path, key))


def _hindrance(path: Path, details: os.stat_result, inside: frozenset[tuple[int, int]]) -> str:
    """Return why a file or folder cannot be uploaded, "" when it can."""
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
