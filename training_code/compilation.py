"""Gives a model its loss, its optimizer with the learning rate over time, and its metrics."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from hyperparameters import Recipe

_WARM_UP = 0.1  # share of all steps
_FIRST_RATE = 0.1  # of the peak


class MacroF1(keras.metrics.F1Score):  # type: ignore[misc]  # Keras publishes no types
    """The mean of the classes' F1, over those that occur in the images or in the answers.

    A rare class counts as much as a common one, so ignoring it costs as much. Keras' own average
    takes a class without an image for one that is always wrong.
    """

    def __init__(self) -> None:
        super().__init__(average=None, name="macro_f1")

    def result(self) -> Any:
        """Return one number, 0 to 1."""
        count = self.true_positives + self.false_positives + self.false_negatives
        occurs = keras.ops.cast(count > 0, "float32")
        return keras.ops.sum(super().result() * occurs) / keras.ops.sum(occurs)


def compile_model(model: Any, recipe: Recipe, learning_rate: float, steps: int) -> None:
    """Compile a model for a training of that many steps.

    Keras compiles the steps with XLA where there is one GPU, and leaves it on a CPU, which gains
    nothing by it, and on several GPUs.
    """
    rate = schedule(learning_rate, steps) if recipe.rate_decays else learning_rate
    model.compile(
        _optimizer(rate, recipe.weight_decay),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing),
        metrics=["accuracy", MacroF1()],
    )
    # Now rather than at the first step, so that a checkpoint can be loaded before it.
    model.optimizer.build(model.trainable_variables)


def _optimizer(rate: Any, weight_decay: float) -> Any:
    if weight_decay == 0:
        return keras.optimizers.Adam(rate)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=weight_decay)
    # Decaying an offset or a scale does not make a network simpler: https://arxiv.org/abs/1706.05350
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    return optimizer


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


def class_weights(counts: npt.NDArray[np.int64], recipe: Recipe) -> npt.NDArray[np.float32]:
    """Weigh a class by 1 / sqrt(its images), so that the mean weight of an image is 1.

    The square root stands between ignoring a rare class and letting its few images shout down all
    others: https://arxiv.org/abs/1805.00932, section 2.2. A recipe may weigh all images alike.
    """
    if not recipe.weighs_classes:
        return np.ones(len(counts), np.float32)
    weights = 1 / np.sqrt(counts)
    weights *= counts.sum() / (weights * counts).sum()
    return weights.astype(np.float32)
