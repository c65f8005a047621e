"""The verdict in one sentence praises nothing that is not proven."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from plot.analysis import Analysis, analyse
from plot.inputs.audit import Audit
from plot.inputs.configuration import Configuration
from plot.inputs.history import NO_HISTORY
from plot.inputs.predictions import Predictions
from plot.inputs.results import Results
from plot.judgement import Judgement, judge, proofs
from plot.run_record import RunEnd

DONE = RunEnd(state="done", sentence="Training is done after 3 epochs.")


def analysis_of(right: dict[str, int], wrong: dict[str, int]) -> Analysis:
    """So many images of each class named right, and so many taken for the next class."""
    classes = tuple(right)
    truth: list[int] = []
    predicted: list[int] = []
    for place, name in enumerate(classes):
        truth += [place] * (right[name] + wrong.get(name, 0))
        predicted += [place] * right[name]
        predicted += [(place + 1) % len(classes)] * wrong.get(name, 0)
    files = tuple(f"{number}.jpg" for number in range(len(truth)))
    unknown = np.full(len(truth), math.nan)
    predictions = Predictions(classes, files, np.array(truth), np.array(predicted), unknown)
    return analyse(Results(NO_HISTORY, Configuration(), predictions=predictions))


def with_warning(analysis: Analysis, code: str, sentence: str) -> Analysis:
    audit = Audit.model_validate({"warnings": [{"code": code, "sentence": sentence}]})
    return replace(analysis, results=replace(analysis.results, audit=audit))


def test_a_good_model_has_its_interval_and_its_weakest_class() -> None:
    assert judge(analysis_of({"good": 60, "oil": 57}, {"oil": 3}), DONE) == Judgement(
        "good",
        "The model classifies 97.5 % of the validation images correctly (117 of 120; 95 % interval "
        "92.9 to 99.1 %). Weakest class: oil, recall 95.0 % (57 of 60).",
    )


def test_a_model_without_mistakes_misses_nothing() -> None:
    assert (
        "No image of any class is missed."
        in judge(analysis_of({"good": 60, "oil": 60}, {}), DONE).sentence
    )


def test_a_model_no_better_than_the_baseline_is_bad() -> None:
    judgement = judge(analysis_of({"good": 0, "oil": 96}, {"good": 4}), DONE)
    assert judgement.level == "bad"
    assert judgement.sentence.endswith(
        "That isn't proven to be better than the baseline, always predicting the majority class: "
        "oil, 96.0 %."
    )


def test_a_class_with_few_images_makes_a_model_doubtful() -> None:
    judgement = judge(analysis_of({"good": 4, "oil": 40, "stain": 40}, {}), DONE)
    assert judgement.level == "doubtful"
    assert judgement.sentence.endswith(
        "Smallest class: good, 4 validation images. That is too few to prove anything about it."
    )


def test_a_class_that_is_often_missed_makes_a_model_doubtful() -> None:
    judgement = judge(analysis_of({"good": 90, "oil": 23}, {"oil": 7}), DONE)
    assert judgement.level == "doubtful"
    assert judgement.sentence.endswith(
        "It misses too much of its weakest class: oil, recall 76.7 % (23 of 30)."
    )


def test_a_warning_of_the_audit_comes_first() -> None:
    fine = analysis_of({"good": 60, "oil": 60}, {})
    text = "The border alone tells the class: 93.0 % of them. Photograph all classes alike."
    judgement = judge(with_warning(fine, "border", text), DONE)
    assert judgement.level == "doubtful"
    assert judgement.sentence.endswith(
        "Don't rely on it yet. The border alone tells the class: 93.0 % of them."
    )


@pytest.mark.parametrize("code", ["tflite", "reading", "files-left-out", "copies-on-both-sides"])
def test_harmless_warnings_do_not_question_the_figures(code: str) -> None:
    fine = analysis_of({"good": 60, "oil": 60}, {})
    assert judge(with_warning(fine, code, "model.tflite is not there."), DONE).level == "good"


def test_a_failed_run_is_judged_by_its_failure() -> None:
    fine = analysis_of({"good": 60, "oil": 60}, {})
    assert judge(fine, RunEnd(state="failed", sentence="No memory.")) == Judgement(
        "bad", "No memory."
    )


def test_a_run_without_predictions_is_doubtful() -> None:
    nothing = analyse(Results(NO_HISTORY, Configuration()))
    assert "Without predictions, the model can't be judged." in judge(nothing, DONE).sentence


def test_proofs_by_class() -> None:
    scores = analysis_of({"good": 4, "oil": 57, "stain": 59}, {"oil": 3}).scores
    assert scores is not None
    assert {name: proof.sentence for name, proof in proofs(scores).items()} == {
        "good": "good: 0 of 4 images missed, which proves only a miss rate below 52.7 %; 59 images "
        "without a miss would prove one below 5.0 %.",
        "oil": "oil: 3 of 60 images missed, which proves only a miss rate below 12.4 %.",
        "stain": "stain: 0 of 59 images missed, which proves a miss rate below 5.0 %.",
    }
