"""Every figure equals scikit-learn's on random predictions."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    balanced_accuracy_score,
    confusion_matrix,
    precision_recall_curve,
    precision_recall_fscore_support,
)

from plot.inputs.predictions import Predictions
from plot.statistics.calibration import calibrate
from plot.statistics.metrics import score
from plot.statistics.operating_points import (
    PositiveClass,
    positive_class_of,
    precision_recall,
    threshold_curve,
)
from tests.support.predictions import make_predictions

CASES = [(2, 3, 0), (2, 50, 1), (4, 240, 2), (7, 900, 3), (30, 400, 4), (50, 60, 5)]


def names(count: int) -> list[str]:
    return [f"class {k:02}" for k in range(count)]


@pytest.mark.parametrize(("classes", "images", "seed"), CASES)
def test_scores_are_scikit_learns(classes: int, images: int, seed: int) -> None:
    predictions = make_predictions(names(classes), images, seed, skill=1.5)
    truth, predicted, labels = predictions.truth, predictions.predicted, range(classes)
    scores = score(predictions)
    expected = precision_recall_fscore_support(
        truth, predicted, labels=labels, zero_division=np.nan
    )
    assert scores.confusion.tolist() == confusion_matrix(truth, predicted, labels=labels).tolist()
    assert scores.accuracy.value == pytest.approx(accuracy_score(truth, predicted))
    for ours, theirs in zip(
        (
            [one.precision.value for one in scores.by_class],
            [one.recall.value for one in scores.by_class],
            [one.f1.value for one in scores.by_class],
            [one.images for one in scores.by_class],
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


def test_the_weakest_class_is_the_one_found_least() -> None:
    scores = score(predictions_of(["good", "oil"], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1]))
    assert scores.weakest is not None
    assert (scores.weakest.name, scores.weakest.recall.value) == ("oil", 0.5)
    assert scores.mistakes == 1


def predictions_of(classes: list[str], truth: list[int], predicted: list[int]) -> Predictions:
    confidence = np.full(len(truth), math.nan)
    files = tuple(f"{n}.png" for n in range(len(truth)))
    return Predictions(tuple(classes), files, np.array(truth), np.array(predicted), confidence)


@pytest.mark.parametrize(("classes", "images", "seed"), CASES)
def test_calibration_is_scikit_learns(classes: int, images: int, seed: int) -> None:
    predictions = make_predictions(names(classes), images, seed, skill=1.5)
    calibration = calibrate(predictions)
    right, confidence = calibration_curve(predictions.right, predictions.confidence, n_bins=10)
    assert calibration is not None
    assert [one.right.value for one in calibration.bins] == pytest.approx(list(right))
    assert [one.confidence for one in calibration.bins] == pytest.approx(list(confidence))
    assert calibration.images == images


def test_certainty_belongs_to_the_last_bin_and_unknown_to_none() -> None:
    predictions = predictions_of(["a", "b"], [0, 1, 1], [0, 1, 0])
    predictions.confidence[:2] = (1.0, 0.0)
    calibration = calibrate(predictions)
    assert calibration is not None
    assert [(one.low, one.right.of) for one in calibration.bins] == [(0.0, 1), (0.9, 1)]
    assert calibrate(predictions_of(["a"], [0], [0])) is None


def test_an_overconfident_model_is_called_one() -> None:
    predictions = predictions_of(["a", "b"], [0, 1, 0, 1], [0, 0, 0, 0])
    predictions.confidence[:] = 0.99
    calibration = calibrate(predictions)
    assert calibration is not None
    assert "overconfident" in calibration.sentence
    assert calibration.error == pytest.approx(0.49)


@pytest.mark.parametrize("seed", range(5))
def test_the_curve_is_scikit_learns(seed: int) -> None:
    random = np.random.default_rng(seed)
    positive = random.random(300) < 0.3
    chance = np.round(np.clip(positive * 0.3 + random.random(300) * 0.7, 0, 1), 2)  # many ties
    recall, precision, average = precision_recall(positive, chance)
    theirs_precision, theirs_recall, _ = precision_recall_curve(positive, chance)
    # scikit-learn goes from the lowest threshold up, and adds the point at recall 0.
    assert recall.tolist() == pytest.approx(theirs_recall[-2::-1].tolist())
    assert precision.tolist() == pytest.approx(theirs_precision[-2::-1].tolist())
    assert average == pytest.approx(average_precision_score(positive, chance))


def test_good_is_what_is_accepted() -> None:
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
    assert (curve.zero_false_rejects.missed.hits, curve.zero_false_rejects.false_rejects.hits) == (
        1,
        0,
    )


def test_a_threshold_curve_needs_both_kinds_and_probabilities() -> None:
    only_good = predictions_of(["good", "oil"], [0, 0], [0, 1])
    assert threshold_curve(only_good, PositiveClass("oil", "good", "")) is None


def test_a_long_curve_is_thinned_for_drawing() -> None:
    curve = threshold_curve(
        make_predictions(["good", "oil"], 5000), PositiveClass("oil", "good", "")
    )
    assert curve is not None
    assert len(curve.recall) <= 400
    assert curve.recall[-1] == 1
