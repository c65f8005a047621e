import numpy as np
import pytest
import tensorflow as tf

from learning import batches

SIDE = 16


def test_augmentation_is_a_function_of_its_seed() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (6, SIDE, SIDE, 3), dtype=np.uint8)
    first, again, other = (
        batches.augment(tf.constant(noise), tf.constant(seed)).numpy()
        for seed in ([1, 2], [1, 2], [1, 3])
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).mean() > 5
    assert first.shape == noise.shape
    assert first.dtype == np.float32
    assert first.min() >= 0
    assert first.max() <= 255


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
        transforms=batches._transforms(draws, SIDE),
        output_shape=(SIDE, SIDE),
        interpolation="BILINEAR",
        fill_mode="REFLECT",
        fill_value=0.0,
    )
    expected = image if axis is None else np.flip(image, axis)
    np.testing.assert_allclose(moved[0], expected, atol=1e-4)


@pytest.mark.parametrize("side", [1, 2, 16])
def test_a_plain_picture_of_any_size_stays_plain(side: int) -> None:
    grey = tf.fill((5, side, side, 3), tf.constant(128, tf.uint8))
    seen = batches.augment(grey, tf.constant([3, 4])).numpy()
    assert seen.std(axis=(1, 2, 3)).max() < 1e-3
    assert np.abs(seen.mean(axis=(1, 2, 3)) - 128).max() <= 0.15 * 255
