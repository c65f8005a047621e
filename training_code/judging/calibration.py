"""Makes probabilities mean what they say: temperature scaling.

The scores before the softmax are divided by one number, the temperature, with which the true
classes of images that were not trained on are the most probable: Guo, Pleiss, Sun and Weinberger,
2017, https://arxiv.org/abs/1706.04599. No prediction changes, only how sure it is.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Probabilities = npt.NDArray[np.float32]  # (images, classes)
LEAST, MOST = 0.05, 20.0  # temperatures
_SMALLEST = 1e-38  # probability; a 32 bit number holds hardly any below it
_SECTIONS = 60  # narrow the bounds to a millionth of a millionth
_GOLDEN = (np.sqrt(5) - 1) / 2


def fit(probabilities: Probabilities, labels: npt.NDArray[np.int32]) -> float:
    """Return the temperature for answers (images, classes) to images of the classes `labels`.

    The true class is taken for (n + 1) / (n + 2) of the truth, n being the number of images, and
    the others for the rest (Platt, 1999, https://doi.org/10.7551/mitpress/1113.003.0008): where all
    answers are right, no temperature is too low otherwise. 1.0 for no image.
    """
    count, classes = probabilities.shape
    if not count:
        return 1.0
    doubt = 1 / (count + 2)
    truth = np.full((count, classes), doubt / (classes - 1))
    truth[np.arange(count), labels] = 1 - doubt
    scores = _scores(probabilities)

    def loss(log_temperature: float) -> float:
        return -float((truth * _log_softmax(scores / np.exp(log_temperature))).sum())

    return float(np.exp(_minimum(loss, float(np.log(LEAST)), float(np.log(MOST)))))


def apply(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Return the answers (images, classes) of the same model with a temperature."""
    scaled = np.exp(_log_softmax(_scores(probabilities) / temperature))
    return scaled.astype(np.float32)


def put_into(model: Any, temperature: float) -> None:
    """Divide the scores of a model that ends in a dense layer with a softmax."""
    last = model.layers[-1]
    last.set_weights([weights / temperature for weights in last.get_weights()])


def _minimum(function: Any, low: float, high: float) -> float:
    """Return where a function with one minimum has it: golden-section search."""
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = function(left), function(right)
    for _ in range(_SECTIONS):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = function(right)
    return (low + high) / 2


def _scores(probabilities: Probabilities) -> npt.NDArray[np.float64]:
    """Return the scores before the softmax, but for a number that all classes of an image share."""
    return np.log(np.maximum(probabilities.astype(np.float64), _SMALLEST))


def _log_softmax(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
