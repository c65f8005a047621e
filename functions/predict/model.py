"""The network of a run, run by LiteRT: squares in, probabilities and novelty out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

from common import keys
from common.model_files import KNOWN_IMAGES, LABELS, NETWORK, NOVELTY, PREPROCESSING
from common.s3 import Bucket
from predict.errors import ModelError
from predict.novelty import Floats, KnownImages, read_known_images

PROBABILITIES, FEATURES = "output_0", "output_1"
REQUIRED = (NETWORK, LABELS, PREPROCESSING)
OPTIONAL = (KNOWN_IMAGES, NOVELTY)  # models of earlier versions have none
FULL_DEPTH = 16  # bits; models of earlier versions don't say how many are in use


class Predicted(NamedTuple):
    """Row i is image i: float32 (images, classes), and (images,) or None if it isn't measured."""

    probabilities: Floats
    novelty: Floats | None


@dataclass(frozen=True)
class Model:
    """A run's network; it takes squares of `size` pixels, of files of 16 bits `depth` in use."""

    run: str
    classes: tuple[str, ...]
    size: int
    depth: int
    runner: Any  # LiteRT publishes no types
    known_images: KnownImages | None

    def judge(self, squares: npt.NDArray[np.uint8]) -> Predicted:
        """Judge uint8 (images, size, size, 3), one after the other: there is one core."""
        answers = [self.runner(pixels=square[None].astype(np.float32)) for square in squares]
        probabilities = np.concatenate([answer[PROBABILITIES] for answer in answers])
        if self.known_images is None or FEATURES not in answers[0]:
            return Predicted(probabilities, None)
        features = np.concatenate([answer[FEATURES] for answer in answers])
        return Predicted(probabilities, self.known_images.novelty(features))


def read_model(bucket: Bucket, run: str) -> Model:
    """Read the model that plot put beside the report of a run.

    Raises:
        ModelError: a file is missing or damaged.
    """
    keys_of = {name: keys.run_model_file(run, name) for name in (*REQUIRED, *OPTIONAL)}
    bodies = {name: bucket.get(key) for name, key in keys_of.items()}
    return model_of(run, {name: body for name, body in bodies.items() if body is not None})


def model_of(run: str, files: Mapping[str, bytes]) -> Model:
    """Make the model of its files, by name.

    Raises:
        ModelError: a file is missing or damaged.
    """
    if missing := [name for name in REQUIRED if name not in files]:
        raise ModelError(f"the model of run {run} is incomplete: {', '.join(missing)} is missing")
    try:
        described = json.loads(files[PREPROCESSING])
        size, depth = int(described["image_size"][0]), int(described.get("depth", FULL_DEPTH))
        classes = tuple(str(name) for name in json.loads(files[LABELS]))
        # The function has one core, whatever number the system gives.
        interpreter = Interpreter(model_content=files[NETWORK], num_threads=1)
        runner = interpreter.get_signature_runner()
    except (ValueError, LookupError, TypeError, RuntimeError) as error:
        raise ModelError(f"the model of run {run} can't be used: {error}") from error
    has_known_images = all(name in files for name in OPTIONAL)
    known = read_known_images(*(files[name] for name in OPTIONAL)) if has_known_images else None
    return Model(run, classes, size, depth, runner, known)
