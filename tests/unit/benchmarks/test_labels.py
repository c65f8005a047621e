"""Planted labels, and how a list of candidates is scored."""

from __future__ import annotations

import math

import numpy as np
import pytest

from auditing.label_errors import LabelCandidates
from benchmarks import labels


@pytest.mark.parametrize("seed", range(3))
def test_a_twentieth_of_the_labels_is_changed_each_to_another_class(seed: int):
    truth = np.arange(1360, dtype=np.int32) % 7

    planted = labels.plant(truth, 7, seed)

    wrong = planted != truth
    assert wrong.sum() == 68
    assert set(planted[wrong].tolist()) == set(range(7))
    assert (planted == labels.plant(truth, 7, seed)).all()
    assert (planted != labels.plant(truth, 7, seed + 1)).any()


def test_precision_looks_at_the_first_of_the_list_and_recall_at_all_of_it():
    wrong = np.isin(np.arange(20), [3, 5, 8, 9])
    suspects = LabelCandidates(np.array([3, 1, 5, 0, 8, 2]), np.zeros(6, np.int64), 4)

    result = labels.score(suspects, wrong)

    assert (result.planted, result.candidates, result.estimated) == (4, 6, 4)
    assert result.precision == 2 / 4
    assert result.recall == 3 / 4
    nothing = labels.score(suspects, wrong & False)
    assert math.isnan(nothing.precision)
