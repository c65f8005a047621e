"""The bins equal scikit-learn's on random predictions."""

from __future__ import annotations

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
    assert [group.right.value for group in calibration.bins] == pytest.approx(list(right))
    assert [group.confidence for group in calibration.bins] == pytest.approx(list(confidence))
    assert sum(group.right.of for group in calibration.bins) == images


def test_certainty_belongs_to_the_last_bin_and_nan_to_none() -> None:
    predictions = predictions_of(["a", "b"], [0, 1, 1], [0, 1, 0])
    predictions.confidence[:2] = (1.0, 0.0)
    calibration = calibrate(predictions)
    assert calibration is not None
    assert [(group.low, group.right.of) for group in calibration.bins] == [(0.0, 1), (0.9, 1)]
    assert calibrate(predictions_of(["a"], [0], [0])) is None


def test_an_overconfident_model() -> None:
    predictions = predictions_of(["a", "b"], [0, 1, 0, 1], [0, 0, 0, 0])
    predictions.confidence[:] = 0.99
    calibration = calibrate(predictions)
    assert calibration is not None
    assert "overconfident" in calibration.sentence
    assert calibration.error == pytest.approx(0.49)
