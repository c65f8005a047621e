"""Every image judged once: the folds that images are dealt to, and what came of the judging.

Each fold is judged by a network that was trained on the others, so what looks alike or belongs
together has to be in one: Roberts and others, 2017, https://doi.org/10.1111/ecog.02881.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Judged:
    """Row i of everything is image i: the training images, then the validation images.

    clusters: int64 (images,), alike for near copies and for images of one group. The rest is None
    where nothing was judged by folds: probabilities, float32 (images, classes), calibrated; folds,
    int64 (images,), from 1. features: float32 (images, features), the average of the last feature
    map of a network that is frozen, else None. They aren't standardised: their cosines tell what
    looks alike, and strange pictures are far from all.
    """

    clusters: Rows
    probabilities: npt.NDArray[np.float32] | None = None
    folds: Rows | None = None
    features: npt.NDArray[np.float32] | None = None


def deal(clusters: Rows, labels: npt.NDArray[np.int32], folds: int, seed: int) -> Rows:
    """Return the fold of each image, int64 (images,), from 1; at most one fold per cluster.

    `clusters` is int64 (images,). The largest cluster is dealt out first; those of equal size class
    by class, each in an order that the seed decides. A cluster goes where fewest images of its
    classes are. Before that it counts that no class with two clusters is in one fold alone, and
    then that no two folds differ by more images than the largest cluster has.
    """
    numbers, which = np.unique(clusters, return_inverse=True)
    rows_of = np.split(np.argsort(which, kind="stable"), np.cumsum(np.bincount(which))[:-1])
    sizes = np.array([len(rows) for rows in rows_of])
    first_labels = [labels[rows[0]] for rows in rows_of]
    shuffled = np.random.default_rng(seed).permutation(len(numbers))
    order = np.lexsort((shuffled, first_labels, -sizes))
    folds = min(folds, len(numbers))
    totals = np.bincount(labels)
    dealt = np.zeros((folds, len(totals)), np.int64)
    fold_of = np.zeros(len(clusters), np.int64)
    for cluster in order:
        rows = rows_of[cluster]
        fold = _best(dealt, np.bincount(labels[rows], minlength=len(totals)), totals, sizes.max())
        dealt[fold] += np.bincount(labels[rows], minlength=len(totals))
        fold_of[rows] = fold + 1
    return fold_of


def _best(dealt: Rows, counts: Rows, totals: Rows, most: int) -> int:
    """Return the fold for a cluster of `counts` (classes,), `dealt` (folds, classes) so far.

    `totals` (classes,) are all images; `most` is how far the folds' sizes may be apart.
    """
    present = np.flatnonzero(counts)
    before = dealt[:, present]
    sizes = dealt.sum(axis=1)
    alone = ((before > 0) & (before == before.sum(axis=0))).sum(axis=1)  # would stay in one fold
    uneven = sizes + counts.sum() > sizes.min() + most
    share = (before * counts[present] / totals[present] ** 2).sum(axis=1)
    return int(np.lexsort((sizes, share, uneven, alone))[0])
