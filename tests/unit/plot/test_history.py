"""history.json: what is accepted, what is refused, and which epoch is the best."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from plot.errors import ResultsError
from plot.inputs.history import read_history
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


def test_reads_a_single_epoch() -> None:
    body = json.dumps({metric: values[:1] for metric, values in HISTORY.items()}).encode()
    assert read_history(body).best_epoch == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "an object"),
        (encode(loss=[0.1] * 100_001), "100000 at most"),
    ],
)
def test_refuses_damaged_histories(body: bytes, message: str) -> None:
    with pytest.raises(ResultsError, match=message):
        read_history(body)


@pytest.mark.parametrize(
    "value", ["3", True, {}, [], 1e31, -1e31, pytest.param(10**400, id="400 digits")]
)
def test_other_values_than_numbers_are_gaps(value: Any) -> None:
    history = read_history(encode(loss=[1, 2, value]))
    assert history.loss[:2] == (1.0, 2.0)
    assert math.isnan(history.loss[2])
    assert history.gaps == 1


def test_a_share_outside_0_to_1_is_a_gap_and_a_negative_loss_is_not() -> None:
    history = read_history(encode(val_accuracy=[0.1, -0.2, 98.0], val_loss=[-1, -3, -2]))
    assert history.gaps == 2
    assert history.best_epoch == 2


def test_a_metric_that_is_not_a_list_is_missing() -> None:
    assert read_history(encode(loss="abc")).missing == ("loss",)


def test_missing_metrics_are_named_and_the_rest_is_kept() -> None:
    history = read_history(json.dumps({"loss": [1.0, 0.5], "val_accuracy": [0.5]}).encode())
    assert history.epochs == 2
    assert history.loss == (1.0, 0.5)
    assert history.val_accuracy[0] == 0.5
    assert all(math.isnan(value) for value in (history.val_accuracy[1], *history.accuracy))
    assert history.missing == ("accuracy", "val_accuracy", "val_loss")
    assert history.best_epoch is None


@pytest.mark.parametrize("body", [b"{}", b'{"loss": [], "val_loss": []}', b'{"other": 3}'])
def test_reads_a_history_without_epochs(body: bytes) -> None:
    assert read_history(body).epochs == 0


def test_the_learning_rate_and_macro_f1_are_optional() -> None:
    history = read_history(encode(val_macro_f1=[0.1, 0.2, 0.3]))
    assert history.learning_rate == (0.002, 0.001, 0.0005)
    assert history.val_macro_f1 == (0.1, 0.2, 0.3)
    assert read_history(encode(learning_rate=[0.1])).learning_rate == ()
