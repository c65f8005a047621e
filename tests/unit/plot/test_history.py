"""history.json: what is accepted, what is refused, and which epoch is the best."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from plot.errors import HistoryError
from plot.history import read_history
from tests.support.archives import HISTORY


def encode(**changes: Any) -> bytes:
    return json.dumps(HISTORY | changes).encode()


def test_reads_each_metric() -> None:
    history = read_history(encode())
    assert history.accuracy == (0.41, 0.72, 0.9)
    assert history.val_loss == (1.25, 0.6, 0.65)
    assert history.epochs == 3


def test_the_best_epoch_has_the_lowest_validation_loss_not_the_highest_accuracy() -> None:
    assert read_history(encode(val_accuracy=[0.4, 0.8, 0.99])).best_epoch == 2


def test_the_first_of_equal_epochs_is_the_best() -> None:
    assert read_history(encode(val_loss=[0.5, 0.4, 0.4])).best_epoch == 2


def test_null_is_a_gap_and_never_the_best() -> None:
    history = read_history(encode(val_loss=[None, 0.7, None], loss=[1, None, 0.2]))
    assert math.isnan(history.val_loss[0])
    assert history.best_epoch == 2
    assert math.isnan(history.loss[1])


@pytest.mark.parametrize("written", ["NaN", "Infinity", "-Infinity", "1" + "0" * 400])
def test_numbers_that_are_not_finite_are_gaps(written: str) -> None:
    body = encode().replace(b"0.65", written.encode())
    assert math.isnan(read_history(body).val_loss[2])


def test_there_is_no_best_epoch_without_a_finite_validation_loss() -> None:
    assert read_history(encode(val_loss=[None, None, None])).best_epoch is None


def test_one_epoch_is_a_history() -> None:
    body = json.dumps({metric: values[:1] for metric, values in HISTORY.items()}).encode()
    assert read_history(body).best_epoch == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "an object"),
        (b"{}", "no list 'accuracy'"),
        (encode(val_loss=[]), "0 epochs"),
        (encode(val_loss=[1.0]), "differ in length"),
        (encode(loss="abc"), "no list 'loss'"),
        (encode(loss=[1, 2, "3"]), "a number or null"),
        (encode(loss=[1, 2, True]), "a number or null"),
        (encode(loss=[1, 2, {}]), "a number or null"),
        (encode(val_accuracy=[0.1, 0.2, 98.0]), "outside 0 to 1"),
    ],
)
def test_refuses(body: bytes, message: str) -> None:
    with pytest.raises(HistoryError, match=message):
        read_history(body)
