"""predictions.csv as it is written, and as it must not be."""

from __future__ import annotations

import numpy as np
import pytest

from plot.errors import PredictionsError
from plot.inputs.predictions import read_predictions
from tests.support.predictions import as_csv, make_predictions


def test_reads_predictions_as_they_were_written() -> None:
    predictions = make_predictions(["good", 'oil, "used"', "<b>"], 50)
    read = read_predictions(as_csv(make_predictions(["good", "oil", "<b>"], 50)))
    assert read.files == tuple(f.replace('oil, "used"', "oil") for f in predictions.files)
    assert read.classes == ("good", "oil", "<b>")
    assert read.truth.tolist() == predictions.truth.tolist()
    assert read.predicted.tolist() == predictions.predicted.tolist()
    assert read.probabilities is not None
    assert predictions.probabilities is not None
    assert np.array_equal(read.probabilities, predictions.probabilities)
    assert np.array_equal(read.confidence, predictions.confidence)


def test_without_columns_per_class_the_classes_are_those_that_occur() -> None:
    read = read_predictions(b"file,class,predicted,probability\na,oil,good,0.7\nb,oil,oil,0.9\n")
    assert read.classes == ("good", "oil")
    assert read.right.tolist() == [False, True]
    assert read.probabilities is None
    assert read.confidence.tolist() == [0.7, 0.9]


def test_without_probabilities_the_predicted_classes_remain() -> None:
    read = read_predictions(b"file,class,predicted\na,oil,good\n")
    assert np.isnan(read.confidence).all()


@pytest.mark.parametrize("value", ["nan", "-0.5", "1.5", "inf"])
def test_invalid_probabilities_are_not_used(value: str) -> None:
    head = "file,class,predicted,probability,p:a,p:b\n"
    read = read_predictions(f"{head}x,a,b,{value},{value},0.5\n".encode())
    assert read.probabilities is None
    assert np.isnan(read.confidence).all()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no column 'file'"),
        (b"file,class\na,b\n", "no column 'predicted'"),
        (b"file,class,predicted\n", "names no image"),
        (b"file,class,predicted\na,b\n", "line 2 of predictions.csv has 2 columns"),
        (b"file,class,predicted,probability\na,b,c,x\n", "could not convert"),
        (b"file,class,predicted,p:a\nx,a,b,1\n", "no column for the class 'b'"),
        (b"file,class,predicted\n\xff,b,c\n", "isn't CSV in UTF-8"),
        (b"file,class,predicted\n" + b"x" * 20_000 + b",b,c\n", "isn't CSV"),
    ],
)
def test_refuses_damaged_tables(body: bytes, words: str) -> None:
    with pytest.raises(PredictionsError, match=words):
        read_predictions(body)
