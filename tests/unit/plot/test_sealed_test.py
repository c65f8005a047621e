"""The sealed test set: its figures, how often it was looked at, and what that does to them."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from common import keys
from plot.doubts import doubts_of
from plot.inputs.configuration import Configuration
from plot.inputs.history import NO_HISTORY
from plot.inputs.predictions import Predictions
from plot.inputs.results import Results, read_results
from plot.inputs.sealed_test import SealedTest
from plot.judgement import judge
from plot.run_record import RunEnd, make_record
from plot.statistics.intervals import RISK, share
from plot.statistics.sealed_test import judge_sealed_test
from plot.test_looks import count_looks
from tests.support.jobs import job_end
from tests.support.memory_bucket import MemoryBucket
from tests.support.page_reader import Reader
from tests.support.pages import COSTS, analysis_of, page_of
from tests.support.predictions import make_predictions, predictions_of, repeated
from tests.support.runs import Shape, files_of

SHAPE = Shape(images=60, epochs=2, tested=200)
DONE = RunEnd(state="done", sentence="Done.")


def right_of(right: int, images: int) -> Predictions:
    """So many images of one class named right, and the others wrong."""
    return predictions_of(["a", "b"], [0] * images, [0] * right + [1] * (images - right))


def measured(*contents: int) -> Results:
    """A run that was measured on images with these contents."""
    digits = tuple(f"{content:016x}" for content in contents)
    test = SealedTest(test_set=sha256("".join(digits).encode()).hexdigest(), contents=digits)
    return Results(
        NO_HISTORY, Configuration(), test=test, test_predictions=right_of(1, len(contents))
    )


def look(bucket: MemoryBucket, run: str, results: Results) -> int:
    return count_looks(bucket, job_end().model_copy(update={"run": run}), results)


def test_it_is_read_with_what_was_left_out() -> None:
    results = read_results(files_of(SHAPE))

    assert results.test is not None
    assert results.test_predictions is not None
    assert len(results.test_predictions) == len(results.test.contents) == 200
    assert results.test_predictions.clusters is not None
    assert results.test.copies[0].copy_of == "train/oil/7.jpg"
    assert results.test.unknown_classes == {"dent": 2}
    assert not [sentence for sentence in results.missing if "test" in sentence]


def test_a_run_without_a_test_set_lacks_nothing() -> None:
    results = read_results(files_of(replace(SHAPE, tested=0)))

    assert (results.test, results.test_predictions) == (None, None)
    assert not [sentence for sentence in results.missing if "test" in sentence]


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("test.json", b"{", "test.json can't be used"),
        ("test.json", b"{}", "test.json doesn't say what the test set contains"),
        ("test.json", b'{"test_set": "../x", "contents": ["0"]}', "test.json doesn't say"),
        ("test_predictions.csv", b"file,class\n", "test_predictions.csv has no column"),
    ],
)
def test_a_damaged_file_is_named_and_nothing_is_judged(name: str, body: bytes, words: str) -> None:
    results = read_results(files_of(SHAPE) | {name: body})

    assert results.test_predictions is None
    assert [sentence for sentence in results.missing if sentence.startswith(words)]


def test_each_run_is_one_look_however_often_it_is_reported() -> None:
    bucket, results = MemoryBucket("b", {}), measured(1, 2, 3)

    assert [look(bucket, run, results) for run in ("r1", "r2", "r2", "r1", "r3")] == [1, 2, 2, 1, 3]
    assert len(bucket.objects[keys.TEST_LOOKS].splitlines()) == 3


def test_a_test_set_that_shares_an_image_has_been_looked_at() -> None:
    bucket = MemoryBucket("b", {})
    first, more, other = measured(1, 2, 3), measured(3, 4), measured(8, 9)

    sets = (first, first, more, other, more)
    assert [look(bucket, f"r{n}", test) for n, test in enumerate(sets)] == [1, 2, 3, 1, 4]


def test_the_images_are_kept_once_for_each_test_set() -> None:
    bucket, results = MemoryBucket("b", {}), measured(*range(500))
    for number in range(20):
        look(bucket, f"r{number}", results)

    assert len(bucket.objects[keys.TEST_LOOKS]) < 2 * 20 * 500


def test_a_run_that_was_not_measured_is_no_look() -> None:
    bucket = MemoryBucket("b", {})

    assert look(bucket, "r1", replace(measured(1), test_predictions=None)) == 0
    assert look(bucket, "r1", Results(NO_HISTORY, Configuration())) == 0
    assert bucket.objects == {}


def test_a_damaged_line_is_no_look() -> None:
    bucket = MemoryBucket("b", {keys.TEST_LOOKS: b"{broken\n"})

    assert look(bucket, "r1", measured(1)) == 1


def test_at_the_first_look_the_figures_mean_what_they_say() -> None:
    figures = judge_sealed_test(right_of(180, 200), looks=1)

    assert figures.accuracy == figures.accuracy_of_best == share(180, 200)
    assert figures.worth == 200
    assert "mean what they say" in figures.sentence


def test_each_look_widens_the_interval_and_takes_from_the_worth() -> None:
    figures = [judge_sealed_test(right_of(180, 200), looks) for looks in (1, 2, 5, 20)]

    assert len({item.accuracy for item in figures}) == 1
    widths = [item.accuracy_of_best.high - item.accuracy_of_best.low for item in figures]
    assert widths == sorted(widths)
    assert widths[-1] > 1.4 * widths[0]
    # By the normal distribution's tables: z is 1.960, 2.241, 2.576 and 3.023.
    assert [item.worth for item in figures] == [200, 153, 116, 84]
    assert "153 images would have made them" in figures[1].sentence


def test_the_interval_of_the_best_of_many_equal_runs_covers_the_truth() -> None:
    """Twenty runs, all right in 90 %: the best one's own interval misses that far too often."""
    random = np.random.default_rng(0)
    alone = of_best = 0
    for _ in range(400):
        best = int(random.binomial(300, 0.9, 20).max())
        alone += share(best, 300).low <= 0.9
        of_best += share(best, 300, risk=RISK / 20).low <= 0.9
    assert alone / 400 < 0.8
    assert of_best / 400 >= 0.95


def test_images_of_one_group_count_for_less() -> None:
    parts = make_predictions(["a", "b"], 40, skill=1.5)

    single, copied = (judge_sealed_test(repeated(parts, n), looks=3) for n in (1, 6))

    assert copied.accuracy_of_best.low == pytest.approx(single.accuracy_of_best.low)
    assert copied.recall["a"].low == pytest.approx(single.recall["a"].low)
    assert copied.macro_f1_interval_of_best == pytest.approx(single.macro_f1_interval_of_best)


def test_macro_f1_of_the_best_is_less_certain() -> None:
    predictions = make_predictions(["a", "b", "c"], 200, skill=2.0)
    figures = judge_sealed_test(replace(predictions, clusters=np.arange(200)), looks=10)

    assert figures.macro_f1_interval is not None
    assert figures.macro_f1_interval_of_best is not None
    (low, high), (lower, higher) = figures.macro_f1_interval, figures.macro_f1_interval_of_best
    assert lower < low < figures.scores.macro_f1 < high < higher


def test_the_report_shows_it_beside_the_other_figures() -> None:
    shape = replace(SHAPE, folds=5)
    text = Reader(page_of(analysis_of(shape, looks=3))).text

    for words in (
        "This run is number 3 that was measured on these 200 images",
        "All images, out of sample",
        "Sealed test set, this run alone 200",
        "The same, if it was chosen as the best of 3 runs 200",
        "1 test image not measured, because the training had the same",
        "test/oil/seen.jpg is train/oil/7.jpg",
        "test/oil/cut.jpg (the file is cut off)",
        "2 test images of “dent” not measured",
        "On the sealed test set, at look 3, it classifies",
    ):
        assert words in text, words


def test_the_report_of_the_first_look_has_one_line_of_it() -> None:
    text = Reader(page_of(analysis_of(SHAPE))).text

    assert "is the first that was measured on these 200 images" in text
    assert "Sealed test set 200" in text
    assert "chosen as the best" not in text


def test_a_report_without_a_test_set_says_nothing_of_one() -> None:
    assert "ealed" not in page_of(analysis_of(replace(SHAPE, tested=0)))


def test_the_record_has_the_figures_and_the_looks() -> None:
    analysis = analysis_of(SHAPE, looks=4)
    record = json.loads(make_record(job_end(), DONE, analysis, COSTS, []).to_json())

    recorded = record["figures"]["sealed_test"]
    assert recorded["looks"] == 4
    assert recorded["test_set"] == f"{200:064x}"
    assert recorded["accuracy"]["of"] == 200
    assert recorded["accuracy_of_best"]["low"] < recorded["accuracy"]["low"]
    low, high = recorded["macro_f1_interval"]
    assert low < recorded["macro_f1"] < high


def test_a_model_that_is_proven_to_be_worse_there_is_doubtful() -> None:
    good = analysis_of(Shape(images=400, epochs=2, tested=0, skill=8.0))
    worse = replace(good, sealed_test=judge_sealed_test(right_of(150, 200), looks=1))
    alike = replace(good, sealed_test=judge_sealed_test(right_of(199, 200), looks=1))

    assert [doubt for doubt in doubts_of(worse) if "sealed test set" in doubt.sentence]
    assert not [doubt for doubt in doubts_of(alike) if "sealed test set" in doubt.sentence]
    assert "On the sealed test set, it classifies 75.0 %" in judge(worse, DONE).sentence
