"""The function measures the distance that the training measured."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from exporting import novelty
from predict.errors import ModelError
from predict.novelty import read_known_images
from tests.unit.training_code.test_novelty import distances, ordinary, space


@pytest.fixture
def files(tmp_path: Path) -> tuple[bytes, bytes]:
    novelty.write(tmp_path, space(ordinary(150)), seed=0)
    return (tmp_path / "novelty.npz").read_bytes(), (tmp_path / "novelty.json").read_bytes()


def test_a_distance_is_the_training_s_as_a_multiple_of_its_bound(files: tuple[bytes, bytes]):
    known, document = novelty.measure(space(ordinary(150)), seed=0)
    new = np.concatenate([ordinary(20, seed=5), -ordinary(3), np.zeros((1, 40), np.float32)])
    read = read_known_images(*files)
    assert read is not None
    expected = distances(known, new) / document["bound"]
    np.testing.assert_allclose(read.novelty(new), expected, rtol=1e-4)


def test_without_a_bound_nothing_is_measured(files: tuple[bytes, bytes]):
    document = json.loads(files[1]) | {"bound": None}
    assert read_known_images(files[0], json.dumps(document).encode()) is None


def test_equal_images_have_a_bound_above_zero(files: tuple[bytes, bytes]):
    document = json.loads(files[1]) | {"bound": 0.0}
    read = read_known_images(files[0], json.dumps(document).encode())
    assert read is not None
    assert np.isfinite(read.novelty(ordinary(3))).all()


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04nothing", b"not a zip"])
def test_damaged_files_are_named(damage: bytes, files: tuple[bytes, bytes]):
    with pytest.raises(ModelError, match="can't be read"):
        read_known_images(damage, files[1])
    with pytest.raises(ModelError, match="can't be read"):
        read_known_images(files[0], damage)
    with pytest.raises(ModelError, match="can't be read"):
        read_known_images(files[0][:-400], files[1])
