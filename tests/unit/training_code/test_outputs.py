import csv
import json
import math
from pathlib import Path

import numpy as np

from exporting import outputs
from judging.folds import Judged
from learning.checkpoint import Progress
from loading.channel import Channel
from loading.dataset import ImageData


def test_what_is_not_finite_is_null(tmp_path: Path) -> None:
    progress = Progress({"loss": [0.5, math.nan], "val_loss": [math.inf, 0.25]})
    outputs.write_history(tmp_path / "new folder", progress)
    written = json.loads((tmp_path / "new folder" / "history.json").read_text())
    assert written == {"loss": [0.5, None], "val_loss": [None, 0.25]}


def test_names_with_commas_and_quotes_survive_the_table(tmp_path: Path) -> None:
    name = 'oil, "wet"/bild ü.png'
    channel = Channel([name], np.array([1], np.int32), np.zeros((1, 1, 1, 3), np.uint8), [])
    outputs.write_predictions(
        tmp_path, ["good", 'oil, "wet"'], channel, np.array([[0.75, 0.25]], np.float32)
    )
    rows = list(csv.reader((tmp_path / "predictions.csv").read_text("utf-8").splitlines()))
    assert rows == [
        ["file", "class", "predicted", "probability", "p:good", 'p:oil, "wet"'],
        [name, 'oil, "wet"', "good", "0.750000", "0.750000", "0.250000"],
    ]


def image_data() -> ImageData:
    def side(*files: str) -> Channel:
        labels = np.arange(len(files), dtype=np.int32) % 2
        return Channel([*files], labels, np.zeros((len(files), 1, 1, 3), np.uint8), [])

    return ImageData(["good", "oil"], side("good/a.png", "oil/b.png"), side("good/c.png"))


def test_each_image_of_both_sides_has_its_row(tmp_path: Path) -> None:
    probabilities = np.array([[0.75, 0.25], [1, 0], [0.5, 0.5]], np.float32)
    judged = Judged(np.array([7, 0, 7]), probabilities, np.array([2, 1, 2]))
    outputs.write_judged(tmp_path, image_data(), judged)
    rows = list(csv.reader((tmp_path / "out_of_sample.csv").read_text("utf-8").splitlines()))
    header = ["file", "side", "class", "fold", "cluster", "predicted", "probability"]
    assert rows == [
        [*header, "p:good", "p:oil"],
        ["good/a.png", "train", "good", "2", "7", "good", "0.750000", "0.750000", "0.250000"],
        ["oil/b.png", "train", "oil", "1", "0", "good", "1.000000", "1.000000", "0.000000"],
        ["good/c.png", "validation", "good", "2", "7", "good", *["0.500000"] * 3],
    ]


def test_a_table_of_an_earlier_start_is_removed_when_nothing_was_judged(tmp_path: Path) -> None:
    (tmp_path / "out_of_sample.csv").write_text("of an earlier start")
    outputs.write_judged(tmp_path, image_data(), Judged(np.array([0, 1, 2])))
    assert list(tmp_path.iterdir()) == []
