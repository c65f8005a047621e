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
