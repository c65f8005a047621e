"""What is compared of pictures, and who is whose neighbour."""

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from judging import near_copies

Pixels = npt.NDArray[np.uint8]


def scene(seed: int, size: int = 48) -> Pixels:
    """Large patches of random colour: a picture that is like no other."""
    patches = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(patches).resize((size, size), Image.Resampling.BICUBIC))


def look(*pictures: Pixels) -> near_copies.Appearances:
    return near_copies.appearances(np.stack(pictures), np.arange(len(pictures)))


def as_jpeg(picture: Pixels, quality: int) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def brighter(picture: Pixels) -> Pixels:
    return (40 + 0.7 * picture).astype(np.uint8)


def with_a_mark(picture: Pixels) -> Pixels:
    marked = picture.copy()
    marked[20:24, 20:26] = 255
    return marked


@pytest.mark.parametrize("size", [16, 32, 50, 64, 129])
@pytest.mark.parametrize("columns", [16, 17, 32])
def test_shrinking_averages_areas(size: int, columns: int) -> None:
    picture = scene(1, size)
    shrunk = near_copies.shrink(picture[None], 16, columns)
    assert shrunk.shape == (1, 16, columns, 3)
    np.testing.assert_allclose(shrunk[0].mean(axis=(0, 1)), picture.mean(axis=(0, 1)), rtol=1e-4)
    if size % 16 == 0 and columns == 16:
        blocks = picture.reshape(16, size // 16, 16, size // 16, 3).mean(axis=(1, 3))
        np.testing.assert_allclose(shrunk[0], blocks, rtol=1e-4)


def test_the_border_is_the_outermost_ring_alone() -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    inside, outside = picture.copy(), picture.copy()
    inside[2:-2, 2:-2] = 255
    outside[:2] = 255
    of_one, of_inside, of_outside = look(picture, inside, outside).borders.astype(int)
    assert np.abs(of_one - of_inside).max() == 0
    assert np.abs(of_one - of_outside).max() == 255


def test_pictures_on_disk_look_the_same_however_many_are_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = np.stack([scene(seed) for seed in range(5)])
    np.save(tmp_path / "pixels.npy", pixels)
    monkeypatch.setattr(near_copies, "_VALUES_AT_ONCE", 2 * pixels[0].size)
    rows = np.array([0, 2, 3])
    of_disk = near_copies.appearances(np.load(tmp_path / "pixels.npy", mmap_mode="r"), rows)
    for name, values in vars(look(*pixels[rows])).items():
        np.testing.assert_allclose(getattr(of_disk, name), values, atol=1e-6)


def test_the_nearest_is_the_nearest_whatever_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_copies, "_REFERENCES_AT_ONCE", 7)
    rng = np.random.default_rng(0)
    queries, references = (rng.integers(0, 256, (n, 30), dtype=np.uint8) for n in (9, 40))
    distances = ((queries[:, None].astype(int) - references) ** 2).sum(axis=2)
    rows = near_copies.nearest(queries, references)
    assert rows.tolist() == distances.argmin(axis=1).tolist()


@pytest.mark.parametrize(
    "copied",
    [np.copy, brighter, with_a_mark, lambda picture: as_jpeg(picture, 30)],
    ids=["the same", "another exposure", "one more mark", "compressed"],
)
def test_a_near_copy_is_found(copied, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_copies, "_REFERENCES_AT_ONCE", 3)
    train = look(*(scene(seed) for seed in range(8)))
    rows, bits = near_copies.between(look(scene(99), copied(scene(5))), train)
    assert rows.tolist() == [-1, 5]
    assert 0 <= bits[1] <= near_copies.MOST_BITS


def test_of_two_copies_the_nearer_is_named() -> None:
    train = look(as_jpeg(scene(1), 5), scene(1), scene(2))
    rows, bits = near_copies.between(look(scene(1)), train)
    assert (rows.tolist(), bits.tolist()) == ([1], [0])


def test_pictures_with_nothing_on_them_are_no_copies() -> None:
    flat = [np.full((48, 48, 3), value, np.uint8) for value in (0, 128, 200)]
    rows, _ = near_copies.between(look(*flat), look(*flat))
    assert rows.tolist() == [-1, -1, -1]


def test_smooth_pictures_with_one_hash_are_told_apart_by_their_thumbnails() -> None:
    rightwards, downwards = np.meshgrid(np.arange(48), np.arange(48))
    first, other = (
        np.repeat((100 + rightwards + sign * 2 * downwards)[..., None], 3, 2).clip(0, 255)
        for sign in (1, -1)
    )
    shown = look(first.astype(np.uint8), other.astype(np.uint8))
    assert (shown.bits[0] != shown.bits[1]).sum() <= near_copies.MOST_BITS
    rows, _ = near_copies.between(
        look(first.astype(np.uint8)), look(other.astype(np.uint8), scene(3))
    )
    assert rows.tolist() == [-1]
