"""Makes a folder that is whole or not there, also when several processes make it at once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes `target` at the end, unless an error comes before it.

    When another has made `target` meanwhile, its folder stays and this one goes: the first wins.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as temporary:
        unfinished = Path(temporary, target.name)  # with the rights of any folder, not of a secret
        unfinished.mkdir()
        yield unfinished
        try:
            unfinished.rename(target)  # onto a folder that holds something it fails
        except OSError:
            if not target.is_dir():
                raise
