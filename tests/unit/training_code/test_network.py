"""The network, its recipe, its batches and its export, without training."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import augmentation
import batches
import cnn
import export
import recipe
from channel import Channel
from failure import JobError
from hyperparameters import Hyperparameters

# Keras 3.15 asks TensorFlow's arrays for themselves in a way numpy 2 no longer likes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SIDE = 16


@pytest.fixture
def channel() -> Channel:
    """Ten images; every pixel of image i is 20 * i, and its class is i modulo 3."""
    values = np.arange(10, dtype=np.uint8) * 20
    pixels = np.ones((10, SIDE, SIDE, 3), np.uint8) * values[:, None, None, None]
    files = [f"{number}.png" for number in range(10)]
    return Channel(files, (np.arange(10) % 3).astype(np.int32), pixels, [])


@pytest.mark.parametrize(
    ("image_size", "blocks"), [(16, 2), (24, 2), (63, 3), (64, 3), (128, 4), (224, 4), (512, 6)]
)
def test_convolution_and_pooling_alternate_as_far_as_the_image_goes(
    image_size: int, blocks: int
) -> None:
    model = cnn.build(image_size, classes=5, batch_size=4)
    kinds = [type(layer).__name__ for layer in model.layers]
    shape = [kind for kind in kinds if kind in ("Conv2D", "MaxPooling2D", "Flatten", "Dense")]
    assert shape == ["Conv2D", "MaxPooling2D"] * blocks + ["Flatten", "Dense", "Dense"]
    assert kinds[1] == "Rescaling"
    answers = np.asarray(model(np.zeros((2, image_size, image_size, 3), np.float32)))
    assert answers.shape == (2, 5)
    assert answers.sum(axis=1) == pytest.approx(1, abs=1e-6)


def test_the_learning_rate_warms_up_peaks_and_ends_at_nothing() -> None:
    rates = [float(recipe.schedule(0.5, 100)(step)) for step in range(101)]
    assert rates[0] == pytest.approx(0.05)
    assert max(rates) == rates[10] == pytest.approx(0.5)
    assert rates[:11] == sorted(rates[:11])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[100] == pytest.approx(0, abs=1e-8)


def test_one_single_step_is_made_at_the_peak() -> None:
    assert float(recipe.schedule(0.5, 1)(0)) == pytest.approx(0.5)


def test_the_learning_rate_given_is_the_one_used() -> None:
    model = cnn.build(SIDE, classes=2, batch_size=4)
    settings = Hyperparameters(20, 5, 0.25, SIDE, 0)
    recipe.compile_model(model, settings, images=10)  # 2 steps per epoch, 40 in all
    rate = model.optimizer._learning_rate
    assert float(rate(4)) == pytest.approx(0.25)
    assert float(rate(40)) == pytest.approx(0, abs=1e-8)


def test_offsets_and_scales_are_not_decayed() -> None:
    model = cnn.build(SIDE, classes=2, batch_size=4)
    recipe.compile_model(model, Hyperparameters(1, 2, 0.1, SIDE, 0), images=4)
    model.optimizer.build(model.trainable_variables)
    decayed = {
        variable.path.rsplit("/", 1)[-1]
        for variable in model.trainable_variables
        if model.optimizer._use_weight_decay(variable)
    }
    assert decayed == {"kernel"}


def test_rare_classes_weigh_more_and_the_mean_image_weighs_one() -> None:
    counts = np.array([400, 100, 4])
    weights = recipe.class_weights(counts)
    assert weights.dtype == np.float32
    assert weights[2] / weights[0] == pytest.approx(10)
    assert (weights * counts).sum() / counts.sum() == pytest.approx(1)


@pytest.mark.parametrize("batch_size", [4, 10, 64])
def test_each_epoch_sees_every_image_in_full_batches(channel: Channel, batch_size: int) -> None:
    steps = batches.steps_per_epoch(10, batch_size)
    seen = list(batches.training_batches(channel, np.ones(3, np.float32), batch_size, 1, range(2)))
    assert len(seen) == 2 * steps
    assert {len(labels) for _, labels, _ in seen} == {min(batch_size, 10)}
    for epoch in (seen[:steps], seen[steps:]):
        classes = np.concatenate([np.argmax(labels, axis=1) for _, labels, _ in epoch])
        assert np.bincount(classes[:10]).tolist() == [4, 3, 3]


def test_labels_and_weights_stay_with_their_images(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(augmentation, "augment", lambda pixels, _seed: tf.cast(pixels, tf.float32))
    weights = np.array([1, 2, 3], np.float32)
    for pixels, labels, weight in batches.training_batches(channel, weights, 4, 1, range(1)):
        numbers = pixels.numpy()[:, 0, 0, 0].astype(int) // 20
        assert np.argmax(labels, axis=1).tolist() == (numbers % 3).tolist()
        assert weight.numpy().tolist() == weights[numbers % 3].tolist()


def test_a_resumed_run_gets_the_batches_it_would_have_got(channel: Channel) -> None:
    weights = np.ones(3, np.float32)
    steps = batches.steps_per_epoch(10, 4)
    whole = list(batches.training_batches(channel, weights, 4, 7, range(4)))
    resumed = list(batches.training_batches(channel, weights, 4, 7, range(2, 4)))
    for one, other in zip(whole[2 * steps :], resumed, strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def test_epochs_and_seeds_differ_in_order_and_augmentation(channel: Channel) -> None:
    weights = np.ones(3, np.float32)
    first, second = batches.training_batches(channel, weights, 10, 7, range(2))
    (other,) = batches.training_batches(channel, weights, 10, 8, range(1))
    assert not np.array_equal(first[0], second[0])
    assert not np.array_equal(first[1], second[1])
    assert not np.array_equal(first[0], other[0])


def test_validation_images_come_as_they_are(channel: Channel) -> None:
    seen = list(batches.validation_batches(channel, classes=3, batch_size=4))
    assert [len(labels) for _, labels in seen] == [4, 4, 2]
    pixels = np.concatenate([pixels for pixels, _ in seen])
    np.testing.assert_array_equal(pixels, channel.pixels.astype(np.float32))
    labels = np.concatenate([np.argmax(labels, axis=1) for _, labels in seen])
    np.testing.assert_array_equal(labels, channel.labels)


def test_no_tuning_thread_is_waited_for_at_the_end_of_training(channel: Channel) -> None:
    training = batches.training_batches(channel, np.ones(3, np.float32), 4, 1, range(1))
    validation = batches.validation_batches(channel, classes=3, batch_size=4)

    assert training.options().autotune.enabled is False
    assert validation.options().autotune.enabled is False


def test_augmentation_is_a_function_of_its_seed(channel: Channel) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (6, SIDE, SIDE, 3), dtype=np.uint8)
    one, again, other = (
        augmentation.augment(tf.constant(noise), tf.constant(seed)).numpy()
        for seed in ([1, 2], [1, 2], [1, 3])
    )
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).mean() > 5
    assert one.shape == noise.shape
    assert one.dtype == np.float32
    assert one.min() >= 0
    assert one.max() <= 255


@pytest.mark.parametrize(
    ("mirrored", "axis"), [((1.0, 1.0), None), ((-1.0, 1.0), 1), ((1.0, -1.0), 0)]
)
def test_without_strength_the_geometry_is_a_plain_mirror(
    mirrored: tuple[float, float], axis: int | None
) -> None:
    image = np.random.default_rng(0).random((SIDE, SIDE, 3)).astype(np.float32)
    draws = [tf.constant([value]) for value in (*mirrored, 0.0, 0.0, 0.0, 0.0)]
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=image[None],
        transforms=augmentation._transforms(draws, SIDE),
        output_shape=(SIDE, SIDE),
        interpolation="BILINEAR",
        fill_mode="REFLECT",
        fill_value=0.0,
    )
    expected = image if axis is None else np.flip(image, axis)
    np.testing.assert_allclose(moved[0], expected, atol=1e-4)


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
