"""The curve equals scikit-learn's; both mistakes are counted at each threshold."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve

from plot.inputs.predictions import Predictions
from plot.statistics.operating_points import (
    PositiveClass,
    positive_class_of,
    precision_recall,
    threshold_curve,
)
from tests.support.predictions import make_predictions, predictions_of


@pytest.mark.parametrize("seed", range(5))
def test_the_precision_recall_curve_equals_scikit_learn_s(seed: int) -> None:
    random = np.random.default_rng(seed)
    positive = random.random(300) < 0.3
    chance = np.round(np.clip(positive * 0.3 + random.random(300) * 0.7, 0, 1), 2)  # many ties
    recall, precision, average = precision_recall(positive, chance)
    theirs_precision, theirs_recall, _ = precision_recall_curve(positive, chance)
    # scikit-learn goes from the lowest threshold up, and adds the point at recall 0.
    assert recall.tolist() == pytest.approx(theirs_recall[-2::-1].tolist())
    assert precision.tolist() == pytest.approx(theirs_precision[-2::-1].tolist())
    assert average == pytest.approx(average_precision_score(positive, chance))


def test_the_positive_class_is_not_good_or_else_the_smaller() -> None:
    four = make_predictions(["Good", "oil", "stain"], 30)
    positive = positive_class_of(four, {})
    assert positive == PositiveClass("any other class", "Good", "of its name")
    two = make_predictions(["a", "b"], 30)
    assert positive_class_of(two, {"a": 5, "b": 9}) == PositiveClass(
        "a", "b", "it has more training images"
    )
    assert positive_class_of(make_predictions(["a", "b", "c"], 30), {}) is None


def test_a_threshold_curve_counts_both_mistakes() -> None:
    predictions = Predictions(
        classes=("good", "oil"),
        files=tuple("abcdef"),
        truth=np.array([0, 0, 0, 1, 1, 1]),
        predicted=np.array([0, 0, 1, 0, 1, 1]),
        confidence=np.full(6, 0.5),
        probabilities=np.array([[p, 1 - p] for p in (0.99, 0.9, 0.45, 0.6, 0.2, 0.1)]),
    )
    curve = threshold_curve(predictions, PositiveClass("oil", "good", ""))
    assert curve is not None
    half = next(row for row in curve.points if row.threshold == 0.5)
    assert (half.missed.hits, half.missed.of) == (1, 3)
    assert (half.false_rejects.hits, half.false_rejects.of) == (1, 3)
    assert half.precision.value == pytest.approx(2 / 3)
    assert curve.zero_misses is not None
    assert curve.zero_misses.threshold == pytest.approx(0.4)
    assert (curve.zero_misses.missed.hits, curve.zero_misses.false_rejects.hits) == (0, 1)
    assert curve.zero_false_rejects is not None
    assert curve.zero_false_rejects.threshold == pytest.approx(0.8)
    assert curve.zero_false_rejects.missed.hits == 1
    assert curve.zero_false_rejects.false_rejects.hits == 0


def test_a_threshold_curve_needs_good_images_and_defects() -> None:
    only_good = predictions_of(["good", "oil"], [0, 0], [0, 1])
    assert threshold_curve(only_good, PositiveClass("oil", "good", "")) is None


def test_a_long_curve_is_thinned_for_drawing() -> None:
    curve = threshold_curve(
        make_predictions(["good", "oil"], 5000), PositiveClass("oil", "good", "")
    )
    assert curve is not None
    assert len(curve.recall) <= 400
    assert curve.recall[-1] == 1
