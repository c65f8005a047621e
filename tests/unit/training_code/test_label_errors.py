"""Which labels are doubted, in which order, and which images are odd."""

import numpy as np
import numpy.typing as npt
import pytest

from auditing import label_errors

CLASSES = 3


def spoken(labels: npt.NDArray[np.int64], seed: int = 0) -> npt.NDArray[np.float64]:
    """Probabilities of a model that is mostly sure of the true `labels`."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 1, (len(labels), CLASSES))
    scores[np.arange(len(labels)), labels] += 5
    exponents = np.exp(scores)
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


def test_planted_labels_come_first_with_their_true_class_suggested() -> None:
    truth = np.arange(300) % CLASSES
    labels = truth.copy()
    labels[:15] = (truth[:15] + 1) % CLASSES
    suspects = label_errors.candidates(labels, spoken(truth))
    assert set(suspects.rows[:15].tolist()) == set(range(15))
    assert (suspects.suggested[:15] == truth[suspects.rows[:15]]).all()
    assert 12 <= suspects.estimated <= 18


def test_the_surest_contradiction_comes_first() -> None:
    labels = np.zeros(4, np.int64)
    probabilities = np.array([[0.4, 0.6, 0], [0.9, 0.1, 0], [0.1, 0.2, 0.7], [0.3, 0.7, 0]])
    suspects = label_errors.candidates(labels, probabilities)
    assert suspects.rows.tolist() == [2, 3, 0]
    assert suspects.suggested.tolist() == [2, 1, 1]


def test_nothing_is_estimated_to_be_wrong_where_the_model_agrees() -> None:
    truth = np.arange(300) % CLASSES
    suspects = label_errors.candidates(truth, spoken(truth))
    assert suspects.estimated <= 2


def test_a_hesitant_model_does_not_make_every_label_wrong() -> None:
    """It prefers another class for half of the images, hardly."""
    rng = np.random.default_rng(0)
    labels = np.arange(300) % CLASSES
    probabilities = 1 / CLASSES + rng.uniform(-0.02, 0.02, (300, CLASSES))
    suspects = label_errors.candidates(labels, probabilities)
    by_hand = 0.0
    for label in range(CLASSES):
        thresholds = [probabilities[labels == other, other].mean() for other in range(CLASSES)]
        own = probabilities[labels == label]
        reached = np.where(own >= thresholds, own, -1)
        counted = reached.max(axis=1) >= 0
        elsewhere = (reached.argmax(axis=1) != label)[counted].mean()
        by_hand += elsewhere * len(own)
    assert suspects.estimated == round(by_hand)


def test_a_class_without_an_image_is_never_estimated() -> None:
    labels = np.array([0, 0, 1, 1])
    probabilities = np.array([[0.1, 0, 0.9], [0.9, 0.1, 0], [0, 1, 0], [0, 1, 0]])
    suspects = label_errors.candidates(labels, probabilities)
    assert suspects.rows.tolist() == [0]
    assert suspects.suggested.tolist() == [2]
    assert suspects.estimated == 0


def clouds(count: int, seed: int = 0) -> npt.NDArray[np.float32]:
    """Directions of features in three clouds, as of three classes."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, 1, (CLASSES, 40))
    features = centres[np.arange(count) % CLASSES] + rng.normal(0, 0.5, (count, 40))
    return label_errors.directions(features)


def test_the_nearest_are_of_the_asked_and_never_the_image_itself() -> None:
    features = clouds(60)
    asked = np.arange(60) % CLASSES == 0
    nearest = label_errors.nearest(features, 3, asked, 4)
    cosines = features @ features[3]
    others = [row for row in np.argsort(-cosines) if asked[row] and row != 3]
    assert nearest.tolist() == others[:4]
    assert label_errors.nearest(features, 3, asked & False, 4).tolist() == []


def test_images_far_from_everything_are_odd_whatever_the_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(label_errors, "_ROWS_AT_ONCE", 7)
    strange = label_errors.directions(np.random.default_rng(9).normal(0, 1, (2, 40)))
    odd = label_errors.odd(np.concatenate([clouds(100), strange]))
    assert sorted(odd.rows.tolist()) == [100, 101]
    assert odd.distances[0] >= odd.distances[1] > 0.3


def test_in_an_ordinary_drop_no_image_is_odd() -> None:
    assert label_errors.odd(clouds(300)).rows.tolist() == []


def test_a_fixed_camera_makes_no_image_odd() -> None:
    """All images are nearly the same, and some a little less so."""
    rng = np.random.default_rng(0)
    spread = np.where(np.arange(200) < 5, 0.05, 0.01)[:, None]
    features = np.ones((200, 40)) + spread * rng.normal(0, 1, (200, 40))
    assert label_errors.odd(label_errors.directions(features)).rows.tolist() == []


def test_too_few_images_have_no_odd_one() -> None:
    assert label_errors.odd(clouds(12)).rows.tolist() == []
