import csv
import json
import math
from pathlib import Path

import numpy as np

import outputs
from channel import Channel
from checkpoint import Progress


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
