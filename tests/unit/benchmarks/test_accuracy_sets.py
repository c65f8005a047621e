"""The sets that are drawn: as announced, the same every time, and hard in the way they say."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.accuracy import drawing
from benchmarks.accuracy.sets import GOOD, SETS, file_of, write


def picture(name: str, label: str, number: int = 0) -> Image.Image:
    return Image.open(io.BytesIO(file_of(SETS[name], "train", label, number)[1]))


@pytest.mark.parametrize("name", SETS)
def test_a_picture_is_the_same_every_time_and_unlike_all_others(name: str):
    generated = SETS[name]
    label = min(generated.train)

    again = file_of(generated, "train", label, 0)

    assert file_of(generated, "train", label, 0) == again
    others = [
        file_of(generated, side, label, n)[1] for side, n in (("train", 4), ("validation", 0))
    ]
    assert len({again[1], *others}) == 3
    assert generated.train.keys() == generated.validation.keys()


def test_the_sets_are_what_they_say():
    assert sum(SETS["imbalance"].train.values()) + sum(SETS["imbalance"].validation.values()) > 950
    rare, most = (f(SETS["imbalance"].train.values()) for f in (min, max))
    assert rare * 950 / sum(SETS["imbalance"].train.values()) == pytest.approx(30, abs=1)
    assert most / rare > 15
    assert len(SETS["two"].train) == 2
    assert len(SETS["fifty"].train) == 50
    assert sum(SETS["sixty"].train.values()) == 60
    large = SETS["large"]
    assert sum(large.train.values()) + sum(large.validation.values()) == 6_000
    assert picture("grey", GOOD).mode == picture("grey", GOOD, 3).mode == "L"
    assert len({picture("sizes", GOOD, number).size for number in range(6)}) == 6


def test_rare_flaws_are_on_few_parts_and_the_parts_measured_on_are_others():
    rare = SETS["rare"]
    images = [parts * rare.photographs for parts in rare.train.values()]
    assert min(images) >= 20
    assert sorted(images)[-2] <= 60
    assert max(images) / sum(images) == pytest.approx(0.75, abs=0.01)
    width, height = picture("rare", GOOD).size
    assert width == 3 * height
    assert picture("rare", GOOD).mode == "L"


def test_photographs_of_a_part_show_the_same_flaw_elsewhere_and_in_other_light():
    def content(number: int, view: int) -> np.ndarray:
        file = io.BytesIO(file_of(SETS["rare"], "train", "dent", number, view)[1])
        return np.asarray(Image.open(file), np.float32)

    first, second, of_another_part = content(0, 0), content(0, 1), content(1, 0)

    def similarity(image: np.ndarray) -> float:
        moved = (
            np.roll(image, (down, across), (0, 1))
            for down in range(-8, 9)
            for across in range(-8, 9)
        )
        return max(np.corrcoef(first.ravel(), candidate.ravel())[0, 1] for candidate in moved)

    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] < 0.999
    assert similarity(second) > 0.8
    assert similarity(of_another_part) < 0.5


def test_a_tiny_flaw_is_a_few_pixels_of_the_picture():
    dark, bright = (
        np.asarray(picture("tiny", label).convert("L"), np.int16)
        for label in ("dark spot", "bright spot")
    )

    assert (dark.shape, bright.shape) == ((480, 640), (480, 640))
    assert 5 < (dark < np.median(dark) - 90).sum() < 3 * 9 * 9
    assert 5 < (bright > np.median(bright) + 60).sum() < 3 * 9 * 9


@pytest.mark.parametrize("flaw", drawing.FLAWS)
def test_a_stamp_keeps_its_bounds(flaw: str):
    stamp = drawing.FLAWS[flaw](np.random.default_rng(0))

    assert stamp.shape == (drawing.CELLS, drawing.CELLS)
    assert stamp.dtype == np.float32
    assert 0.5 < np.abs(stamp).max() <= 1.01


def test_a_stamp_larger_than_the_picture_fits_all_the_same():
    light = np.zeros((48, 200), np.float32)

    drawing.press(
        light, drawing.bright_spot(np.random.default_rng(0)), 300, 1, np.random.default_rng(0)
    )

    assert 0 < light.mean() < 1


def test_a_set_is_written_anew_and_whole(tmp_path: Path):
    (tmp_path / "train" / "left over").mkdir(parents=True)
    counts = dict.fromkeys(SETS["two"].train, 1)

    write(replace(SETS["two"], train=counts, validation=counts), tmp_path)

    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")) == [
        f"{side}/{label}/part-00000.jpg"
        for side in ("train", "validation")
        for label in ("flawed", GOOD)
    ]
    assert not (tmp_path / "train" / "left over").exists()


def test_the_photographs_of_a_part_are_a_group(tmp_path: Path):
    write(replace(SETS["rare"], train={GOOD: 1}, validation={GOOD: 1}, photographs=2), tmp_path)

    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")) == [
        f"{folder}.jpg"
        for folder in (
            "train/good/part-00000/0",
            "train/good/part-00000/1",
            "validation/good/part-00000/0",
        )
    ]
