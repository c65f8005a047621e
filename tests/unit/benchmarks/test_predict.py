"""What the benchmark of predictions shows, and how it counts the answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from benchmarks import page
from benchmarks.predict import __main__ as predict
from benchmarks.predict import ways
from benchmarks.predict.__main__ import Trained


def test_images_are_taken_evenly_from_the_first_to_the_last(tmp_path: Path):
    for number in range(500):
        (tmp_path / "good").mkdir(exist_ok=True)
        (tmp_path / "good" / f"{number}.jpg").touch()
    files = ways.evenly(tmp_path)
    assert len(files) == ways.ANSWERED
    assert (files[0].name, files[-1].name) == ("0.jpg", "499.jpg")
    assert len(ways.evenly(tmp_path / "good")) == ways.ANSWERED


def test_the_frames_show_nothing(tmp_path: Path):
    files = sorted(predict.write_frames(tmp_path).iterdir())
    assert len(files) == 7
    with Image.open(files[0]) as black:
        assert black.getextrema() == ((0, 0), (0, 0), (0, 0))


def test_a_row_has_the_shares_of_the_decisions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    answers = ["class"] * 5 + ["unknown"] * 2 + ["unsure"]
    monkeypatch.setattr(page, "in_a_process", lambda *_: predict.Counter(answers))
    row = predict.row_of(Trained("cnn, set", tmp_path, tmp_path), "frames", tmp_path)
    assert row == ["cnn, set", "frames", "8", "62.5", "12.5", "25.0"]


def test_a_training_that_is_done_is_not_repeated(tmp_path: Path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "done").touch()
    trained = predict.train("cnn, set", tmp_path, {"train": ["missing"]}, tmp_path / "out")
    assert trained.model == tmp_path / "out" / "model"
