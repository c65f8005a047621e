"""The log of a training job, read for its progress."""

from __future__ import annotations

import pytest

from local_cloud.run.epochs import read_epoch

LINE = (
    "epoch 3/30 - loss: 0.4312 - accuracy: 0.8125 - val_loss: 0.5120 - val_accuracy: 0.7900 "
    "- val_macro_f1: 0.7700 - learning_rate: 0.000950 - 3.2 s"
)


def test_an_epoch():
    epoch = read_epoch(LINE)

    assert epoch is not None
    assert (epoch.number, epoch.of) == (3, 30)
    assert epoch.metrics == {
        "loss": 0.4312,
        "accuracy": 0.8125,
        "val_loss": 0.512,
        "val_accuracy": 0.79,
        "val_macro_f1": 0.77,
        "learning_rate": 0.00095,
    }


def test_numbers_that_are_none():
    epoch = read_epoch("epoch 1/2 - loss: nan - val_loss: 1.5e-05 - 1.0 s")

    assert epoch is not None
    assert str(epoch.metrics["loss"]) == "nan"
    assert epoch.metrics["val_loss"] == 1.5e-05


@pytest.mark.parametrize("line", ["", "reading images: 100 of 320", "resuming after epoch 3 of 30"])
def test_other_lines(line: str):
    assert read_epoch(line) is None
