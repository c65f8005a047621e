import os
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from failure import JobError
from loading import pixel_storage


class Disk(NamedTuple):
    free: int


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """10,000 bytes of memory and, in a temporary folder of its own, 20,000 of disk."""
    monkeypatch.setattr(os, "sysconf", lambda _name: 100)
    monkeypatch.setattr(pixel_storage, "_CGROUP_LIMITS", (tmp_path / "memory.max",))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Disk(free=20_000))
    return tmp_path


def filled(images: int, size: int) -> np.ndarray:  # type: ignore[type-arg]
    pixels = pixel_storage.choose(images, size)(images, size)
    assert pixels.shape == (images, size, size, 3)
    pixels[:] = 7
    assert pixels.ctypes.data % 64 == 0
    return pixels


def test_what_fits_in_half_of_the_memory_is_kept_there(
    machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (filled(16, 10) == 7).all()
    assert "keeping 0 MB of pixels in memory" in capsys.readouterr().out


@pytest.mark.parametrize("limit", ["10000", "9000"])
def test_a_containers_limit_counts_when_it_is_lower(
    limit: str, machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (machine / "memory.max").write_text(limit + "\n")
    filled(16, 10)
    assert ("in memory" in capsys.readouterr().out) == (limit == "10000")


def test_no_limit_is_no_limit(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (machine / "memory.max").write_text("max\n")
    filled(16, 10)
    assert "in memory" in capsys.readouterr().out


def test_more_is_kept_in_a_file_of_which_nothing_remains(
    machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pixels = filled(17, 10)
    assert f"in a file in {machine}" in capsys.readouterr().out
    assert list(machine.iterdir()) == []
    assert (pixels == 7).all()


def test_more_than_the_disk_holds_ends_the_job_with_the_remedies(machine: Path) -> None:
    with pytest.raises(
        JobError, match=r"61 images of 10 x 10 .* lower image-size, choose a larger"
    ):
        pixel_storage.choose(61, 10)


def test_no_image_needs_no_room(machine: Path) -> None:
    assert filled(0, 10).size == 0
