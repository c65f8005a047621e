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


def test_the_wanted_miss_rate_is_the_one_to_prove() -> None:
    evidence = analysis_of({"good": 60, "oil": 60}, {}).evidence
    assert proofs(evidence, 0.01)["oil"].sentence == (
        "oil: 0 of 60 images missed, which proves only a miss rate below 4.9 %; 299 images without "
        "a miss would prove one below 1.0 %."
    )
    assert "would prove" not in proofs(evidence, 0.05)["oil"].sentence


def test_a_class_that_is_often_missed_makes_a_model_doubtful() -> None:
    judgement = judge(analysis_of({"good": 90, "oil": 23}, {"oil": 7}), DONE)
    assert judgement.level == "doubtful"
    assert judgement.sentence.endswith(
        "It misses too much of its weakest class: oil, recall 76.7 % (23 of 30)."
    )


def test_a_class_that_is_never_found_is_worse_than_a_class_that_is_too_small() -> None:
    """Solar cells: 0 of 29 and 0 of 11 were called "too few to prove anything"."""
    right = {"intact": 150, "faded": 50, "crack": 0, "spot": 0, "dark": 4}
    judgement = judge(analysis_of(right, {"crack": 29, "spot": 11}), DONE)
    assert judgement.level == "bad"
    assert judgement.sentence.endswith(
        "It fails on 2 classes: crack (0 of 29 images found, which proves a recall below 9.8 %), "
        "spot (0 of 11 images found, which proves a recall below 23.8 %)."
    )
    assert [sentence.split(".")[0] for sentence in judgement.others] == [
        "Smallest class: dark, 4 validation images",
    ]


def test_a_failure_is_proven_or_it_is_none() -> None:
    # 0 of 1 may be bad luck; of 6 of 20 the bound is 50.8 %: bad, but not useless.
    unlucky = judge(analysis_of({"a": 60, "b": 60, "c": 0}, {"c": 1}), DONE)
    assert unlucky.level == "doubtful"
    assert unlucky.sentence.endswith(
        "Smallest class: c, 1 validation image, 1 of them missed. That is too few to prove "
        "anything about it."
    )
    weak = judge(analysis_of({"a": 60, "b": 60, "c": 6}, {"c": 14}), DONE)
    assert weak.level == "doubtful"
    assert weak.sentence.endswith(
        "It misses too much of 1 class: c (6 of 20 images found, which proves a recall below "
        "50.8 %)."
    )


def test_a_failure_comes_before_the_audit_and_keeps_its_bound() -> None:
    """Cracks found 0 of 11, and a random split that flatters: the headline says both."""
    text = "The accuracy is at most 86.0 % on new parts: 85 % have a near copy. Use folders."
    failed = analysis_of({"good": 90, "oil": 90, "crack": 0}, {"crack": 11})
    judgement = judge(with_warning(failed, "near_copies", text), DONE)
    assert judgement.level == "bad"
    figure, bound, failure = (
        judgement.sentence.index(words)
        for words in ("94.2 % of the validation", "at most 86.0 % on new parts", "It fails on 1")
    )
    assert figure < bound < failure


def test_the_audit_s_bound_is_said_once() -> None:
    fine = analysis_of({"good": 60, "oil": 60}, {})
    text = "The accuracy is at most 86.0 % on new parts. Use folders."
    judgement = judge(with_warning(fine, "near_copies", text), DONE)
    assert judgement.sentence.count("at most 86.0 %") == 1


def test_a_fixed_camera_is_named_with_its_consequence() -> None:
    fine = analysis_of({"good": 60, "oil": 60}, {})
    text = (
        "Most images are near copies of each other, as those of a fixed camera are. So it can't be "
        "told whether photographs of one part are on both sides. Use folders."
    )
    judgement = judge(with_warning(fine, "fixed-camera", text), DONE)
    assert judgement.level == "doubtful"
    assert judgement.sentence.endswith(
        "Don't rely on it yet. Most images are near copies of each other, as those of a fixed "
        "camera are. So it can't be told whether photographs of one part are on both sides."
    )


def test_of_two_warnings_the_worse_one_is_named() -> None:
    fine = analysis_of({"good": 60, "oil": 60}, {})
    warnings = [
        {"code": "unmeasured", "sentence": "A class has no validation image."},
        {"code": "thumbnail", "sentence": "Thumbnails give the class away."},
        {"code": "border", "sentence": "The border gives the class away."},
    ]
    audit = Audit.model_validate({"warnings": warnings})
    doubted = replace(fine, results=replace(fine.results, audit=audit))
    assert judge(doubted, DONE).sentence.endswith(
        "Don't rely on it yet. The border gives the class away."
    )


def test_a_handful_of_images_has_no_percentage() -> None:
    judgement = judge(analysis_of({"good": 5, "oil": 1}, {}), DONE)
    assert judgement.sentence == (
        "The model classifies 6 of 6 validation images correctly (95 % interval 61.0 to 100.0 %). "
        "That isn't proven to be better than the baseline, always predicting the majority class: "
        "good, 5 of 6."
    )


def out_of_sample(
    analysis: Analysis, right: dict[str, int], wrong: dict[str, int], copies: int = 1
) -> Analysis:
    """Judge so many images by folds, too; `copies` of each are near copies of each other."""
    predictions = analysis_of(right, wrong).results.predictions
    assert predictions is not None
    clusters = np.arange(len(predictions)) // copies
    judged = replace(predictions, clusters=clusters)
    return analyse(replace(analysis.results, out_of_sample=judged))


def test_the_figure_out_of_sample_stands_beside_the_validation_figure() -> None:
    random = analysis_of({"good": 60, "oil": 57}, {"oil": 3})
    judgement = judge(out_of_sample(random, {"good": 290, "oil": 270}, {"oil": 40}), DONE)
    assert judgement == Judgement(
        "good",
        "The model classifies 97.5 % of the validation images correctly (117 of 120; 95 % interval "
        "92.9 to 99.1 %). Judged out of sample, it classifies 93.3 % of the images correctly (560 "
        "of 600; 95 % interval 91.0 to 95.1 %). Weakest class: oil, recall 87.1 % (270 of 310).",
    )


def test_a_class_that_fails_out_of_sample_fails() -> None:
    flattered = analysis_of({"good": 60, "oil": 60}, {})
    judgement = judge(out_of_sample(flattered, {"good": 300, "oil": 100}, {"oil": 200}), DONE)
    assert judgement.level == "bad"
    assert "It fails on 1 class: oil (100 of 300 images found" in judgement.sentence


def test_a_model_no_better_than_the_baseline_out_of_sample_is_bad() -> None:
    flattered = analysis_of({"good": 60, "oil": 40}, {})
    judgement = judge(
        out_of_sample(flattered, {"good": 280, "oil": 15}, {"good": 20, "oil": 85}), DONE
    )
    assert judgement.level == "bad"
    assert judgement.sentence.endswith(
        "Out of sample it is no better than the baseline, always predicting the majority class: "
        "good, 75.0 %."
    )


def test_twenty_images_judged_by_folds_are_enough_where_four_are_not() -> None:
    few = analysis_of({"good": 4, "oil": 60}, {})
    assert "too few to prove" in judge(few, DONE).sentence
    assert judge(out_of_sample(few, {"good": 20, "oil": 300}, {}), DONE).level == "good"


def test_six_photographs_of_three_parts_are_too_few() -> None:
    flattered = analysis_of({"good": 60, "oil": 60}, {})
    judgement = judge(out_of_sample(flattered, {"good": 300, "oil": 18}, {}, copies=6), DONE)
    assert judgement.sentence.endswith(
        "Smallest class: oil, 18 images, 3 with near copies counted once. That is too few to prove "
        "anything about it."
    )


def test_where_all_images_look_alike_their_figure_is_not_in_the_headline() -> None:
    fine = analysis_of({"good": 60, "oil": 60}, {})
    judgement = judge(out_of_sample(fine, {"good": 60, "oil": 60}, {}, copies=120), DONE)
    assert judgement.level == "good"
    assert "out of sample" not in judgement.sentence


def test_a_warning_of_the_audit_comes_before_praise() -> None:
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
    evidence = analysis_of({"good": 4, "oil": 57, "stain": 59}, {"oil": 3}).evidence
    assert {name: proof.sentence for name, proof in proofs(evidence, 0).items()} == {
        "good": "good: 0 of 4 images missed, which proves only a miss rate below 52.7 %; 59 images "
        "without a miss would prove one below 5.0 %.",
        "oil": "oil: 3 of 60 images missed, which proves only a miss rate below 12.4 %.",
        "stain": "stain: 0 of 59 images missed, which proves a miss rate below 5.0 %.",
    }
