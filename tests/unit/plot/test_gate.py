"""The gate: the bars a model has to pass, and the sentences that say why."""

from __future__ import annotations

import pytest

from plot.analysis import analyse
from plot.gate import GateDecision, GateRules, MeasuredF1, decide, macro_f1_of, telling_of
from plot.inputs.results import read_results
from plot.statistics.comparison import TEST_IMAGE, VALIDATION_IMAGE, Comparison, Prediction, compare
from tests.support.runs import Shape, files_of

GOOD = MeasuredF1(0.931, "the validation images")
LENIENT = GateRules(minimum_macro_f1=0, promote_when_undecided=True)
STRICT = GateRules(minimum_macro_f1=0.8, promote_when_undecided=False)


def compared(mended: int, broken: int, images: int, kind: str = VALIDATION_IMAGE) -> Comparison:
    """Compare two runs that differ on so many of the images."""
    right, wrong = Prediction("oil", "oil"), Prediction("oil", "good")
    before = {str(n): wrong if n < mended else right for n in range(images)}
    now = {str(n): wrong if mended <= n < mended + broken else right for n in range(images)}
    return compare("run-1", before, now, kind)


def decided(comparison: Comparison | None, rules: GateRules) -> GateDecision:
    return decide(GOOD, "run-1", comparison, rules)


def test_the_first_model_becomes_the_current_one() -> None:
    for rules in (LENIENT, STRICT):
        decision = decide(GOOD, None, None, rules)
        assert decision.sentence == (
            "It became the current model: there was none before. Its macro F1 is 93.1 % on the "
            "validation images."
        )


@pytest.mark.parametrize("current", [None, "run-1"])
def test_a_macro_f1_below_the_least_waits(current: str | None) -> None:
    poor = MeasuredF1(0.7999, "all images, out of sample")
    decision = decide(poor, current, compared(20, 0, 200), STRICT)
    assert decision.sentence == (
        "It became a candidate only: its macro F1, 80.0 % on all images, out of sample, is below "
        "MinimumMacroF1, 80.0 %."
    )
    just_enough = MeasuredF1(0.8, poor.measured_on)
    assert decide(just_enough, None, None, STRICT).model == "current"


def test_a_model_that_nobody_judged_waits() -> None:
    decision = decide(None, None, None, LENIENT)
    assert decision.model == "candidate"
    assert "no readable predictions" in decision.reason


def test_a_worse_model_waits_however_few_the_images() -> None:
    decision = decided(compared(0, 6, 12), LENIENT)
    assert decision.model == "candidate"
    assert decision.reason == (
        "it is worse than the current model, run-1: on the 12 validation images that both runs "
        "share, 0 went from wrong to right and 6 from right to wrong (exact McNemar test, "
        "p = 0.031)."
    )


def test_a_better_model_passes_however_few_the_images() -> None:
    decision = decided(compared(6, 0, 12), STRICT)
    assert decision.model == "current"
    assert decision.reason.startswith("it is better than the one before, run-1: on the 12")


def test_a_model_that_lost_little_for_sure_passes() -> None:
    decision = decided(compared(5, 5, 200), STRICT)
    assert decision.model == "current"
    assert decision.reason == (
        "it isn't proven to be worse than the one before, run-1: on the 200 validation images that "
        "both runs share, 5 went from wrong to right and 5 from right to wrong (exact McNemar "
        "test, p = 1.000). With 95 % confidence it lost less than 2.9 % of accuracy."
    )


@pytest.mark.parametrize(
    ("comparison", "words"),
    [
        (None, "There is no image to compare them on."),
        (compared(0, 0, 0), "There is no image to compare them on."),
        (compared(0, 0, 12), "With 95 % confidence it lost less than 18.4 % of accuracy."),
        # A difference of 8 in 130 would be seen as none, though 13 % may have been lost.
        (compared(12, 20, 130), "it lost less than 13"),
    ],
)
def test_too_few_images_are_said_and_pass_only_if_the_parameter_says_so(
    comparison: Comparison | None, words: str
) -> None:
    passed, held = decided(comparison, LENIENT), decided(comparison, STRICT)
    assert (passed.model, held.model) == ("current", "candidate")
    for decision, setting in ((passed, "true"), (held, "false")):
        assert decision.reason.startswith(
            "too few images tell whether it is worse than run-1, and PromoteWhenUndecided is "
            f"{setting}. "
        )
        assert words in decision.reason


def test_a_bound_below_what_a_percentage_shows_is_written_as_a_number() -> None:
    decision = decided(compared(0, 0, 10_000), STRICT)
    assert "lost less than 0.1 % of accuracy" in decision.reason


def test_the_macro_f1_is_that_out_of_sample_where_there_is_one() -> None:
    both = analyse(read_results(files_of(Shape(images=60, epochs=2, folds=5))))
    validation = analyse(read_results(files_of(Shape(images=60, epochs=2))))
    assert both.out_of_sample is not None
    assert validation.scores is not None
    assert macro_f1_of(both) == MeasuredF1(
        both.out_of_sample.scores.macro_f1, "all images, out of sample"
    )
    assert macro_f1_of(validation) == MeasuredF1(
        validation.scores.macro_f1, "the validation images"
    )


def test_the_sealed_test_set_decides_where_it_can_prove_something() -> None:
    on_validation = compared(9, 0, 200)
    enough, too_few = (compared(0, 8, images, TEST_IMAGE) for images in (52, 51))
    assert telling_of(enough, on_validation) is enough
    assert telling_of(too_few, on_validation) is on_validation
    assert telling_of(None, on_validation) is on_validation
    decision = decided(telling_of(enough, on_validation), LENIENT)
    assert decision.model == "candidate"
    assert "on the 52 sealed test images that both runs share, 0 went from" in decision.reason


def test_the_macro_f1_on_the_sealed_test_set_comes_first() -> None:
    tested = analyse(
        read_results(files_of(Shape(images=60, epochs=2, folds=5, tested=40))), looks=1
    )
    assert tested.sealed_test is not None
    macro_f1 = tested.sealed_test.scores.macro_f1
    assert macro_f1_of(tested) == MeasuredF1(macro_f1, "the sealed test set")


def test_a_cluster_of_most_images_says_nothing_out_of_sample() -> None:
    alike = analyse(read_results(files_of(Shape(images=60, epochs=2, folds=5, copies=300))))
    assert alike.out_of_sample is not None
    assert not alike.out_of_sample.can_tell
    macro_f1 = macro_f1_of(alike)
    assert macro_f1 is not None
    assert macro_f1.measured_on == "the validation images"
