"""Every image judged once: read like predictions.csv, with what near copies prove and don't."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pytest

from plot.analysis import analyse
from plot.errors import PredictionsError
from plot.inputs.predictions import read_predictions
from plot.inputs.results import read_results
from plot.inputs.spreadsheet import rewrite
from plot.statistics.evidence import evidence_of
from plot.statistics.out_of_sample import judge_out_of_sample
from tests.support.predictions import as_csv, make_predictions, predictions_of, repeated
from tests.support.runs import Shape, files_of

SHAPE = Shape(images=40, epochs=2, folds=5)
HEAD = b"file,side,class,fold,cluster,predicted,probability\n"


def read(body: bytes) -> object:
    return read_predictions(body, "out_of_sample.csv", clustered=True)


def test_the_table_is_read_with_its_clusters() -> None:
    predictions = repeated(make_predictions(["good", "oil"], 20), 3)
    read = read_predictions(as_csv(predictions), "out_of_sample.csv", clustered=True)
    assert read.clusters is not None
    assert read.clusters.tolist() == np.repeat(np.arange(20), 3).tolist()
    assert read.predicted.tolist() == predictions.predicted.tolist()
    assert np.array_equal(read.probabilities, predictions.probabilities)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"file,class,predicted\na,b,c\n", "out_of_sample.csv has no column 'cluster'"),
        (HEAD + b"a,train,b,1,x,b,0.5\n", "line 2 of out_of_sample.csv: invalid literal"),
        (HEAD + b"a,train,b,1,99999999999999999999,b,0.5\n", "line 2 of out_of_sample.csv"),
        (HEAD + b"a,train,b,1," + b"9" * 9_000 + b",b,0.5\n", "line 2 of out_of_sample.csv"),
        (HEAD + b"a,train\n", "line 2 of out_of_sample.csv has 2 columns"),
        (HEAD, "out_of_sample.csv names no image"),
        (HEAD + b"\xff,train,b,1,1,b,0.5\n", "out_of_sample.csv isn't CSV in UTF-8"),
    ],
)
def test_a_damaged_table_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(PredictionsError, match=words):
        read(body)


def test_all_images_are_judged_and_near_copies_count_once() -> None:
    analysis = analyse(read_results(files_of(SHAPE)))
    judged = analysis.out_of_sample
    assert judged is not None
    assert (judged.folds, judged.clusters, judged.scores.images) == (5, 100, 200)
    assert judged.sentence == (
        "5 folds judged each of the 200 images once, with a classifier that was trained without "
        "it. Near copies and groups stayed together (100 clusters), so the classifier knew none of "
        "them either."
    )
    assert sum(item.images for item in analysis.evidence) == 200
    assert sum(item.parts for item in analysis.evidence) == 100
    assert analysis.scores is not None
    assert analysis.scores.images == 40  # the validation figure stays beside it
    assert analysis.results.missing == ()


def test_an_older_run_is_judged_as_before() -> None:
    analysis = analyse(read_results(files_of(replace(SHAPE, folds=0))))
    assert analysis.out_of_sample is None
    assert analysis.judged is analysis.results.predictions
    assert analysis.results.missing == ()
    assert analysis.calibration is not None
    assert analysis.calibration.before is None


def test_a_damaged_table_is_named_and_the_rest_is_used() -> None:
    files = files_of(SHAPE) | {"out_of_sample.csv": b"file\n", "calibration.json": b"[]"}
    analysis = analyse(read_results(files))
    assert analysis.judged is analysis.results.predictions
    table, scaling = analysis.results.missing
    assert table.startswith("out_of_sample.csv has no column 'class': only the validation images")
    assert scaling.startswith("calibration.json can't be used")


@pytest.mark.parametrize("value", [0, -1, 1e9, float("inf"), "2", None, [], True])
def test_an_unexpected_temperature_is_not_used(value: object) -> None:
    body = json.dumps({"temperature": value, "folds": -3, "reason": 7}).encode()
    scaling = read_results(files_of(SHAPE) | {"calibration.json": body}).scaling
    assert scaling is not None
    assert scaling.temperature in {None, 1.0, 2.0}
    assert (scaling.folds, scaling.reason) == (0, None)


def test_where_most_images_look_alike_nothing_is_told() -> None:
    predictions = replace(make_predictions(["a", "b"], 104), clusters=np.array([0] * 60 + [1] * 44))
    judged = judge_out_of_sample(predictions, 5)
    assert judged is not None
    assert not judged.can_tell
    assert judged.sentence.startswith("One cluster has 60 of the 104 images: they look alike, as")
    half = replace(predictions, clusters=np.array([0] * 52 + [1] * 52))
    answer = judge_out_of_sample(half, 5)
    assert answer is not None
    assert answer.can_tell


def test_then_the_validation_images_are_the_evidence() -> None:
    predictions = replace(make_predictions(["good", "oil"], 200), clusters=np.zeros(200, np.int64))
    files = files_of(Shape(("good", "oil"), 40, 2)) | {"out_of_sample.csv": as_csv(predictions)}
    analysis = analyse(read_results(files))
    assert analysis.judged is analysis.results.predictions
    assert analysis.out_of_sample is not None


def test_a_part_is_missed_with_any_of_its_images_and_found_with_any() -> None:
    predictions = replace(
        predictions_of(["a", "b"], [0, 0, 0, 0, 1], [0, 1, 1, 0, 1]),
        clusters=np.array([7, 7, 7, 9, 7]),
    )
    of_a, of_b = evidence_of(predictions)
    assert (of_a.images, of_a.found, of_a.missed) == (4, 2, 2)
    assert (of_a.parts, of_a.parts_missed, of_a.parts_found) == (2, 1, 2)
    assert (of_b.parts, of_b.parts_missed, of_b.parts_found) == (1, 0, 1)


def test_a_table_without_probabilities_per_class_is_evidence_and_sets_no_threshold() -> None:
    files = files_of(SHAPE)
    body, remark = rewrite(
        io.BytesIO(files["out_of_sample.csv"]), 1000, "out_of_sample.csv", wide_bytes=999
    )
    results = read_results(files | {"out_of_sample.csv": body}, {"out_of_sample.csv": remark})
    analysis = analyse(results)
    assert sum(item.images for item in analysis.evidence) == 200
    assert analysis.has_evidence_of_all
    assert not analysis.judged_out_of_sample
    assert analysis.threshold_curve is not None
    assert analysis.threshold_curve.good + analysis.threshold_curve.defects == 40
    [fault] = results.missing
    assert fault.endswith("of all classes, so no threshold is measured on it.")
