from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from auditing import misclassified
from loading.channel import Channel
from tests.unit.training_code.pictures import picture

CLASSES = ["good", "oil"]
Draw = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Draw:
    """Draw the mistakes of a model that looks at the upper left corner, into tmp_path/out."""

    def heat_maps(_: object, pixels: Any, classes: Any) -> list[npt.NDArray[np.float32]]:
        assert len(pixels) == len(classes)
        return [np.pad(np.ones((2, 2), np.float32), (0, 6)) for _ in classes]

    monkeypatch.setattr(misclassified, "heat_maps", heat_maps)

    def drawn(names: list[str], answers: list[list[float]]) -> list[dict[str, Any]]:
        labels = np.array([CLASSES.index(name.split("/")[0]) for name in names], np.int32)
        validation = Channel(names, labels, np.full((len(names), 16, 16, 3), 9, np.uint8), [])
        probabilities = np.array(answers, np.float32)
        return misclassified.draw(
            tmp_path / "out", tmp_path, CLASSES, validation, probabilities, model=None
        )

    return drawn


def test_the_surest_of_the_wrong_answers_come_first() -> None:
    answers = np.array([[0.6, 0.4], [0.1, 0.9], [0.2, 0.8], [0.4, 0.6]], np.float32)
    assert misclassified.worst(np.array([1, 1, 0, 0], np.int32), answers).tolist() == [2, 0, 3]


def test_no_more_than_fifty_are_shown() -> None:
    answers = np.full((80, 2), 0.5, np.float32)
    assert len(misclassified.worst(np.ones(80, np.int32), answers)) == 50


def test_a_mistake_is_listed_with_its_pictures(draw: Draw, tmp_path: Path) -> None:
    (tmp_path / "oil").mkdir()
    picture((90, 90, 90), 1, (640, 320)).save(tmp_path / "oil" / "wide.jpg")
    listed = draw(["good/right.jpg", "oil/wide.jpg"], [[0.9, 0.1], [0.75, 0.25]])
    assert listed == [
        {
            "file": "oil/wide.jpg",
            "class": "oil",
            "predicted": "good",
            "probability": 0.75,
            "true_probability": 0.25,
            "image": "mistakes/00-image.png",
            "heat_map": "mistakes/00-heat.png",
        }
    ]
    with (
        Image.open(tmp_path / "out" / "mistakes" / "00-image.png") as image,
        Image.open(tmp_path / "out" / "mistakes" / "00-heat.png") as heated,
    ):
        assert image.size == heated.size == (256, 128)
        difference = np.asarray(heated).astype(int) - np.asarray(image)
    assert difference[:16, :32, 0].min() > 20
    assert np.abs(difference[64:, 128:]).max() == 0


def test_the_picture_is_shown_upright(draw: Draw, tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    turned = picture((90, 90, 90), 1, (64, 32))
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "good" / "turned.jpg", exif=exif)
    draw(["good/turned.jpg"], [[0.1, 0.9]])
    with Image.open(tmp_path / "out" / "mistakes" / "00-image.png") as image:
        assert image.size == (32, 64)


def test_a_file_that_is_not_there_is_shown_as_the_network_saw_it(
    draw: Draw, tmp_path: Path
) -> None:
    draw(["good/name that cannot be printed.jpg"], [[0.1, 0.9]])
    with Image.open(tmp_path / "out" / "mistakes" / "00-image.png") as image:
        assert np.asarray(image).tolist() == np.full((16, 16, 3), 9).tolist()


def test_the_mistakes_of_an_earlier_start_are_gone(draw: Draw, tmp_path: Path) -> None:
    draw(["good/a.jpg", "good/b.jpg"], [[0.1, 0.9], [0.1, 0.9]])
    assert len(list((tmp_path / "out" / "mistakes").iterdir())) == 4
    assert draw(["good/a.jpg"], [[0.9, 0.1]]) == []
    assert not (tmp_path / "out" / "mistakes").exists()
