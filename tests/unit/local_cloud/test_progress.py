"""The events and log lines that a user sees of a run."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from local_cloud.cloud.event_log import CloudEvent, CloudFailed, JobChanged, JobLine, Undelivered
from local_cloud.run.display import Display
from local_cloud.run.progress import read_epoch, show_event

LINE = (
    "epoch 3/30 - loss: 0.4312 - accuracy: 0.8125 - val_loss: 0.5120 - val_accuracy: 0.7900 "
    "- val_macro_f1: 0.7700 - learning_rate: 0.000950 - 3.2 s"
)
FIGURES = "accuracy 0.812 (validation 0.790), loss 0.431 (validation 0.512)"


def test_an_epoch():
    assert read_epoch(LINE) == (3, 30, FIGURES)


def test_numbers_that_are_none_or_missing():
    assert read_epoch("epoch 1/2 - loss: nan - val_loss: 1.5e-05 - 1.0 s") == (
        1,
        2,
        "accuracy - (validation -), loss nan (validation 0.000)",
    )


@pytest.mark.parametrize("line", ["", "reading images: 100 of 320", "resuming after epoch 3 of 30"])
def test_other_lines(line: str):
    assert read_epoch(line) is None


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (JobLine("run", LINE), f"Epoch 3 of 30: {FIGURES}"),
        (JobLine("run", "reading images"), ""),
        (
            JobLine("run", "features of the train images: variation 1 of 5"),
            "Features of the train images: variation 1 of 5.",
        ),
        (JobChanged("run", "InProgress", "Downloading", ""), "Training job run: Downloading."),
        (JobChanged("run", "InProgress", "Training", ""), "Training job run: starting TensorFlow."),
        (CloudFailed("disk", "full"), "The local cloud itself failed (disk): full"),
        (Undelivered("rule", "queue", "no policy"), "rule could not reach queue: no policy"),
    ],
)
def test_an_event_is_shown_in_a_sentence(event: CloudEvent, text: str):
    output = io.StringIO()

    show_event(event, Display(Console(file=output, width=200, force_terminal=False)))

    assert output.getvalue().partition(" s  ")[2].strip() == text
