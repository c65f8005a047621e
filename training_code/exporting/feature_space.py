"""Where a drop's images lie in the feature space of the exported network.

A frozen network hasn't learned from any of them, so each can be held out. The features of a network
that was trained whole fit its training images better than new ones: only the validation images,
which it hasn't seen, tell how far away ordinary images are.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from exporting.novelty import FeatureSpace
from judging.folds import Judged, Rows
from learning import batches
from learning.efficientnet_lite0 import FEATURES
from learning.fit import Learner
from learning.transfer import Array
from loading.dataset import ImageData

_AT_ONCE = 256  # images whose pixels are copied


def of(
    learner: Learner, model: Any, data: ImageData, judged: Judged, check: Callable[[], None]
) -> FeatureSpace:
    """Return the space of what a learner has learned; `model` is the exported network.

    Training images come first.

    `check` is called between batches and may raise.
    """
    sides = (data.train, data.validation)
    is_training = np.repeat([True, False], [len(side.files) for side in sides])
    frozen = learner.features
    width = int(model.layers[-1].input.shape[-1])
    return FeatureSpace(
        labels=np.concatenate([side.labels for side in sides]),
        clusters=judged.clusters,
        is_known=np.ones_like(is_training) if frozen else is_training,
        is_measured=np.ones_like(is_training) if frozen else ~is_training,
        features=_computed(learner) if frozen else _computing(model, data, check),
        width=width,
        averages=FEATURES if frozen else width,
        measured_on="all" if frozen else "validation",
    )


def _computed(learner: Learner) -> Callable[[Rows], Array]:
    features = learner.features
    assert features is not None
    standardised = np.concatenate([features.train[0], features.validation])

    def of_rows(rows: Rows) -> Array:
        return np.asarray(standardised[rows] * features.deviation + features.mean)

    return of_rows


def _computing(model: Any, data: ImageData, check: Callable[[], None]) -> Callable[[Rows], Array]:
    extractor = keras.Model(model.input, model.layers[-1].input)
    split = len(data.train.files)

    def extracted(pixels: Any) -> Any:
        check()
        return extractor(pixels, training=False)

    def of_rows(rows: Rows) -> Array:
        parts = []
        for start in range(0, len(rows), _AT_ONCE):
            chosen = rows[start : start + _AT_ONCE]
            learned, unseen = chosen[chosen < split], chosen[chosen >= split] - split
            pixels = [data.train.pixels[learned], data.validation.pixels[unseen]]
            parts.append(batches.answers(extracted, np.concatenate(pixels)))
        return np.concatenate(parts)

    return of_rows
