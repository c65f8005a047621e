"""Folds: each image in one, clusters whole, classes spread, and alike for the same seed."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judging import folds


@st.composite
def dealt(draw: st.DrawFn) -> tuple[Any, Any, Any, int]:
    """Return clusters, labels, the fold of each image, and how many folds were asked for."""
    images = draw(st.integers(2, 60))
    classes = draw(st.integers(2, 5))
    most = draw(st.integers(1, images))
    labels = draw(st.lists(st.integers(0, classes - 1), min_size=images, max_size=images))
    clusters = draw(st.lists(st.integers(0, most), min_size=images, max_size=images))
    count = draw(st.integers(2, 10))
    given_clusters, given_labels = np.array(clusters), np.array(labels, np.int32)
    return given_clusters, given_labels, folds.deal(given_clusters, given_labels, count, 3), count


@given(dealt())
def test_each_image_is_in_one_fold_and_no_fold_is_empty(drop: tuple[Any, Any, Any, int]) -> None:
    clusters, _, fold_of, count = drop
    used = min(count, len(np.unique(clusters)))
    assert sorted(np.unique(fold_of)) == list(range(1, used + 1))


@given(dealt())
def test_no_cluster_is_torn(drop: tuple[Any, Any, Any, int]) -> None:
    clusters, _, fold_of, _ = drop
    for cluster in np.unique(clusters):
        assert len(np.unique(fold_of[clusters == cluster])) == 1


@given(dealt())
def test_folds_differ_by_no_more_than_the_largest_cluster(
    drop: tuple[Any, Any, Any, int],
) -> None:
    """By twice as much where a class would be in one fold alone otherwise."""
    clusters, _, fold_of, _ = drop
    sizes = np.bincount(fold_of)[1:]
    assert sizes.max() - sizes.min() <= 2 * np.bincount(clusters).max()


@given(dealt())
def test_every_class_is_in_the_training_of_every_fold(drop: tuple[Any, Any, Any, int]) -> None:
    """Where each of its clusters has that class alone."""
    clusters, labels, fold_of, _ = drop
    for label in np.unique(labels):
        own = np.unique(clusters[labels == label])
        if len(own) > 1 and (labels[np.isin(clusters, own)] == label).all():
            assert len(np.unique(fold_of[labels == label])) > 1


@given(st.lists(st.integers(0, 4), min_size=2, max_size=60), st.integers(2, 10))
def test_single_images_of_a_class_are_spread_evenly(classes: list[int], count: int) -> None:
    labels = np.array(classes, np.int32)
    fold_of = folds.deal(np.arange(len(labels)), labels, count, 0)
    counts = np.stack([np.bincount(labels[fold_of == fold], minlength=5) for fold in set(fold_of)])
    assert (counts.max(axis=0) - counts.min(axis=0)).max() <= 1
    assert counts.sum(axis=1).max() - counts.sum(axis=1).min() <= 1


def test_the_seed_decides_and_repeats() -> None:
    labels = (np.arange(40) % 2).astype(np.int32)
    first, again, other = (folds.deal(np.arange(40), labels, 5, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert first.tolist() != other.tolist()


@pytest.mark.parametrize("count", [2, 5])
def test_a_class_of_two_images_is_in_two_folds(count: int) -> None:
    labels = np.array([0] * 40 + [1] * 2, np.int32)
    fold_of = folds.deal(np.arange(42), labels, count, 0)
    assert fold_of[40] != fold_of[41]


def test_classes_in_clusters_of_others_do_not_make_folds_uneven() -> None:
    clusters = np.array([7, 3, 2, 3, 2, 5, 6, 7, 0, 5])
    labels = np.array([0, 1, 1, 1, 2, 1, 0, 2, 0, 1], np.int32)
    sizes = np.bincount(folds.deal(clusters, labels, 3, 3))[1:]
    assert sizes.max() - sizes.min() <= 2


def test_a_class_is_in_two_folds_though_the_other_would_be_more_even() -> None:
    clusters = np.array([6, 6, 3, 4, 1, 0, 1, 0, 6])
    labels = np.array([2, 2, 0, 1, 0, 1, 1, 1, 2], np.int32)
    fold_of = folds.deal(clusters, labels, 2, 3)
    assert len(np.unique(fold_of[labels == 0])) == 2
