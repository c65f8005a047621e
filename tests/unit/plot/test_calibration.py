"""The bins equal scikit-learn's on random predictions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from plot.statistics.calibration import calibrate
from tests.support.predictions import CASES, class_names, make_predictions, predictions_of


@pytest.mark.parametrize(("classes", "images", "seed"), CASES)
def test_calibration_equals_scikit_learn_s(classes: int, images: int, seed: int) -> None:
    predictions = make_predictions(class_names(classes), images, seed, skill=1.5)
    calibration = calibrate(predictions)
    right, confidence = calibration_curve(predictions.right, predictions.confidence, n_bins=10)
    assert calibration is not None
    bins = calibration.after.bins
    assert [group.right.value for group in bins] == pytest.approx(list(right))
    assert [group.confidence for group in bins] == pytest.approx(list(confidence))
    assert sum(group.right.of for group in bins) == calibration.images == images


def test_certainty_belongs_to_the_last_bin_and_nan_to_none() -> None:
    predictions = predictions_of(["a", "b"], [0, 1, 1], [0, 1, 0])
    predictions.confidence[:2] = (1.0, 0.0)
    calibration = calibrate(predictions)
    assert calibration is not None
    assert [(group.low, group.right.of) for group in calibration.after.bins] == [(0.0, 1), (0.9, 1)]
    assert calibrate(predictions_of(["a"], [0], [0])) is None


def test_an_overconfident_model() -> None:
    predictions = predictions_of(["a", "b"], [0, 1, 0, 1], [0, 0, 0, 0])
    predictions.confidence[:] = 0.99
    calibration = calibrate(predictions)
    assert calibration is not None
    assert "overconfident" in calibration.sentence
    assert calibration.after.error == pytest.approx(0.49)


def test_before_scaling_it_was_the_softmax_of_the_undivided_logits() -> None:
    random = np.random.default_rng(0)
    truth = random.integers(0, 3, 400)
    logits = 2 * random.normal(size=(400, 3))
    logits[np.arange(400), truth] += 3
    before, after = (np.exp(z) / np.exp(z).sum(axis=1, keepdims=True) for z in (logits, logits / 2))
    predicted = logits.argmax(axis=1)
    unscaled = replace(
        predictions_of(["a", "b", "c"], [*truth], [*predicted]), confidence=before.max(axis=1)
    )
    scaled = replace(unscaled, confidence=after.max(axis=1), probabilities=np.round(after, 6))
    expected, calibration = calibrate(unscaled), calibrate(scaled, temperature=2.0)
    assert expected is not None
    assert calibration is not None
    assert calibration.before is not None
    assert calibration.before.error == pytest.approx(expected.after.error, abs=1e-4)
    assert calibration.before.mean_confidence > calibration.after.mean_confidence
    assert calibration.sentence.endswith(
        "Before temperature scaling (temperature 2.00) the mean confidence was "
        f"{100 * calibration.before.mean_confidence:.1f} % and the error "
        f"{100 * calibration.before.error:.1f} percentage points."
    )


@pytest.mark.parametrize("temperature", [1e-9, 1000.0])
def test_no_temperature_divides_by_zero(temperature: float) -> None:
    impossible = replace(
        predictions_of(["a", "b"], [0, 1], [0, 0]),
        confidence=np.array([0.0, 1e-6]),
        probabilities=np.array([[0.0, 0.0], [1e-6, 0.0]]),
    )
    calibration = calibrate(impossible, temperature)
    assert calibration is not None
    assert calibration.before is not None
    assert 0 <= calibration.before.mean_confidence <= 1


def test_without_a_temperature_there_is_no_before() -> None:
    calibration = calibrate(make_predictions(["a", "b"], 50))
    assert calibration is not None
    assert calibration.before is None
    assert "scaling" not in calibration.sentence
