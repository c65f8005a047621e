"""How far ordinary images are from one another, and what so many of them prove."""

import json
from pathlib import Path

import numpy as np
import pytest

from exporting import novelty
from exporting.novelty import FeatureSpace

WIDTH, AVERAGES = 40, 24


def space(
    features: np.ndarray, clusters: np.ndarray | None = None, labels: np.ndarray | None = None
) -> FeatureSpace:
    count = len(features)
    return FeatureSpace(
        labels=np.zeros(count, np.int32) if labels is None else labels,
        clusters=np.arange(count) if clusters is None else clusters,
        is_known=np.ones(count, np.bool_),
        is_measured=np.ones(count, np.bool_),
        features=lambda rows: features[rows],
        width=features.shape[1],
        averages=AVERAGES,
        measured_on="all",
    )


def ordinary(count: int, seed: int = 0) -> np.ndarray:
    """Features of images that are alike: one direction and a little noise."""
    noise = np.random.default_rng(seed).normal(0, 0.2, (count, WIDTH))
    return (np.linspace(1, 2, WIDTH) + noise).astype(np.float32)


def distances(known: novelty.Known, features: np.ndarray) -> np.ndarray:
    compared = known.directions(known.features.astype(np.float32))
    return novelty.distance(known.directions(features) @ compared.T)


def test_new_ordinary_images_are_beyond_the_bound_as_seldom_as_stated():
    shares = []
    for seed in range(20):
        known, document = novelty.measure(space(ordinary(199, seed)), seed=0)
        new = distances(known, ordinary(500, seed + 1000))
        shares.append((new > document["bound"]).mean())
        assert document["expected_rate"] == pytest.approx(0.01)
        assert document["false_alarms"] == 1
    assert np.mean(shares) == pytest.approx(0.01, abs=0.006)


def test_strange_images_are_beyond_it():
    known, document = novelty.measure(space(ordinary(150)), seed=0)
    strange = np.random.default_rng(9).random((50, WIDTH)).astype(np.float32)
    assert (distances(known, strange) > document["bound"]).mean() > 0.9
    assert (distances(known, -ordinary(5)) > document["bound"]).all()
    assert (distances(known, np.zeros((1, WIDTH), np.float32)) > document["bound"]).all()


def test_few_images_prove_little_and_the_document_says_so():
    _, document = novelty.measure(space(ordinary(30)), seed=0)
    assert document["expected_rate"] == pytest.approx(1 / 31)
    assert document["false_alarms"] == 0
    # None of n: 1 - 0.05 ** (1 / n)
    assert document["proven_rate"] == pytest.approx(1 - 0.05 ** (1 / 30), abs=1e-6)


def test_near_copies_and_images_of_a_group_are_not_compared_with_each_other():
    features = np.repeat(ordinary(20), 4, axis=0)
    _, apart = novelty.measure(space(features), seed=0)
    _, together = novelty.measure(space(features, np.repeat(np.arange(20), 4)), seed=0)
    assert apart["bound"] == pytest.approx(0, abs=1e-3)
    assert float(together["bound"] or 0) > 0.01
    assert (together["images"], together["parts"]) == (80, 20)
    assert together["proven_rate"] == pytest.approx(1 - 0.05 ** (1 / 20), abs=1e-6)


def test_where_nothing_can_be_held_out_there_is_no_bound():
    _, document = novelty.measure(space(ordinary(20), np.zeros(20, np.int64)), seed=0)
    assert (document["bound"], document["images"], document["proven_rate"]) == (None, 0, 1.0)


def test_a_large_drop_is_represented_by_images_of_all_classes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(novelty, "_MOST_KNOWN", 30)
    monkeypatch.setattr(novelty, "_MEASURED", 50)
    labels = np.repeat([0, 1, 2], [180, 15, 5]).astype(np.int32)
    known, document = novelty.measure(space(ordinary(200), labels=labels), seed=0)
    assert (document["known_images"], document["images"], len(known.features)) == (30, 50, 30)
    chosen = novelty._spread(np.arange(200), labels, 30, np.random.default_rng(0))
    assert np.bincount(labels[chosen]).tolist() == [13, 12, 5]


def test_the_file_stays_small():
    wide = np.zeros((3000, 2432), np.float32)
    known, _ = novelty.measure(space(wide), seed=0)
    assert known.features.nbytes <= 5_000_000


def test_the_highest_share_is_that_of_clopper_and_pearson():
    assert novelty.highest_share(0, 59) == pytest.approx(0.0495, abs=1e-4)
    assert novelty.highest_share(1, 100) == pytest.approx(0.0466, abs=1e-4)
    assert novelty.highest_share(5, 5) == 1.0
    assert novelty.highest_share(0, 0) == 1.0


def test_both_files_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    novelty.write(tmp_path, space(ordinary(120)), seed=0)
    document = json.loads((tmp_path / "novelty.json").read_text("utf-8"))
    with np.load(tmp_path / "novelty.npz") as arrays:
        assert arrays["features"].shape == (document["known_images"], WIDTH)
    assert "0 of 120 ordinary images" in capsys.readouterr().out
