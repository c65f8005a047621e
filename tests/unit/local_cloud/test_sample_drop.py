"""The sample drop: nothing but the defect tells the class."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.neighbors import NearestNeighbors

from local_cloud.sample_drop import CLASSES, photograph, write_sample_drop
from local_cloud.sample_drop.texture import HEIGHT, WIDTH

CHANCE = 1 / len(CLASSES)
TOO_EASY = 0.45
# A part of the drop: drawing all of it takes long, and tests/long audits that.
PER_CLASS = 60


@pytest.fixture(scope="module")
def drop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "drop"
    write_sample_drop(folder, PER_CLASS)
    return folder


@pytest.fixture(scope="module")
def pictures(drop: Path) -> dict[str, list[Image.Image]]:
    return {
        label: [Image.open(path).convert("RGB") for path in sorted((drop / label).iterdir())]
        for label in CLASSES
    }


def thumbnail(picture: Image.Image, width: int, height: int) -> np.ndarray:
    return np.asarray(picture.resize((width, height), Image.Resampling.BOX), np.float32)


def border(picture: Image.Image) -> np.ndarray:
    small = thumbnail(picture, 32, 24)
    return np.concatenate([small[0], small[-1], small[1:-1, 0], small[1:-1, -1]])


LOOKS = {
    "16x16 grey thumbnail": lambda picture: thumbnail(picture, 16, 16).mean(axis=2),
    "16x16 colour thumbnail": lambda picture: thumbnail(picture, 16, 16),
    "border": border,
    "mean colour": lambda picture: thumbnail(picture, 1, 1),
    "mean brightness": lambda picture: thumbnail(picture, 1, 1).mean(),
}


@pytest.mark.parametrize("look", LOOKS)
def test_a_nearest_neighbour_cannot_tell_the_class(
    pictures: dict[str, list[Image.Image]], look: str
):
    features = [LOOKS[look](p).ravel() for label in CLASSES for p in pictures[label]]
    labels = np.array([label for label in CLASSES for _ in pictures[label]])

    # Leave one out: without a query, kneighbors does not count a point as its own neighbour.
    nearest = NearestNeighbors(n_neighbors=1).fit(features).kneighbors(return_distance=False)
    score = (labels[nearest[:, 0]] == labels).mean()

    assert CHANCE / 2 < score < TOO_EASY


def test_every_class_has_as_many_images_of_one_size(pictures: dict[str, list[Image.Image]]):
    assert {label: len(images) for label, images in pictures.items()} == dict.fromkeys(
        CLASSES, PER_CLASS
    )
    assert {p.size for images in pictures.values() for p in images} == {(WIDTH, HEIGHT)}


def test_no_two_images_are_the_same(drop: Path):
    bodies = {path.read_bytes() for path in drop.rglob("*.jpg")}

    assert len(bodies) == len(CLASSES) * PER_CLASS


@pytest.mark.parametrize("label", CLASSES)
def test_the_same_number_is_the_same_image(drop: Path, label: str):
    again = photograph(label, 7)

    assert again == (drop / label / "phone-007.jpg").read_bytes()
    assert photograph(label, 7, seed=1) != again
    assert Image.open(io.BytesIO(again)).format == "JPEG"


def test_what_a_killed_one_left_is_not_used(tmp_path: Path):
    left = tmp_path / ".drop.killed" / "drop" / "good" / "left over.jpg"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"x")

    assert write_sample_drop(tmp_path / "drop", per_class=1) == len(CLASSES)

    assert sorted(path.name for path in (tmp_path / "drop").iterdir()) == list(CLASSES)
    assert not list((tmp_path / "drop").rglob("left over.jpg"))


def test_two_at_once_leave_one_whole_drop(tmp_path: Path):
    drop = tmp_path / "drop"

    with ThreadPoolExecutor(2) as both:
        written = list(both.map(lambda _: write_sample_drop(drop, per_class=2), range(2)))

    assert written == [2 * len(CLASSES)] * 2
    assert [path.name for path in tmp_path.iterdir()] == ["drop"]
    assert len(list(drop.glob("*/phone-*.jpg"))) == 2 * len(CLASSES)
