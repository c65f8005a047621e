"""The threshold for a wanted miss rate, and the bound that holds on new images."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from common.defect_decision import DefectDecision
from plot.analysis import Analysis, analyse
from plot.inputs.configuration import Configuration
from plot.inputs.history import NO_HISTORY
from plot.inputs.predictions import Predictions
from plot.inputs.results import Results, read_results
from plot.operating_point import decide
from plot.statistics.intervals import proven_below
from tests.support.predictions import make_predictions, predictions_of
from tests.support.runs import Shape, files_of


def analysis_of(
    defects: np.ndarray, good: np.ndarray, clusters: np.ndarray | None = None
) -> Analysis:
    """Analyse images with these probabilities of being a defect."""
    p = np.round(np.concatenate([defects, good]), 6)
    truth = np.array([1] * len(defects) + [0] * len(good))
    predictions = Predictions(
        classes=("good", "oil"),
        files=tuple(map(str, range(len(p)))),
        truth=truth,
        predicted=(p > 0.5).astype(int),
        confidence=np.maximum(p, 1 - p),
        probabilities=np.stack([1 - p, p], axis=1),
    )
    results = Results(NO_HISTORY, Configuration(), predictions=predictions)
    if clusters is not None:
        results = replace(results, out_of_sample=replace(predictions, clusters=clusters))
    return analyse(results)


def decision_of(analysis: Analysis, wanted: float = 0.05) -> DefectDecision:
    decision = decide(analysis, "run-1", wanted).decision
    assert decision is not None
    return decision


GOOD = np.linspace(0.01, 0.6, 100)


def test_the_threshold_misses_as_many_as_still_prove_the_wanted_rate() -> None:
    decision = decision_of(analysis_of(np.linspace(0.2, 0.99, 100), GOOD))
    # One miss among 93 or more proves a rate below 5 %, two take 124.
    assert (decision.missed, decision.defects, decision.defect_parts) == (1, 100, 100)
    assert decision.proven
    assert decision.parts_needed is None
    assert decision.proven_miss_rate == pytest.approx(proven_below(1, 100))
    # The second lowest is 0.208; the next good image below it is at 0.2066.
    assert decision.threshold == pytest.approx((0.206667 + 0.20798) / 2, abs=1e-6)
    rejects = decision.false_rejects
    assert (rejects.hits, rejects.of) == (66, 100)
    assert rejects.low < rejects.value < rejects.high
    assert (decision.measured_on, decision.temperature) == ("validation", None)
    assert decision.sentence == (
        "To miss at most 5.0 % of the defects, reject from a threshold of 0.207323: 1 of "
        "100 defects missed, which proves a miss rate below 4.7 %. Expected false rejects: 66.0 % "
        "(66 of 100), 95 % interval 56.3 to 74.5 %."
    )


def test_too_few_defects_prove_nothing_and_none_is_missed() -> None:
    decision = decision_of(analysis_of(np.linspace(0.2, 0.99, 30), GOOD))
    assert not decision.proven
    assert (decision.missed, decision.parts_needed) == (0, 59)
    assert 0.195 < decision.threshold < 0.2
    assert decision.proven_miss_rate == pytest.approx(1 - 0.05 ** (1 / 30))
    assert decision.sentence.startswith(
        "A miss rate of at most 5.0 % can't be proven: that takes 59 defects without a miss, and "
        "there are 30. A threshold of 0.197374 misses none of them, which proves a miss rate below "
        "9.5 %."
    )


@pytest.mark.parametrize(("defects", "proven"), [(58, False), (59, True)])
def test_fifty_nine_defects_prove_five_percent(defects: int, proven: bool) -> None:
    decision = decision_of(analysis_of(np.full(defects, 0.9), GOOD))
    assert (decision.proven, decision.missed) == (proven, 0)


def test_near_copies_count_once() -> None:
    defects = np.repeat(np.linspace(0.2, 0.99, 30), 6)
    defects[::6] -= 0.1  # of six photographs the least suspicious one counts
    clusters = np.concatenate([np.repeat(np.arange(30), 6), np.arange(30, 130)])
    decision = decision_of(analysis_of(defects, GOOD, clusters))
    assert (decision.defects, decision.defect_parts, decision.proven) == (180, 30, False)
    assert decision.threshold == pytest.approx(0.1, abs=0.006)
    assert decision.measured_on == "out of sample"
    assert "and there are 30, near copies counted once." in decision.sentence


def test_the_bound_holds_on_new_images_although_the_threshold_was_chosen_on_these() -> None:
    """Probabilities of defects are uniform, so the true miss rate is the threshold itself."""
    random = np.random.default_rng(0)
    broken = {"rate": 0, "bound": 0}
    for _ in range(1000):
        decision = decision_of(analysis_of(random.random(130), random.random(5000)))
        assert decision.proven
        broken["rate"] += decision.threshold > decision.wanted_miss_rate
        broken["bound"] += decision.threshold > decision.proven_miss_rate
    assert 20 <= broken["bound"] <= 70  # one in twenty, and no safer than it says
    assert broken["rate"] <= broken["bound"]


def test_images_of_the_same_probability_are_rejected_together() -> None:
    decision = decision_of(analysis_of(np.full(200, 0.3), GOOD))
    assert decision.threshold == pytest.approx(0.3, abs=0.006)
    assert decision.missed == 0


def test_no_defect_is_missed_that_costs_no_good_image() -> None:
    """Fourteen of 450 may be missed, but every defect lies above every good image."""
    defects, good = np.linspace(0.5, 1, 450), np.linspace(0, 0.3, 100)
    decision = decision_of(analysis_of(defects, good))
    assert (decision.threshold, decision.missed) == (0.4, 0)
    assert (decision.proven, decision.false_rejects.hits) == (True, 0)


def test_where_every_good_image_is_rejected_no_defect_is_missed() -> None:
    decision = decision_of(analysis_of(np.linspace(0.1, 0.5, 100), np.full(10, 0.9)))
    assert (decision.threshold, decision.missed) == (0.05, 0)


def test_there_is_no_decision_without_a_wish_a_class_or_probabilities() -> None:
    fine = analysis_of(np.full(60, 0.9), GOOD)
    assert decide(fine, "run-1", 0).decision is None
    three = Results(NO_HISTORY, Configuration(), make_predictions(["a", "b", "c"], 30))
    assert decide(analyse(three), "run-1", 0.05).decision is None
    bare = Results(NO_HISTORY, Configuration(), predictions_of(["good", "oil"], [0, 1], [0, 1]))
    assert decide(analyse(bare), "run-1", 0.05).decision is None
    only_good = analysis_of(np.zeros(0), GOOD)
    assert decide(only_good, "run-1", 0.05).decision is None
    assert decide(analyse(Results(NO_HISTORY, Configuration())), "run-1", 0.05).decision is None


def test_the_document_is_read_back() -> None:
    results = read_results(files_of(Shape(images=60, epochs=2, folds=5)))
    decision = decision_of(analyse(results))
    body = decision.to_json()
    assert DefectDecision.model_validate_json(body) == decision
    document = json.loads(body)
    assert document["class"] == "any other class"
    assert document["accepted_class"] == "good"
    assert document["measured_on"] == "out of sample"
    assert document["temperature"] == 0.6
    assert document["run"] == "run-1"
