"""Folders that hold every kind of picture, and much that is none; test_train.py trains on them."""

from pathlib import Path

import numpy as np
import pytest

from loading import dataset
from tests.unit.training_code import torture
from tests.unit.training_code.pictures import picture
from tests.unit.training_code.torture import READABLE, UNREADABLE, encoded

COPPER = (190, 100, 60)


@pytest.fixture
def channels(tmp_path: Path) -> tuple[Path, Path]:
    train, validation = tmp_path / "train", tmp_path / "validation"
    torture.fill(train / "all sorts ü", COPPER)
    for folder in (train / "plain", validation / "plain", validation / "all sorts ü"):
        folder.mkdir(parents=True)
        (folder / "0.png").write_bytes(encoded(picture((1, 2, 3), seed=1), "PNG"))
    return train, validation


def test_every_kind_of_picture_is_read_as_it_looks_and_the_rest_is_named(
    channels: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    data = dataset.load(*channels, size=16, check=lambda: None)

    seen = {
        file.removeprefix("all sorts ü/"): pixels.mean(axis=(0, 1))
        for file, pixels in zip(data.train.files[:-1], data.train.pixels[:-1], strict=True)
    }
    assert seen.keys() == READABLE.keys()
    for name, colour in seen.items():
        expected = np.array(COPPER)
        if any(word in name for word in ("grey", "black", "sixteen")):
            expected = np.full(3, expected @ (0.299, 0.587, 0.114))
        if "alpha" in name:  # half of it is transparent
            expected = (expected + 255) / 2
        assert np.abs(colour - expected).max() < 25, name

    skipped = {file.file.rsplit("/")[-1]: file.reason for file in data.train.skipped}
    assert skipped.keys() == UNREADABLE.keys()
    for name, reason in skipped.items():
        assert reason.startswith(UNREADABLE[name].reason), name
    total = len(READABLE) + len(UNREADABLE) + 1
    log = capsys.readouterr().out
    assert f"left out {len(UNREADABLE)} of {total} files of train: 3 x damaged or unrea" in log
