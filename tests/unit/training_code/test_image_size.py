from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import hyperparameters
import train
from failure import Interruption
from learning import efficientnet_lite0, image_size, networks
from options import Job, Places
from pretrained_weights import convert

# Keras 3.15 asks TensorFlow's arrays for themselves in a way numpy 2 no longer likes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

LITE0 = "efficientnet-lite0"
SETTINGS = hyperparameters.parse({"architecture": LITE0})
NUMBERS = np.random.default_rng(3)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("weights") / efficientnet_lite0.FILE
    convert.convert(convert.find_checkpoint(), file)
    return file


@pytest.fixture(autouse=True)
def small_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = replace(hyperparameters.RECIPES[LITE0], image_size=32, larger_size=96)
    monkeypatch.setitem(hyperparameters.RECIPES, LITE0, recipe)


def draw(folder: Path, sides: tuple[int, int], speck: int, images: int = 20) -> None:
    """Draw two classes of grainy pictures, one with a dark speck somewhere."""
    width, height = sides
    for name in ("good", "speck"):
        (folder / name).mkdir(parents=True)
        for number in range(images):
            pixels = NUMBERS.integers(70, 185, (height, width, 3), np.uint8)
            top, left = NUMBERS.integers(0, height - speck), NUMBERS.integers(0, width - speck)
            if name == "speck":
                pixels[top : top + speck, left : left + speck] = 0
            Image.fromarray(pixels).save(folder / name / f"{number}.png")


def choose(folder: Path, weights: Path | None, check: Callable[[], None] = lambda: None) -> int:
    settings = replace(SETTINGS, image_size=0)
    places = Places(folder, folder, folder, folder, folder, folder, pretrained=weights)
    interruption = Interruption()
    interruption.check = check  # type: ignore[method-assign]
    return train.with_image_size(
        Job(places, settings, None), interruption
    ).hyperparameters.image_size


def test_small_pictures_are_not_tried_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    draw(tmp_path, (64, 40), speck=2, images=2)
    monkeypatch.setattr(networks, "build", lambda *_, **__: pytest.fail("not needed"))

    assert choose(tmp_path, None) == 32


def test_flaws_that_the_usual_size_loses_ask_for_the_larger(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    draw(tmp_path, (192, 144), speck=3)

    assert choose(tmp_path, weights) == 96
    assert "96 is chosen" in capsys.readouterr().out


def test_flaws_that_the_usual_size_shows_do_not(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    draw(tmp_path, (192, 144), speck=60)

    assert choose(tmp_path, weights) == 32
    assert "of 40 training images 0 are mistaken at 32 pixels" in capsys.readouterr().out


def test_files_that_are_no_pictures_do_not_matter(tmp_path: Path):
    for name in ("good", "speck"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes.txt").write_text("no picture")

    assert choose(tmp_path, None) == 32


def test_a_size_that_is_set_stays(tmp_path: Path):
    settings = hyperparameters.parse({"architecture": LITE0, "image-size": "60"})
    job = Job(Places(*[tmp_path / "missing"] * 6), settings, None)

    assert train.with_image_size(job, Interruption()) is job


def test_an_interruption_ends_the_trial(tmp_path: Path):
    draw(tmp_path, (192, 144), speck=4, images=2)

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        choose(tmp_path, None, stop)


def test_all_classes_are_tried_from_all_over():
    files = [(Path(f"{label}-{number}"), label) for label in range(3) for number in range(900)]
    rare = [(Path(f"rare-{number}"), 3) for number in range(7)]

    sample = image_size.spread(files + rare)

    labels = [label for _, label in sample]
    assert [labels.count(label) for label in range(4)] == [60, 60, 60, 7]
    assert sample[0] == files[0]
    assert sample[59] == files[899]
    assert len(set(sample)) == len(sample)


def test_errors_are_those_on_images_that_were_not_learned():
    labels = np.arange(80, dtype=np.int32) % 2
    noise = NUMBERS.normal(0, 1, (80, 300)).astype(np.float32)
    telling: Any = noise.copy()
    telling[:, :150] += 3 * labels[:, None]

    assert image_size.errors(telling, labels) == 0
    assert 20 < image_size.errors(noise, labels) < 60  # any model knows what it has learned
