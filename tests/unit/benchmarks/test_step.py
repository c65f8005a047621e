"""The benchmark of a training step divides by the number of steps that an epoch has."""

from __future__ import annotations

from benchmarks import step


def test_an_epoch_has_the_steps_that_it_is_divided_by():
    settings = step.hyperparameters.parse({})
    train, validation = step.images(step.STEPS * step.BATCH, 16), step.images(2, 16)
    data = step.ImageData(step.CLASSES, train, validation)

    assert settings.batch_size == step.BATCH
    assert step.fit.steps_per_epoch(data, settings) == step.STEPS
