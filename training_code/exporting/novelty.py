"""Measures how far an image has to be from all that were trained on to be unlike any of them.

The distance is that to the third nearest of some of the images: Sun and others, 2022,
https://arxiv.org/abs/2204.06507. Two cosines decide on it, one of the averages, which tells another
scene, and one of all features, standardised, which tells another flaw. The bound is a distance that
held out images seldom exceed: images that the compared ones are no near copies of, nor of one group
with, nor, where the features were learned, trained on.

functions/predict/novelty.py measures the distance of new images in the same way.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from auditing.evidence import binomial_tail, percent
from documents import NoveltyDocument, NoveltyFigures

Features = npt.NDArray[np.float32]  # (images, features)
Distances = npt.NDArray[np.float32]  # (images,)
Rows = npt.NDArray[np.int64]

RATE = 0.01  # share of ordinary images that may be called unknown
_NEIGHBOUR = 3
_MOST_KNOWN = 4000  # images to compare with
_MOST_BYTES = 5_000_000  # of the compared images' features, in 16 bits
_MEASURED = 5000  # held out images; more prove little more
_AT_ONCE = 1024  # images
_DEVIATION = 1e-3  # at least; a feature that never changes counts for nothing
_DOUBT = 0.05  # that the true rate is above the proven one
_HALVINGS = 50
_FARTHEST = 2.0  # of opposite directions; no two images have them


@dataclass(frozen=True)
class Known:
    """The images that new ones are compared with; the first `averages` features are averages.

    features: float16 (images, features); mean and deviation: float32 (features,), of them.
    """

    features: npt.NDArray[np.float16]
    mean: npt.NDArray[np.float32]
    deviation: npt.NDArray[np.float32]
    averages: int

    def directions(self, features: Features) -> Features:
        """Return (images, averages + features), so that products are sums of the two cosines."""
        standardised = (features - self.mean) / self.deviation
        return np.concatenate([_unit(features[:, : self.averages]), _unit(standardised)], axis=1)

    def save(self, file: Path) -> None:
        """Write it for numpy.load."""
        with file.open("wb") as stream:
            np.savez(
                stream,
                features=self.features,
                mean=self.mean,
                deviation=self.deviation,
                averages=np.int64(self.averages),
                neighbour=np.int64(_NEIGHBOUR),
            )


@dataclass(frozen=True)
class FeatureSpace:
    """Where the images of a drop lie. Row i of everything is an image: its class and its cluster.

    is_known: whether new images may be compared with it; is_measured: whether its distance counts.
    features: returns float32 (rows, features) of some rows; the first `averages` are averages.
    """

    labels: npt.NDArray[np.int32]
    clusters: Rows
    is_known: npt.NDArray[np.bool_]
    is_measured: npt.NDArray[np.bool_]
    features: Callable[[Rows], Features]
    width: int
    averages: int
    measured_on: Literal["all", "validation"]


def write(folder: Path, space: FeatureSpace, seed: int) -> None:
    """Write novelty.npz and novelty.json, and log what the bound proves."""
    known, document = measure(space, seed)
    known.save(folder / "novelty.npz")
    text = json.dumps(document, indent=1)
    (folder / "novelty.json").write_text(f"{text}\n", "utf-8")
    print(
        f"unknown images: beyond a distance of {document['bound']}, as {document['false_alarms']} "
        f"of {document['images']} ordinary images are; at most "
        f"{percent(document['proven_rate'])} of such images, with 95 % confidence",
        flush=True,
    )


def measure(space: FeatureSpace, seed: int) -> tuple[Known, NoveltyDocument]:
    """Choose the images to compare with, and find the bound."""
    rng = np.random.default_rng(seed)
    most = min(_MOST_BYTES // (2 * space.width), _MOST_KNOWN)
    rows = _spread(np.flatnonzero(space.is_known), space.labels, most, rng)
    kept = space.features(rows).astype(np.float16)
    mean = kept.mean(0, np.float32)
    known = Known(kept, mean, kept.std(0, np.float32) + np.float32(_DEVIATION), space.averages)
    measured = np.flatnonzero(space.is_measured)
    if len(measured) > _MEASURED:
        measured = np.sort(rng.choice(measured, _MEASURED, replace=False))
    distances = _distances(known, space, rows, measured)
    comparable = distances < _FARTHEST  # else too few images are outside of the cluster
    document = _document(distances[comparable], space.clusters[measured[comparable]])
    return known, {**document, "known_images": len(rows), "measured_on": space.measured_on}


def _spread(rows: Rows, labels: npt.NDArray[np.int32], most: int, rng: Any) -> Rows:
    """Choose up to `most` rows, as evenly from all classes as these have images."""
    if len(rows) <= most:
        return rows
    shuffled = rng.permutation(rows)
    order = np.argsort(labels[shuffled], kind="stable")
    counts = np.bincount(labels[rows])
    rank = np.empty(len(rows), np.int64)  # of an image among those of its class
    rank[order] = np.concatenate([np.arange(count) for count in counts])
    return np.sort(shuffled[np.argsort(rank, kind="stable")[:most]])


def _distances(known: Known, space: FeatureSpace, rows: Rows, measured: Rows) -> Distances:
    """Return the distance of each measured image to the known ones outside its cluster."""
    compared = known.directions(known.features.astype(np.float32))
    parts = [np.empty(0, np.float32)]
    for start in range(0, len(measured), _AT_ONCE):
        chosen = measured[start : start + _AT_ONCE]
        cosines = known.directions(space.features(chosen)) @ compared.T
        cosines[space.clusters[chosen][:, None] == space.clusters[rows]] = 2 * (1 - _FARTHEST)
        parts.append(distance(cosines))
    return np.concatenate(parts)


def distance(cosines: npt.NDArray[np.float32]) -> Distances:
    """Return 1 - half of the sum of the two cosines, of the third nearest, 0 to 2, (images,)."""
    place = min(_NEIGHBOUR, cosines.shape[1])
    nearest = np.partition(cosines, -place, axis=1)[:, -place]
    return np.asarray(1 - nearest / 2, np.float32)


def _unit(rows: Features) -> Features:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), np.float32)


def _document(distances: Distances, clusters: Rows) -> NoveltyFigures:
    """State the bound and what it proves.

    Of n images and a new one each is as likely as any other to be the farthest, so that a new one
    is beyond the k-th distance with a probability of (n + 1 - k) / (n + 1): Vovk, Gammerman and
    Shafer, 2005, https://doi.org/10.1007/b106715. Near copies count once for what is proven.
    """
    count, parts = len(distances), len(np.unique(clusters))
    place = min(count, math.ceil((count + 1) * (1 - RATE)))
    bound = float(np.sort(distances)[place - 1]) if count else None
    beyond = distances > (bound or 0)
    return {
        "bound": bound,
        "wanted_rate": RATE,
        "expected_rate": (count + 1 - place) / (count + 1),
        "proven_rate": highest_share(len(np.unique(clusters[beyond])), parts),
        "false_alarms": int(beyond.sum()),
        "images": count,
        "parts": parts,
    }


def highest_share(hits: int, count: int) -> float:
    """Return the share above which so few hits are improbable (Clopper and Pearson, 1934)."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_possible = 1 - binomial_tail(hits + 1, count, middle) > _DOUBT
        low, high = (middle, high) if is_possible else (low, middle)
    return high
