"""The network of a run, run by LiteRT: squares in, probabilities and novelty out."""

from __future__ import annotations

import json
import os
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
    network, labels, steps = (_file(bucket, run, name) for name in (NETWORK, LABELS, PREPROCESSING))
    known, novelty = (
        bucket.get(keys.run_model_file(run, name)) for name in (KNOWN_IMAGES, NOVELTY)
    )
    try:
        described = json.loads(steps)
        runner = Interpreter(
            model_content=network, num_threads=os.cpu_count()
        ).get_signature_runner()
        classes = tuple(str(name) for name in json.loads(labels))
        size, depth = int(described["image_size"][0]), int(described.get("depth", FULL_DEPTH))
    except (ValueError, LookupError, TypeError, RuntimeError) as error:
        raise ModelError(f"the model of run {run} can't be used: {error}") from error
    known_images = read_known_images(known, novelty) if known and novelty else None
    return Model(run, classes, size, depth, runner, known_images)


def _file(bucket: Bucket, run: str, name: str) -> bytes:
    body = bucket.get(keys.run_model_file(run, name))
    if body is None:
        raise ModelError(f"{keys.run_model_file(run, name)} is not in the bucket")
    return body
