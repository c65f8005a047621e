"""Uploading a folder that changes while it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_cloud.folder import Upload
from local_cloud.images import ImagesError
from local_cloud.run import read


def test_a_file_that_has_gone_since_it_was_listed(tmp_path: Path):
    with pytest.raises(ImagesError) as raised:
        read(Upload(tmp_path / "gone.jpg", "good/gone.jpg"))

    assert str(raised.value) == (
        f"{tmp_path}/gone.jpg was listed and cannot be read now (No such file or directory). "
        "Nothing was trained: start again when nobody changes the folder."
    )


def test_a_file_that_is_there(tmp_path: Path):
    (tmp_path / "1.jpg").write_bytes(b"x")

    assert read(Upload(tmp_path / "1.jpg", "good/1.jpg")) == b"x"
