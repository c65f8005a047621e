"""The export, without training."""

from pathlib import Path

import keras
import numpy as np
import pytest

import cnn
import export
from failure import JobError

# Keras 3.15 asks TensorFlow's arrays for themselves in a way numpy 2 no longer likes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SIDE = 16


def test_the_exported_model_answers_like_the_trained_one(tmp_path: Path) -> None:
    model = cnn.build(SIDE, classes=3, batch_size=4)
    pixels = np.random.default_rng(0).integers(0, 256, (11, SIDE, SIDE, 3), dtype=np.uint8)
    served = export.save(model, ["a", "b", "ü"], tmp_path, pixels)
    answers = export.predict(served, pixels, batch_size=4)
    np.testing.assert_allclose(answers, model.predict(pixels, verbose=0), atol=1e-5)
    assert (tmp_path / "labels.json").read_text("utf-8") == '["a", "b", "ü"]'
    assert keras.models.load_model(tmp_path / "model.keras").input_shape == (None, SIDE, SIDE, 3)


def test_a_model_that_answers_nonsense_is_not_handed_over(tmp_path: Path) -> None:
    model = cnn.build(SIDE, classes=3, batch_size=4)
    model.layers[-1].bias.assign([float("nan")] * 3)
    with pytest.raises(JobError, match="not a number"):
        export.save(model, ["a", "b", "c"], tmp_path, np.zeros((2, SIDE, SIDE, 3), np.uint8))
