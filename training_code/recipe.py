"""How the network learns: loss, optimizer, learning rate over time, weights for rare classes."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from batches import steps_per_epoch
from hyperparameters import Hyperparameters

_WARM_UP = 0.1  # share of all steps
_FIRST_RATE = 0.1  # of the peak
_WEIGHT_DECAY = 0.05
_LABEL_SMOOTHING = 0.1


def compile_model(model: Any, settings: Hyperparameters, images: int) -> None:
    """Give the model its loss and optimizer, for all the epochs over that many images."""
    steps = settings.epochs * steps_per_epoch(images, settings.batch_size)
    rate = schedule(settings.learning_rate, steps)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=_WEIGHT_DECAY)
    # Decaying an offset or a scale does not make a network simpler: https://arxiv.org/abs/1706.05350
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    model.compile(
        optimizer,
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=_LABEL_SMOOTHING),
        metrics=["accuracy"],
    )


def schedule(peak: float, steps: int) -> Any:
    """Rise to the peak over the first tenth of the steps, then fall to 0 along half a cosine.

    https://arxiv.org/abs/1608.03983 (cosine), https://arxiv.org/abs/1706.02677 (warm-up).
    """
    warm_up = int(_WARM_UP * steps)
    if warm_up == 0:
        return keras.optimizers.schedules.CosineDecay(peak, decay_steps=steps)
    return keras.optimizers.schedules.CosineDecay(
        _FIRST_RATE * peak,
        decay_steps=steps - warm_up,
        warmup_target=peak,
        warmup_steps=warm_up,
    )


def class_weights(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Weigh a class by 1 / sqrt(its images), so that the mean weight of an image is 1.

    The square root stands between ignoring a rare class and letting its few images shout down all
    others: https://arxiv.org/abs/1805.00932, section 2.2.
    """
    weights = 1 / np.sqrt(counts)
    weights *= counts.sum() / (weights * counts).sum()
    return weights.astype(np.float32)
