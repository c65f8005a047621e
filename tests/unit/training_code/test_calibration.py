"""Temperature scaling: finds the temperature of drawn answers, and changes no prediction."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from judging import calibration


def softmax(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)


def drawn(temperature: float, images: int = 20_000) -> tuple[Any, Any]:
    """Return answers, and classes that are as probable as the answers with the temperature say."""
    numbers = np.random.default_rng(0)
    scores = numbers.normal(0, 3, (images, 4))
    truth = softmax(scores / temperature).cumsum(axis=1)
    labels = (numbers.random((images, 1)) > truth).sum(axis=1).clip(0, 3)
    return softmax(scores), labels.astype(np.int32)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
def test_the_temperature_that_the_classes_were_drawn_with_is_found(temperature: float) -> None:
    assert calibration.fit(*drawn(temperature)) == pytest.approx(temperature, rel=0.03)


ANSWERS = arrays(
    np.float64, st.tuples(st.integers(1, 9), st.integers(2, 5)), elements=st.floats(-9, 9)
)


@given(ANSWERS, st.floats(calibration.LEAST, calibration.MOST))
def test_no_prediction_changes(scores: npt.NDArray[np.float64], temperature: float) -> None:
    answers = softmax(scores)
    scaled = calibration.apply(answers, temperature)
    np.testing.assert_allclose(scaled.sum(axis=1), 1, atol=1e-5)
    # Two that were as good as equal may become equal.
    chosen = np.take_along_axis(scaled, answers.argmax(axis=1)[:, None], axis=1)[:, 0]
    np.testing.assert_array_equal(chosen, scaled.max(axis=1))


@given(ANSWERS, st.floats(calibration.LEAST, calibration.MOST))
def test_the_answers_before_can_be_had_again(
    scores: npt.NDArray[np.float64], temperature: float
) -> None:
    answers = softmax(scores)
    scaled = calibration.apply(answers, temperature)
    likely = scaled.min(axis=1) > 1e-30  # what 32 bits can hold
    again = calibration.apply(scaled[likely], 1 / temperature)
    np.testing.assert_allclose(again, answers[likely], atol=1e-3)


@given(ANSWERS, st.data())
def test_the_temperature_is_bounded_whatever_the_answers(
    scores: npt.NDArray[np.float64], data: st.DataObject
) -> None:
    images, classes = scores.shape
    labels = data.draw(arrays(np.int32, images, elements=st.integers(0, classes - 1)))
    temperature = calibration.fit(softmax(scores), labels)
    assert calibration.LEAST <= temperature <= calibration.MOST
    assert temperature == calibration.fit(softmax(scores), labels)


@pytest.mark.parametrize("images", [5, 50, 500])
def test_being_always_right_does_not_make_certain(images: int) -> None:
    labels = np.arange(images, dtype=np.int32) % 3
    answers = softmax(2.0 * np.eye(3)[labels])
    temperature = calibration.fit(answers, labels)
    confidence = calibration.apply(answers, temperature).max(axis=1)
    np.testing.assert_allclose(confidence, (images + 1) / (images + 2), atol=1e-4)


def test_certain_mistakes_make_doubtful() -> None:
    answers = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32)
    temperature = calibration.fit(answers, np.array([0, 1, 1, 0], np.int32))
    assert temperature == pytest.approx(calibration.MOST, rel=1e-6)


def test_without_an_image_nothing_is_scaled() -> None:
    assert calibration.fit(np.empty((0, 3), np.float32), np.empty(0, np.int32)) == 1.0


def test_a_network_answers_as_scaled() -> None:
    inputs = keras.Input((6,))
    outputs = keras.layers.Dense(3, activation="softmax", bias_initializer="normal")(inputs)
    model = keras.Model(inputs, outputs)
    taken = np.random.default_rng(0).normal(0, 1, (8, 6)).astype(np.float32)
    before = np.asarray(model(taken))
    calibration.put_into(model, 2.5)
    np.testing.assert_allclose(model(taken), calibration.apply(before, 2.5), atol=1e-6)
