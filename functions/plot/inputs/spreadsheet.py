"""Rewrites a table of the job so that a spreadsheet shows its text as text. Pure.

The byte order mark also marks its cells as escaped (`common.cells`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import IO, Any

from common.cells import escape
from plot.errors import PredictionsError

MEBIBYTE = 1024 * 1024
MAXIMUM_CELL_CHARACTERS = 10_000
MAXIMUM_LINE_CHARACTERS = MEBIBYTE
MAXIMUM_ROWS = 1_000_000
# A table up to this size keeps its column of probabilities per class: 1,000 classes, 7,000 images.
WIDE_BYTES = 64 * MEBIBYTE
MAXIMUM_BYTES = 160 * MEBIBYTE  # after rewriting
PREFIX = "p:"


class _Raw(io.RawIOBase):
    """A stream that can only be read, such as a member of a tar file, as io takes it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what fits into `buffer`."""
        chunk = self._stream.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


def rewrite(
    stream: IO[bytes], size: int, name: str, wide_bytes: int = WIDE_BYTES
) -> tuple[bytes, str]:
    """Rewrite a table of `size` bytes, beyond `wide_bytes` without its columns per class.

    Returns:
        The table, and in words what was dropped of it.

    Raises:
        PredictionsError: it isn't CSV in UTF-8, or exceeds a bound.
    """
    rows = read_rows(stream, name)
    header = next(rows, [])
    kept = [
        place
        for place, column in enumerate(header)
        if size <= wide_bytes or not column.startswith(PREFIX)
    ]
    output = io.BytesIO()
    text = io.TextIOWrapper(output, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([escape(header[place]) for place in kept])
    for row in rows:
        # A row that is too long or too short stays so, for `read_predictions` to report.
        cells = [row[place] for place in kept] if len(row) == len(header) else row
        writer.writerow(map(escape, cells))
        if output.tell() > MAXIMUM_BYTES:
            raise PredictionsError(f"{name} is larger than {MAXIMUM_BYTES:,} bytes")
    text.flush()
    text.detach()
    if len(kept) == len(header):
        return output.getvalue(), ""
    return output.getvalue(), (
        f"{name} has {size // MEBIBYTE:,} MiB: only output.tar.gz has the probabilities of all "
        "classes, so no threshold is measured on it"
    )


def read_rows(stream: IO[bytes], name: str) -> Iterator[list[str]]:
    """Read a table row by row.

    Raises:
        PredictionsError: it isn't CSV in UTF-8, or exceeds a bound.
    """
    csv.field_size_limit(MAXIMUM_CELL_CHARACTERS)
    raw = io.BufferedReader(_Raw(stream), MEBIBYTE)
    text = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
    try:
        for number, row in enumerate(csv.reader(_lines(text, name))):
            if number > MAXIMUM_ROWS:
                raise PredictionsError(f"{name} has more than {MAXIMUM_ROWS:,} rows")
            yield row
    except (csv.Error, UnicodeDecodeError) as error:
        raise PredictionsError(f"{name} isn't CSV in UTF-8: {error}") from error


def _lines(text: io.TextIOWrapper, name: str) -> Iterator[str]:
    while line := text.readline(MAXIMUM_LINE_CHARACTERS):
        if len(line) == MAXIMUM_LINE_CHARACTERS:
            raise PredictionsError(
                f"{name} has a line of {MAXIMUM_LINE_CHARACTERS:,} characters or more"
            )
        yield line
