"""Writes the trained model in the forms others load, and proves that they load and agree."""

import json
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from failure import JobError
from images import Pixels

Probabilities = npt.NDArray[np.float32]  # (images, classes)
_COMPARED = 8  # images
_TOLERANCE = 1e-3  # of a probability; other operations may round differently


def save(model: Any, classes: list[str], folder: Path, pixels: Pixels) -> Any:
    """Write model.keras, saved_model/ and labels.json and return the SavedModel, loaded again.

    `pixels` are images of which a few are shown to the trained model and to both files; raises
    JobError when they disagree or an answer is not a number. Call the result's `serve` with float32
    (batch, size, size, 3), 0 to 255.
    """
    folder.mkdir(parents=True, exist_ok=True)
    keras_file, saved_model = folder / "model.keras", folder / "saved_model"
    shutil.rmtree(saved_model, ignore_errors=True)
    model.save(keras_file)
    model.export(saved_model, verbose=False)
    (folder / "labels.json").write_text(json.dumps(classes, ensure_ascii=False), "utf-8")

    sample = pixels[:_COMPARED].astype(np.float32)
    expected = np.asarray(model(sample, training=False))
    served = tf.saved_model.load(str(saved_model))
    _agree("model.keras", expected, np.asarray(keras.models.load_model(keras_file)(sample)))
    _agree("saved_model", expected, np.asarray(served.serve(sample)))
    return served


def predict(served: Any, pixels: Pixels, batch_size: int) -> Probabilities:
    """Ask the exported model about uint8 (images, size, size, 3)."""
    answers = [
        np.asarray(served.serve(pixels[start : start + batch_size].astype(np.float32)))
        for start in range(0, len(pixels), batch_size)
    ]
    return np.concatenate(answers)


def _agree(name: str, expected: Probabilities, loaded: Probabilities) -> None:
    if not np.isfinite(loaded).all():
        raise JobError(f"The exported {name} answers with something that is not a number.")
    difference = float(np.abs(expected - loaded).max())
    if difference > _TOLERANCE:
        raise JobError(
            f"The exported {name} differs from the trained model by {difference:.4f} in a "
            "probability: it is not usable."
        )
