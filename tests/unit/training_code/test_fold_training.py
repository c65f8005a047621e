"""Networks of the folds: none learns from what it judges, and each judges as if trained alone."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hyperparameters
from failure import Interrupted
from judging import fold_training
from judging.fold_training import FoldPlan
from learning import batches, fit, transfer
from learning.transfer import Features
from loading.channel import Channel
from loading.dataset import ImageData

# Keras 3.15 asks TensorFlow's arrays for themselves in a way numpy 2 no longer likes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

CLASSES = ["good", "oil", "scratch"]
TRAIN, VALIDATION, WIDTH = 40, 14, 8
FOLDS = np.arange(TRAIN + VALIDATION) % 3 + 1
LABELS = np.random.default_rng(1).integers(0, 3, TRAIN + VALIDATION).astype(np.int32)


def data(labels: Any = LABELS, size: int = 16) -> ImageData:
    """Pictures whose brightness tells the class, more or less."""
    numbers = np.random.default_rng(0)
    pixels = (
        numbers.integers(0, 120, (len(labels), size, size, 3)) + 60 * LABELS[:, None, None, None]
    )
    rows = np.split(np.arange(len(labels)), [TRAIN])
    files = [[f"{row}.png" for row in side] for side in rows]
    train, validation = (
        Channel(names, labels[side], pixels[side].astype(np.uint8), [])
        for names, side in zip(files, rows, strict=True)
    )
    return ImageData(CLASSES, train, validation)


def features() -> Features:
    numbers = np.random.default_rng(2)
    centres = np.eye(3, WIDTH)[LABELS] * 2
    drawn = (centres + numbers.normal(0, 1, (2, *centres.shape))).astype(np.float32)
    return Features(drawn[:, :TRAIN], drawn[0, TRAIN:], np.zeros(WIDTH), np.ones(WIDTH))


def plan(kept: Path, architecture: str, **changed: Any) -> FoldPlan:
    settings = hyperparameters.parse(
        {"architecture": architecture, "epochs": "2", "image-size": "32", "batch-size": "8"}
    )
    common = FoldPlan(FOLDS, 2, replace(settings, image_size=16), None, kept, lambda: None)
    return replace(common, **changed)


def of_heads(kept: Path, labels: Any = LABELS, **changed: Any) -> Any:
    return fold_training.of_heads(
        data(labels), features(), plan(kept, "efficientnet-lite0", **changed)
    )


def with_others_in_fold_2() -> Any:
    """Return labels that are wrong in fold 2."""
    return np.where(FOLDS == 2, (LABELS + 1) % 3, LABELS).astype(np.int32)


def test_no_head_learns_from_the_images_that_it_judges(tmp_path: Path) -> None:
    answers, others = of_heads(tmp_path), of_heads(tmp_path, with_others_in_fold_2())
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(others[FOLDS == 2], answers[FOLDS == 2], atol=1e-6)
    assert np.abs(others[FOLDS != 2] - answers[FOLDS != 2]).max() > 1e-3


def test_heads_trained_together_answer_as_if_each_were_trained_alone(tmp_path: Path) -> None:
    epochs = {"epochs": "40", "architecture": "efficientnet-lite0", "batch-size": "8"}
    settings = hyperparameters.parse(epochs)
    together = of_heads(tmp_path, epochs=40, settings=settings)
    drawn = features()
    seen = np.concatenate([drawn.train, np.stack([drawn.validation] * 2)], axis=1)
    alone = np.zeros_like(together)
    for fold in (1, 2, 3):
        outside = fold != FOLDS
        head = transfer.head(WIDTH, len(CLASSES))
        steps = batches.steps_per_epoch(outside.sum(), 8, 8)
        fit.compile_model(head, settings.recipe, settings.learning_rate, 40 * steps)
        weights = fit.class_weights(np.bincount(LABELS[outside]), settings.recipe)
        order = batches.BatchPlan(weights, 8, 0, range(40), 8)
        shown = transfer.training_batches(seen[:, outside], LABELS[outside], order)
        head.fit(shown, epochs=40, steps_per_epoch=steps, verbose=0, shuffle=False)
        alone[~outside] = head(seen[0, ~outside])
    assert np.abs(together - alone).mean() < 0.02
    rows = np.arange(len(LABELS))
    losses = [-np.log(answers[rows, LABELS]).mean() for answers in (together, alone)]
    assert losses[0] == pytest.approx(losses[1], abs=0.03)


def of_networks(kept: Path, labels: Any = LABELS) -> Any:
    return fold_training.of_networks(data(labels), plan(kept, "tutorial"))


def test_no_network_learns_from_the_images_that_it_judges(tmp_path: Path) -> None:
    answers = of_networks(tmp_path / "one")
    others = of_networks(tmp_path / "two", with_others_in_fold_2())
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(others[FOLDS == 2], answers[FOLDS == 2], atol=1e-6)
    assert np.abs(others[FOLDS != 2] - answers[FOLDS != 2]).max() > 1e-3


def test_a_new_start_judges_only_the_folds_that_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = []

    def judge(_: Any, inside: Any, plan: FoldPlan, name: str) -> Any:
        plan.check()
        judged.append(name)
        return np.full((inside.sum(), 3), len(judged), np.float32)

    monkeypatch.setattr(fold_training, "_judge", judge)
    checks = iter(range(2))
    stopped = replace(plan(tmp_path, "tutorial"), check=lambda: interrupt_after(checks))
    with pytest.raises(Interrupted):
        fold_training.of_networks(data(), stopped)
    answers = of_networks(tmp_path)
    assert judged == [f"judging by folds: fold {fold} of 3" for fold in (1, 2, 3)]
    np.testing.assert_array_equal(answers[:, 0], FOLDS)

    other = replace(plan(tmp_path, "tutorial"), folds=FOLDS[::-1].copy())
    fold_training.of_networks(data(), other)
    assert len(judged) == 6


def interrupt_after(checks: Any) -> None:
    if next(checks, None) is None:
        raise Interrupted


def test_a_class_that_a_fold_lacks_does_not_break_the_heads(tmp_path: Path) -> None:
    labels = np.where(LABELS == 2, 0, LABELS).astype(np.int32)
    labels[FOLDS == 3] = 2
    assert np.isfinite(of_heads(tmp_path, labels)).all()
