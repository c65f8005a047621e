"""A folder is whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_cloud.atomic_folder import atomic_folder


def test_it_is_there_at_the_end_alone(tmp_path: Path):
    target = tmp_path / "new" / "target"

    with atomic_folder(target) as unfinished:
        (unfinished / "file").write_bytes(b"x")
        assert not target.exists()

    assert [path.name for path in target.parent.iterdir()] == ["target"]
    assert (target / "file").read_bytes() == b"x"
    assert target.stat().st_mode == target.parent.stat().st_mode


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_error_leaves_nothing(tmp_path: Path, error: type[BaseException]):
    def fill() -> None:
        with atomic_folder(tmp_path / "target") as unfinished:
            (unfinished / "file").write_bytes(b"x")
            raise error

    with pytest.raises(error):
        fill()

    assert list(tmp_path.iterdir()) == []


def test_of_two_the_first_stays(tmp_path: Path):
    target = tmp_path / "target"

    with atomic_folder(target) as slow:
        (slow / "slow").write_bytes(b"x")
        with atomic_folder(target) as fast:
            (fast / "fast").write_bytes(b"x")

    assert [path.name for path in target.iterdir()] == ["fast"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_in_its_place_is_an_error(tmp_path: Path):
    with pytest.raises(OSError, match="target"), atomic_folder(tmp_path / "target"):
        (tmp_path / "target").write_bytes(b"x")
