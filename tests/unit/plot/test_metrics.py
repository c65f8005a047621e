"""Every figure equals scikit-learn's on random predictions."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    precision_recall_fscore_support,
)

from plot.statistics.metrics import score
from tests.support.predictions import CASES, class_names, make_predictions, predictions_of


@pytest.mark.parametrize(("classes", "images", "seed"), CASES)
def test_scores_equal_scikit_learn_s(classes: int, images: int, seed: int) -> None:
    predictions = make_predictions(class_names(classes), images, seed, skill=1.5)
    truth, predicted, labels = predictions.truth, predictions.predicted, range(classes)
    scores = score(predictions)
    expected = precision_recall_fscore_support(
        truth, predicted, labels=labels, zero_division=np.nan
    )
    assert scores.confusion.tolist() == confusion_matrix(truth, predicted, labels=labels).tolist()
    assert scores.accuracy.value == pytest.approx(accuracy_score(truth, predicted))
    for ours, theirs in zip(
        (
            [item.precision.value for item in scores.by_class],
            [item.recall.value for item in scores.by_class],
            [item.f1.value for item in scores.by_class],
            [item.images for item in scores.by_class],
        ),
        expected,
        strict=True,
    ):
        assert ours == pytest.approx(list(theirs), nan_ok=True)
    assert scores.macro_f1 == pytest.approx(np.nanmean(expected[2]))
    with warnings.catch_warnings(action="ignore"):  # classes that are named but not there
        balanced = balanced_accuracy_score(truth, predicted)
    assert scores.balanced_accuracy == pytest.approx(balanced)
    assert scores.majority[1].hits == np.bincount(truth).max()


def test_the_weakest_class_has_the_lowest_recall() -> None:
    scores = score(predictions_of(["good", "oil"], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1]))
    assert scores.weakest is not None
    assert (scores.weakest.name, scores.weakest.recall.value) == ("oil", 0.5)
    assert scores.mistakes == 1
