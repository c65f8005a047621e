import math
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from learning import batches
from loading import pixel_storage
from loading.channel import Channel

SIDE = 16
ONES = np.ones(3, np.float32)


@pytest.fixture(params=["copied", "shared"])
def channel(request: pytest.FixtureRequest) -> Channel:
    """Ten images; every pixel of image i is 20 * i, and its class is i modulo 3."""
    values = np.arange(10, dtype=np.uint8) * 20
    pixels = np.ones((10, SIDE, SIDE, 3), np.uint8) * values[:, None, None, None]
    if request.param == "shared":
        room = pixel_storage.in_a_file(12, SIDE)  # two files could not be read
        room[:10] = pixels
        pixels = room[:10]
    files = [f"{number}.png" for number in range(10)]
    return Channel(files, (np.arange(10) % 3).astype(np.int32), pixels, [])


def training(
    channel: Channel,
    batch_size: int,
    seed: int,
    epochs: range,
    *,
    weights: Any = ONES,
    least_steps: int = 1,
    augments: bool = True,
) -> list[tuple[Any, Any, Any]]:
    plan = batches.BatchPlan(weights, batch_size, seed, epochs, least_steps)
    made = batches.training_batches(channel, plan, augments=augments)
    return [tuple(part.numpy() for part in batch) for batch in made]


def numbers(pixels: Any) -> list[int]:
    return (pixels[:, 0, 0, 0].astype(int) // 20).tolist()


@pytest.mark.parametrize("batch_size", [4, 10, 64])
def test_each_epoch_sees_every_image_in_full_batches(channel: Channel, batch_size: int) -> None:
    steps = batches.steps_per_epoch(10, batch_size, least=1)
    seen = training(channel, batch_size, 1, range(2), augments=False)
    assert len(seen) == 2 * steps
    assert {len(labels) for _, labels, _ in seen} == {min(batch_size, 10)}
    for epoch in (seen[:steps], seen[steps:]):
        shown = np.concatenate([pixels for pixels, _, _ in epoch])
        assert sorted(numbers(shown[:10])) == list(range(10))


def test_labels_and_weights_stay_with_their_images(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "augment", lambda pixels, _seed: tf.cast(pixels, tf.float32))
    weights = np.array([1, 2, 3], np.float32)
    for pixels, labels, weight in training(channel, 4, 1, range(1), weights=weights):
        classes = np.array(numbers(pixels)) % 3
        assert np.argmax(labels, axis=1).tolist() == classes.tolist()
        assert weight.tolist() == weights[classes].tolist()


def test_a_small_drop_is_seen_several_times_in_an_epoch_in_different_orders(
    channel: Channel,
) -> None:
    seen = training(channel, 4, 1, range(2), augments=False, least_steps=5)
    assert len(seen) == 2 * batches.steps_per_epoch(10, 4, least=5) == 10
    shown = numbers(np.concatenate([pixels for pixels, _, _ in seen]))
    passes = [shown[start : start + 10] for start in range(0, 40, 10)]
    assert [sorted(rows) for rows in passes] == [list(range(10))] * 4
    assert len({tuple(rows) for rows in passes}) == 4


def test_a_resumed_run_gets_the_batches_it_would_have_got(channel: Channel) -> None:
    whole = training(channel, 4, 7, range(4), least_steps=5)
    resumed = training(channel, 4, 7, range(2, 4), least_steps=5)
    for batch, other in zip(whole[10:], resumed, strict=True):
        np.testing.assert_array_equal(batch[0], other[0])
        np.testing.assert_array_equal(batch[1], other[1])


def test_epochs_and_seeds_differ_in_order_and_augmentation(channel: Channel) -> None:
    first, second = training(channel, 10, 7, range(2))
    (other,) = training(channel, 10, 8, range(1))
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
    validation = batches.validation_batches(channel, classes=3, batch_size=4)
    plan = batches.BatchPlan(ONES, 4, 1, range(1), least_steps=1)
    made = batches.training_batches(channel, plan, augments=True)
    assert made.options().autotune.enabled is False
    assert validation.options().autotune.enabled is False


@pytest.mark.parametrize("count", [1, 2, 9, 13, 33, 65, 1001])
@pytest.mark.parametrize("replicas", [1, 2, 3, 8])
def test_no_replica_goes_without_an_image_when_measuring(count: int, replicas: int) -> None:
    size = batches.evaluation_batch_size(count, 16, replicas)
    assert size % replicas == 0
    for rows in ({size, count % size} - {0}) if size else ():
        # So TensorFlow deals them out: 5 rows over 4 replicas are 2, 2, 1 and none.
        share = math.ceil(rows / replicas)
        assert len(range(0, rows, share)) == replicas or rows > count
    if replicas == 1:
        assert size == 16
