"""Creates a folder completely or not at all, even when several processes create it at once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes `target` at the end, unless an error is raised.

    If another process has created `target` meanwhile, that one stays: the first wins.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as temporary:
        unfinished = Path(temporary, target.name)  # its mode is that of a normal folder
        unfinished.mkdir()
        yield unfinished
        try:
            unfinished.rename(target)  # fails if `target` has content
        except OSError:
            if not target.is_dir():
                raise
