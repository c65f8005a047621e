"""Writes the trained model in every format, loads each again, and checks that they agree."""

import io
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from warnings import catch_warnings

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from documents import CodedWarning, warnings_with
from exporting import saved_model
from failure import JobError
from judging import calibration
from judging.calibration import Probabilities
from learning.batches import answers
from loading.dataset import ImageData
from reading.pixels import Pixels

_COMPARED = 32  # images
# Of a probability. Within it the class is the same, unless two are as good as equally probable.
_TOLERANCE = 1e-4
_TOLERANCE_LITE = 1e-2  # its weights have 16 bits, if that is enough
_TOLERANCE_TRAINED = 0.1  # of a network that computed in 16 bits; a wrong one is off by far more
_LONGEST_REASON = 300  # characters


@dataclass(frozen=True)
class Exported:
    """The exported model: the SavedModel, loaded again, and the network in 32 bits.

    warnings: formats that couldn't be written, and files that the SavedModel reads differently.
    """

    service: Any
    model: Any
    warnings: list[CodedWarning]

    def predict(self, pixels: Pixels, batch_size: int) -> Probabilities:
        """Return the SavedModel's probabilities for uint8 (images, size, size, 3)."""
        return answers(
            lambda pixels: self.service.serve_pixels(pixels)["probabilities"], pixels, batch_size
        )


def save(
    model: Any, data: ImageData, folder: Path, root: Path, temperature: float = 1.0
) -> Exported:
    """Write model.keras, saved_model/, model.tflite, labels.json and preprocessing.json.

    All answer as the model does after its scores were divided by the temperature. Every format is
    loaded again and run on a few of the validation images, whose files are under `root`. Raises
    JobError when model.keras or saved_model/ disagree with the trained model or predict something
    that isn't a number. A model.tflite that can't be made or disagrees, and image files that are
    read differently, are warnings: the training is complete and paid for.
    """
    validation = data.validation
    images = len(validation.files)
    # Evenly from the first to the last, so that every large class is among them.
    chosen = np.unique(np.linspace(0, images - 1, min(_COMPARED, images)).astype(np.int64))
    sample = validation.pixels[chosen]
    folder.mkdir(parents=True, exist_ok=True)
    with _computing_in_32_bits():
        plain = in_32_bits(model)
        expected = answers(plain, sample)
        in_16_bits = any(layer.compute_dtype != "float32" for layer in model.layers)
        tolerance = _TOLERANCE_TRAINED if in_16_bits else _TOLERANCE
        _agree("network in 32 bits", answers(model, sample), expected, tolerance)
        calibration.put_into(plain, temperature)
        expected = answers(plain, sample)
        _write_json(folder / "labels.json", data.classes)
        described = saved_model.describe(plain.input_shape[1], data.depth)
        _write_json(folder / "preprocessing.json", described)
        _save_keras(plain, folder / "model.keras", sample, expected)
        service = _save_service(plain, folder / "saved_model", sample, expected, data.depth)
        alike = {
            root / validation.files[row]: answer
            for row, answer in zip(chosen, expected, strict=True)
            if validation.files[row] not in validation.differing
            and (root / validation.files[row]).is_file()  # not if its name isn't UTF-8
        }
        reading = _check_from_bytes(service, alike)
        without_lite = _save_lite(plain, folder / "model.tflite", sample, expected)
    return Exported(service, plain, warnings_with({"reading": reading, "tflite": without_lite}))


def in_32_bits(model: Any) -> Any:
    """Return a copy of a functional model that computes in float32 and on one device.

    Without its loss and optimizer: those who load it should not need this code.
    """

    def copied(layer: Any) -> Any:
        config = layer.get_config() | {"dtype": "float32"}
        if "synchronized" in config:
            config["synchronized"] = False
        return type(layer).from_config(config)

    layers = keras.Model(model.input, model.output, name=model.name)
    copy = keras.models.clone_model(layers, clone_function=copied)
    copy.set_weights(model.get_weights())
    return copy


def _save_keras(plain: Any, file: Path, sample: Pixels, expected: Probabilities) -> None:
    plain.save(file)
    _agree(file.name, expected, answers(keras.models.load_model(file), sample))


def _save_service(
    plain: Any, folder: Path, sample: Pixels, expected: Probabilities, depth: int
) -> Any:
    """Write the SavedModel and return it, loaded again."""
    service = saved_model.save(plain, folder, depth)
    answered = answers(lambda pixels: service.serve_pixels(pixels)["probabilities"], sample)
    _agree(folder.name, expected, answered)
    return service


def _check_from_bytes(service: Any, expected: dict[Path, Probabilities]) -> str | None:
    """Run the SavedModel on files, and warn of those it doesn't read as the training does."""
    differing = [
        file.name
        for file, answer in expected.items()
        if not np.abs(_from_bytes(service, file) - answer).max() <= _TOLERANCE
    ]
    if not differing:
        return None
    return (
        f"saved_model reads {len(differing)} of {len(expected)} image files differently from "
        f"the training: {', '.join(differing)}. Send such files as pixels (serve_pixels)."
    )


def _from_bytes(service: Any, file: Path) -> Probabilities:
    """Return the probabilities (classes,); not a number where TensorFlow can't decode the file."""
    data = tf.constant([file.read_bytes()])
    try:
        answered = service.signatures["serving_default"](image_bytes=data)["probabilities"]
    except tf.errors.OpError:
        return np.array([np.nan], np.float32)
    return np.asarray(answered[0], np.float32)


def _save_lite(plain: Any, file: Path, sample: Pixels, expected: Probabilities) -> str | None:
    """Write model.tflite, with weights in 32 bits if 16 aren't enough; or return why there is none.

    A sure network answers otherwise where its weights are rounded.
    """
    file.unlink(missing_ok=True)
    pixels, reason = sample.astype(np.float32), None
    for bits in (16, 32):
        try:
            content = convert_to_lite(with_features(plain), bits)
            _agree(file.name, expected, answers_of_lite(content, pixels), _TOLERANCE_LITE)
        # The converter raises errors of many types for what it doesn't know.
        except Exception as error:
            reason = f"There is no {file.name}: {' '.join(str(error).split())[:_LONGEST_REASON]}"
            continue
        file.write_bytes(content)
        return None
    return reason


def with_features(model: Any) -> Any:
    """Return the same model with a second output: what its last layer sees."""
    return keras.Model(model.input, [model.output, model.layers[-1].input], name=model.name)


def convert_to_lite(model: Any, bits: int = 16) -> bytes:
    """Return a model.tflite of a Keras model, with weights of 16 or 32 bits.

    The converter is always given the Keras model: from functions of a module with a Keras model it
    silently makes a file that predicts NaN.
    """
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if bits == 16:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    with _quiet():
        return bytes(converter.convert())


def answers_of_lite(content: bytes, pixels: npt.NDArray[np.float32], output: int = 0) -> Any:
    """Return what an output gives for float32 (images, size, size, 3): 0 the probabilities."""
    with _quiet():
        answer = tf.lite.Interpreter(model_content=content).get_signature_runner()
        (entry,) = answer.get_input_details()
        answered = [answer(**{entry: picture[None]}) for picture in pixels]
    return np.concatenate([outputs[f"output_{output}"] for outputs in answered])


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep TensorFlow's messages about its own workings, from Python and C++, out of the log."""
    sys.stderr.flush()
    with (
        tempfile.TemporaryFile() as nowhere,
        catch_warnings(action="ignore"),
        redirect_stdout(io.StringIO()),
    ):
        stderr = os.dup(2)
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def _agree(
    name: str, expected: Probabilities, answered: Probabilities, tolerance: float = _TOLERANCE
) -> None:
    if not np.isfinite(answered).all():
        raise JobError(f"The exported {name} predicts something that isn't a number.")
    difference = float(np.abs(expected - answered).max())
    if not difference <= tolerance:
        raise JobError(
            f"The exported {name} differs from the trained model by {difference:.4f} in a "
            "probability: it is not usable."
        )


@contextmanager
def _computing_in_32_bits() -> Iterator[None]:
    """Build and load layers that compute in float32 unless they say otherwise."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _write_json(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
