"""The report and the page of all runs: complete, self-contained, and safe whatever the names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from plot.analysis import Analysis, analyse
from plot.inputs.configuration import Configuration
from plot.inputs.results import Results, read_results
from plot.job_end import Costs
from plot.pages.runs import render_runs
from plot.reporting import describe_end, write_message
from plot.statistics.comparison import Prediction, compare
from tests.support.jobs import job_end
from tests.support.page_reader import Reader
from tests.support.pages import (
    ALIVE,
    BUCKET,
    HOSTILE,
    analysis_of,
    hostile_analysis,
    hostile_failure,
    hostile_index,
    page_of,
)
from tests.support.predictions import as_csv, make_predictions
from tests.support.runs import Shape, files_of


def assert_self_contained(page: str) -> Reader:
    """Nothing on the page runs, and nothing is requested."""
    reader = Reader(page)
    for tag, attributes in reader.tags:
        assert tag not in {"script", "iframe", "object", "embed", "form", "base", "input"}
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        for name in ("src", "srcset", "poster", "data", "xlink:href"):
            assert (attributes.get(name) or "data:").startswith("data:")
        if tag == "link":
            assert attributes["href"] == "data:,"
        target = attributes.get("href") or "#"
        if tag == "a":  # a relative link is broken where only this object may be read
            assert target.startswith(("#", "https://doi.org/", "https://arxiv.org/"))
    assert "@import" not in page.replace("&#64;", "@").split("</head>")[0]
    assert "url(" not in page.split("</head>", maxsplit=1)[0]
    return reader


@pytest.fixture(scope="module")
def usual() -> Analysis:
    return analysis_of(Shape(epochs=5))


def test_it_is_self_contained(usual: Analysis) -> None:
    page = page_of(usual)
    assert_self_contained(page)
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert len(page) < 1_000_000


def test_it_has_the_figures_and_what_they_mean(usual: Analysis) -> None:
    text = Reader(page_of(usual)).text
    scores = usual.scores
    assert scores is not None
    for words in (
        f"of the validation images correctly ({scores.accuracy.hits} of 240;",
        "Don't rely on it yet. The border of the pictures alone",
        "20.0 % of each class is used for validation (seed 0)",
        "3 \N{MULTIPLICATION SIGN} a hidden or system file , such as raw/oil/._junk 0.jpg",
        "train/oil/x.jpg : the file is cut off",
        "3 min 34 s (214 seconds)",
        "65.0 % of the training time was not billed",
        "s3://droptrain-bucket/runs/51af3dc0-cf6336ca-7393851c-1/output/model.tar.gz",
        "tensorflow 2.21.0",
        "learning-rate 0.002",
        "59 images without a miss would prove one below 5.0 %",
        "“good” is accepted because of its name; any other class is a defect.",
    ):
        assert words in text
    assert text.count(", predicted as") > 5


@pytest.fixture(scope="module")
def judged() -> Analysis:
    return analysis_of(Shape(epochs=5, folds=5, skill=2.0))


def test_it_has_the_figures_out_of_sample_and_what_they_mean(judged: Analysis) -> None:
    text = Reader(page_of(judged)).text
    for words in (
        "Judged out of sample, it classifies",
        "5 folds judged each of the 1,200 images once",
        "Near copies and groups stayed together (600 clusters)",
        "All images, out of sample 1,200",
        "Recall, out of sample",
        "Before temperature scaling (temperature 0.60) the mean confidence was",
        "Measured on all images, out of sample.",
        "To miss at most 5.0 % of the defects, reject from a threshold of",
        "Wilks, 1941",
    ):
        assert words in text.replace("\N{NO-BREAK SPACE}", " "), words


def test_the_weakest_class_is_that_of_the_images_that_tell_most(
    usual: Analysis, judged: Analysis
) -> None:
    tile = "mistakes on the validation images; weakest class:"
    assert tile in Reader(page_of(usual)).text
    text = Reader(page_of(judged)).text
    assert "mistakes on the validation images" in text
    assert tile not in text  # the verdict names that of all images


def test_an_older_run_has_no_word_of_it(usual: Analysis) -> None:
    text = Reader(page_of(usual)).text
    for words in ("out of sample", "temperature", "Every image"):
        assert words not in text


def test_without_folds_it_says_why_and_what_helps() -> None:
    reason = "The training of 20 folds would take 3 h: raise MaximumRunSeconds."
    body = json.dumps({"temperature": 1.2, "folds": 0, "reason": reason}).encode()
    analysis = analysis_of(Shape(images=40, epochs=2), calibration_json=body)
    assert f"Only the validation images were judged. {reason}" in Reader(page_of(analysis)).text


def test_what_the_folds_could_not_keep_together_is_said() -> None:
    shape = Shape(images=40, epochs=2, folds=5)
    calibration = json.loads(files_of(shape)["calibration.json"])
    remark = "All images of 'good' look alike, as those of a fixed camera do: they were told apart."
    body = json.dumps(calibration | {"remarks": [remark]}).encode()
    assert remark in Reader(page_of(analysis_of(shape, calibration_json=body))).text


def test_the_bound_on_new_parts_is_in_the_table() -> None:
    shape = Shape(images=40, epochs=2)
    audit = json.loads(files_of(shape)["audit.json"])
    audit["near_copies"]["accuracy_at_most"] = 0.86
    text = Reader(page_of(analysis_of(shape, audit_json=json.dumps(audit).encode()))).text
    assert "This model, on new parts at most 86.0" in text
    assert "without near copies" not in text


def test_all_doubts_are_listed_the_worst_first(usual: Analysis) -> None:
    few = analysis_of(Shape(("good", "oil", *"abcdefgh"), images=60, epochs=2, skill=9.0))
    reader = Reader(page_of(few))
    assert reader.text.index("The border of the pictures alone") < reader.text.index(
        "That is too few to prove anything about it."
    )


def test_a_handful_of_images_has_no_percentage_but_an_interval() -> None:
    analysis = analysis_of(Shape(("good", "oil"), images=12, epochs=2))
    assert analysis.scores is not None
    text = Reader(page_of(analysis)).text.replace("\N{NO-BREAK SPACE}", " ")
    assert f"This model {analysis.scores.accuracy.hits} of 12" in text
    for item in analysis.scores.by_class:
        assert f"{item.recall.hits} of {item.recall.of}" in text
        assert f"{item.name} {item.images} {item.recall.hits} of {item.recall.of}" in text
    [matrix] = re.findall(r"Confusions (?:Most|None).*Rows: the true class", text)
    assert "%" not in matrix


def test_the_table_of_classes_has_their_figures(judged: Analysis) -> None:
    text = Reader(page_of(judged)).text.replace("\N{NO-BREAK SPACE}", " ")
    assert judged.scores is not None
    assert judged.out_of_sample is not None
    for item in judged.scores.by_class:
        row = (item.recall, judged.out_of_sample.recall[item.name], item.precision, item.f1)
        cells = [
            f"{100 * figure.value:.1f} % {100 * figure.low:.1f} to {100 * figure.high:.1f} %"
            for figure in row
        ]
        assert f"{item.name} {item.images} {' '.join(cells)}" in text


def test_what_the_search_for_near_copies_left_is_no_clean_figure(usual: Analysis) -> None:
    text = Reader(page_of(usual)).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "This model, without near copies at most" in text
    assert "The search misses some, so expect less on new parts." in text


def test_every_pictured_mistake_has_its_file_and_a_text(usual: Analysis) -> None:
    reader = Reader(page_of(usual))
    pictures = [attributes for tag, attributes in reader.tags if tag == "img"]
    assert len(pictures) == 2 * len(usual.results.mistakes) > 0
    assert all(attributes["alt"] for attributes in pictures)
    assert "raw/" in reader.text


def test_names_are_never_markup() -> None:
    analysis = hostile_analysis()
    for page in (page_of(analysis), page_of(analysis, hostile_failure(), Costs(image=ALIVE))):
        reader = assert_self_contained(page)
        assert "<script" not in page
        assert "alert(1)" in reader.text
        assert "{{ 7 * 7 }}" in reader.text
        for name in HOSTILE:
            assert " ".join(name.split()) in reader.text


def test_the_page_of_all_runs_is_self_contained_too() -> None:
    reader = assert_self_contained(render_runs(hostile_index(), BUCKET))
    assert "alert(1)" in reader.text
    for run in ("run-0", "run-1"):
        assert f"aws s3 cp s3://{BUCKET}/runs/{run}/report.html {run}.html" in reader.text


def test_it_has_the_commands_that_download_the_other_files(usual: Analysis) -> None:
    text = Reader(page_of(usual)).text
    run = "51af3dc0-cf6336ca-7393851c-1"
    assert f"aws s3 sync s3://{BUCKET}/runs/{run}/ {run} --exclude 'checkpoints/*'" in text
    assert f"aws s3 cp s3://{BUCKET}/runs/index.html ." in text


def test_hidden_characters_of_a_name_are_shown() -> None:
    page = page_of(analysis_of(Shape(("good", "oi\u202el", "c\x1bd"), images=40, epochs=1)))
    text = Reader(page).text
    assert r"oi\u202el" in text
    assert r"c\u001bd" in text
    assert not {"\u202e", "\x1b"} & set(page)


def without(*names: str) -> dict[str, bytes]:
    files = files_of(Shape(images=40, epochs=2))
    return {name: body for name, body in files.items() if name not in names}


def cases() -> Iterator[tuple[str, dict[str, bytes], str]]:
    yield "predictions", without("predictions.csv"), "predictions.csv is missing"
    yield "history", without("history.json"), "history.json is missing: there are no curves."
    yield "audit", without("audit.json"), "audit.json is missing: near-copies and shortcuts"
    yield "mistakes", without("mistakes.json"), "no mistakes can be shown"
    yield "config", without("config.json"), "settings and versions are unknown"
    yield "broken audit", without() | {"audit.json": b"{"}, "audit.json can't be used"
    history: dict[str, Any] = {"loss": [1.0, None], "val_loss": [1.0, 0.5]}
    gaps = without() | {"history.json": json.dumps(history).encode()}
    yield "metrics", gaps, "lacks numbers of accuracy, val_accuracy"
    yield "nan", gaps, "1 value not finite (NaN)"
    none = without() | {"history.json": b"{}"}
    yield "no epoch", none, "No epoch was completed: there are no curves."


@pytest.mark.parametrize(
    ("files", "words"), [case[1:] for case in cases()], ids=[case[0] for case in cases()]
)
def test_it_names_what_is_missing_and_shows_the_rest(files: dict[str, bytes], words: str) -> None:
    text = Reader(page_of(analyse(read_results(files)))).text
    assert "What is missing here" in text
    assert words in text


def test_one_epoch_has_a_dot() -> None:
    page = page_of(analysis_of(Shape(images=40, epochs=1)))
    assert '<circle class="validation"' in page


def test_a_run_without_mistakes() -> None:
    text = Reader(page_of(analysis_of(Shape(images=60, epochs=2, skill=20.0)))).text
    assert "None: every validation image was classified correctly." in text


def test_a_failed_run_has_the_reason_the_next_step_and_its_progress() -> None:
    history = analysis_of(Shape(images=40, epochs=7)).results.history
    analysis = analyse(Results(history, Configuration(), missing=tuple(history.remarks)))
    job = job_end("Failed", failure_reason="AlgorithmError: , exit code: 137")
    page = page_of(analysis, job, Costs())
    text = Reader(page).text
    assert "Training failed" in text
    assert "needed more memory than the machine has" in text
    assert "Deploy with a smaller BatchSize" in text
    assert "AlgorithmError: , exit code: 137" in text
    assert "7 complete epochs" in text
    assert "<polyline" in page
    assert "Use the model" not in text


def test_a_comparison_is_shown() -> None:
    usual = analysis_of(Shape(images=40, epochs=2))
    before = {str(n): Prediction("a", "b" if n < 9 else "a") for n in range(20)}
    now = {str(n): Prediction("a", "a") for n in range(20)}
    text = Reader(page_of(replace(usual, comparison=compare("run-0", before, now)))).text
    assert "Better than the previous run: on the 20 validation images" in text
    assert "Previous run: run-0" in text


def test_a_single_mistake_of_2500_is_never_rounded_away() -> None:
    predictions = make_predictions(("good", "oil"), 2500, skill=20.0)
    predictions.predicted[0] = 1 - predictions.predicted[0]
    analysis = analyse(read_results({"predictions.csv": as_csv(predictions)}))
    text = Reader(page_of(analysis)).text
    assert "classifies > 99.9 % of the validation images correctly (2,499 of 2,500;" in text
    assert "> 99.9 % accuracy on 2,500 validation images" in text
    assert "This model > 99.9 %" in text
    end = describe_end(job_end(), analysis, [])
    subject, _ = write_message(BUCKET, job_end(), end)
    assert subject == "droptrain: training done, accuracy > 99.9 % on validation images"
