"""What a person finds in the bucket beside the plots: report, list of runs, comparison, failure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from common import keys, settings
from common.defect_decision import DefectDecision
from common.s3 import Bucket
from common.status import StatusBoard
from plot import publish
from tests.integration.plot.conftest import BUCKET, Stack
from tests.support.archives import HISTORY
from tests.support.events import load_event
from tests.support.jobs import RUN
from tests.support.runs import DATASET, Shape, archive_of, files_of, manifest_of, verdict_of

Plot = Callable[[dict[str, Any]], dict[str, Any]]

COMPLETED = load_event("sagemaker/job_completed")
HOUR = 3_600_000  # milliseconds
SHAPE = Shape(images=60, epochs=2, mistakes=3, skill=1.5)


def run_named(number: int) -> str:
    return f"{RUN[:-1]}{number}"


def completed(number: int, event: dict[str, Any] = COMPLETED) -> dict[str, Any]:
    """The end of run `number`, so many hours later."""
    end = COMPLETED["detail"]["TrainingEndTime"] + number * HOUR
    changes = {"TrainingJobName": run_named(number), "TrainingEndTime": end}
    return {**event, "detail": {**event["detail"], **changes}}


def put_run(stack: Stack, number: int, files: dict[str, bytes]) -> None:
    stack.put(keys.run_output_archive(run_named(number)), archive_of(files))


def put_dataset(stack: Stack, shape: Shape = SHAPE) -> None:
    stack.put(keys.manifest(DATASET), manifest_of(shape))
    stack.put(keys.verdict(DATASET), verdict_of(shape))


def metrics_of(stack: Stack, number: int) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(stack.get(keys.run_metrics(run_named(number))))
    return record


def page_of(stack: Stack, number: int = 1) -> str:
    return stack.get(keys.run_report(run_named(number))).decode()


def runs_of(stack: Stack) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = json.loads(stack.get(keys.RUNS_JSON))["runs"]
    return runs


def test_lost_images_of_a_class_are_in_status_report_and_message(stack: Stack, plot: Plot) -> None:
    put_dataset(stack)
    verdict = json.loads(verdict_of(SHAPE))
    lost = {"code": "files-left-out", "sentence": "scratch: 40 of 40 files left out."}
    stack.put(
        keys.verdict(DATASET),
        json.dumps(verdict | {"warnings": [*verdict["warnings"], lost]}).encode(),
    )
    put_run(stack, 1, files_of(SHAPE))

    plot(completed(1))

    assert stack.status()["run"]["warnings"] == [lost["sentence"]]
    assert lost["sentence"] in page_of(stack)
    [message] = stack.messages()
    assert f"warning: {lost['sentence']}\n" in message["Message"]


def test_a_run_is_compared_with_the_previous_one_on_shared_images(stack: Stack, plot: Plot) -> None:
    put_dataset(stack)
    bad = files_of(SHAPE)
    header, *rows = bad["predictions.csv"].decode().splitlines()
    cut = [row.split(",") for row in rows]
    wrong = [",".join([row[0], row[1], '"stain"', *row[3:]]) for row in cut]
    bad["predictions.csv"] = "\n".join([header, *wrong]).encode()
    put_run(stack, 1, bad)
    put_run(stack, 2, files_of(SHAPE))
    plot(completed(1))
    plot(completed(2))

    assert "comparison" not in metrics_of(stack, 1)["figures"]
    comparison = metrics_of(stack, 2)["figures"]["comparison"]
    assert comparison["run_before"] == run_named(1)
    assert comparison["verdict"] == "better"
    assert comparison["shared_images"] == 60
    assert "Better than the previous run: on the 60 validation images" in page_of(stack, 2)
    assert [run["run"] for run in runs_of(stack)] == [run_named(2), run_named(1)]
    assert runs_of(stack)[0]["against_run_before"] == "better"
    command = f"aws s3 cp s3://{BUCKET}/runs/{run_named(2)}/report.html {run_named(2)}.html"
    assert command in stack.get(keys.RUNS_HTML).decode()


def test_a_run_is_compared_with_an_old_one_whose_copies_had_other_names(
    stack: Stack, plot: Plot
) -> None:
    """The next split of the same images writes their manifest anew, with other names of copies."""
    files = files_of(SHAPE)
    rows = [json.loads(row) for row in manifest_of(SHAPE, left_out=0).splitlines()]
    now = dict(files)
    for row in rows:
        copy, extension = row["copy"].rsplit(".", 1)
        digits = hashlib.sha256(row["content"].encode()).hexdigest()[:16]
        row["copy"] = f"{copy}-{digits}.{extension}"
        file, name = (key.split("/", 2)[2] for key in (f"{copy}.{extension}", row["copy"]))
        earlier = name.replace(digits, digits[:8])
        for archive, written in ((files, earlier), (now, name)):
            predictions = archive["predictions.csv"].decode()
            archive["predictions.csv"] = predictions.replace(file, written).encode()
    stack.put(keys.manifest(DATASET), "\n".join(map(json.dumps, rows)).encode())
    put_run(stack, 1, files)
    put_run(stack, 2, now)
    plot(completed(1))
    plot(completed(2))

    comparison = metrics_of(stack, 2)["figures"]["comparison"]
    assert (comparison["run_before"], comparison["shared_images"]) == (run_named(1), 60)


def test_a_failed_run_is_not_the_previous_run(stack: Stack, plot: Plot) -> None:
    put_dataset(stack)
    put_run(stack, 1, files_of(SHAPE))
    put_run(stack, 3, files_of(SHAPE))
    plot(completed(1))
    plot(completed(2, load_event("sagemaker/job_failed_capacity")))
    plot(completed(3))
    assert metrics_of(stack, 3)["figures"]["comparison"]["run_before"] == run_named(1)
    assert [run["state"] for run in runs_of(stack)] == ["done", "failed", "done"]


def test_the_report_describes_the_split_and_shows_the_images_own_names(
    stack: Stack, plot: Plot
) -> None:
    put_dataset(stack)
    put_run(stack, 1, files_of(SHAPE))
    plot(completed(1))
    page = page_of(stack)
    assert "of each class is used for validation" in page
    assert "a hidden or system file" in page
    assert "raw/oil/._junk 0.jpg" in page
    assert "data:image/jpeg;base64," in page
    assert "predictions.csv is missing" not in page


def test_the_report_works_without_the_split_s_documents(stack: Stack, plot: Plot) -> None:
    put_run(stack, 1, files_of(SHAPE))
    assert plot(completed(1))["state"] == "done"
    assert "<h3>Split</h3>" not in page_of(stack)


@pytest.mark.parametrize(
    "prefix", [keys.run_checkpoints(RUN), f"runs/{RUN}/checkpoints/"], ids=["now", "earlier"]
)
def test_a_failed_job_s_curves_come_from_its_newest_readable_checkpoint(
    stack: Stack, plot: Plot, prefix: str
) -> None:
    stack.put(f"{prefix}epoch-0003.json", json.dumps({"history": HISTORY}).encode())
    stack.put(f"{prefix}epoch-0004.json", b'{"history": ')
    stack.put(f"{prefix}epoch-0004.weights.h5", b"weights")

    plot(load_event("sagemaker/job_failed"))

    run = stack.status()["run"]
    assert "It had completed 3 epochs." in run["sentence"]
    assert run["plots"] == [keys.run_plot(RUN, "accuracy"), keys.run_plot(RUN, "loss")]
    page = page_of(stack)
    assert "Training failed" in page
    assert "3 complete epochs" in page
    assert "<polyline" in page
    assert keys.run_file(RUN, "history.json") not in stack.versions()


def test_the_status_page_keeps_the_plots_when_the_drop_changes(stack: Stack, plot: Plot) -> None:
    put_run(stack, 1, files_of(SHAPE))
    plot(completed(1))
    first = stack.get(keys.STATUS_HTML).decode()
    StatusBoard(Bucket(BUCKET)).report_drop("waiting", "Images are arriving.")
    page = stack.get(keys.STATUS_HTML).decode()
    assert "Images are arriving." in page
    assert first.count("data:image/png;base64,") == page.count("data:image/png;base64,") == 3


def test_a_plot_too_large_for_the_status_page_is_skipped(stack: Stack, plot: Plot) -> None:
    put_run(stack, 1, files_of(SHAPE))
    plot(completed(1))
    stack.put(keys.run_plot(run_named(1), "accuracy"), bytes(2 << 20))
    StatusBoard(Bucket(BUCKET)).report_drop("waiting", "Images are arriving.")
    assert stack.get(keys.STATUS_HTML).count(b"data:image/png;base64,") == 2


def test_a_job_that_never_started_has_a_report(stack: Stack, plot: Plot) -> None:
    plot(load_event("sagemaker/job_failed_capacity"))
    assert "AWS had no free machine" in page_of(stack)
    assert "0 complete epochs" in page_of(stack)
    [run] = runs_of(stack)
    assert (run["state"], run["accuracy"]) == ("failed", None)


def test_the_costs_of_the_job_come_from_sagemaker(stack: Stack, plot: Plot) -> None:
    sagemaker = boto3.client("sagemaker")
    sagemaker.create_training_job(
        TrainingJobName=RUN,
        AlgorithmSpecification={"TrainingImage": "image:2.21", "TrainingInputMode": "File"},
        RoleArn="arn:aws:iam::123456789012:role/training",
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/runs/"},
        ResourceConfig={"InstanceType": "ml.g5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
        StoppingCondition={"MaxRuntimeInSeconds": 7200},
        EnableManagedSpotTraining=True,
    )
    put_run(stack, 1, files_of(SHAPE))
    plot(completed(1))
    figures = metrics_of(stack, 1)["figures"]
    assert (figures["instance_type"], figures["is_spot"]) == ("ml.g5.xlarge", True)
    assert "image:2.21" in page_of(stack)


def test_a_lost_list_of_runs_is_rebuilt(stack: Stack, plot: Plot) -> None:
    for number in (1, 2):
        put_run(stack, number, files_of(SHAPE))
        plot(completed(number))
    before = runs_of(stack)
    for key in (keys.RUNS_JSON, keys.RUNS_HTML):
        stack.s3.delete_object(Bucket=BUCKET, Key=key)

    plot(completed(1))

    assert runs_of(stack) == before
    assert run_named(2) in stack.get(keys.RUNS_HTML).decode()


def test_two_runs_that_end_at_once_are_both_in_the_list(
    stack: Stack, plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_run(stack, 1, files_of(SHAPE))
    put_run(stack, 2, files_of(SHAPE))
    entered = publish.entry_of
    seen = []

    def meanwhile(record: Any) -> Any:
        if not seen:
            seen.append(record)
            plot(completed(2))
        return entered(record)

    monkeypatch.setattr(publish, "entry_of", meanwhile)
    plot(completed(1))
    assert {run["run"] for run in runs_of(stack)} == {run_named(1), run_named(2)}
    page = stack.get(keys.RUNS_HTML).decode()
    assert run_named(1) in page
    assert run_named(2) in page


def test_the_report_names_missing_files(stack: Stack, plot: Plot) -> None:
    files = files_of(SHAPE)
    kept = {name: files[name] for name in ("history.json", "predictions.csv")}
    put_run(stack, 1, kept)
    plot(completed(1))
    assert "audit.json is missing" in page_of(stack)
    assert "mistakes.json is missing" in page_of(stack)


def test_a_picture_that_is_far_too_large_is_skipped(stack: Stack, plot: Plot) -> None:
    files = files_of(SHAPE) | {"mistakes/00-image.png": bytes(3 << 20)}
    put_run(stack, 1, files)
    assert plot(completed(1))["state"] == "done"
    assert page_of(stack).count("<img") == 2 * 3 - 2


def test_the_page_of_the_list_is_never_older_than_the_list(
    stack: Stack, plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        put_run(stack, number, files_of(SHAPE))
    rendered = publish.render_runs
    seen = []

    def meanwhile(index: Any, *others: Any) -> str:
        page = rendered(index, *others)
        if not seen:
            seen.append(index)
            plot(completed(2))  # writes a newer page, which this older one would replace
        return page

    monkeypatch.setattr(publish, "render_runs", meanwhile)
    plot(completed(1))
    assert run_named(2) in stack.get(keys.RUNS_HTML).decode()


def test_a_stopped_job_with_results_shows_them_and_its_model(stack: Stack, plot: Plot) -> None:
    put_run(stack, 1, files_of(SHAPE))
    plot(completed(1, load_event("sagemaker/job_stopped")))
    page = page_of(stack)
    assert "Training stopped" in page
    assert "Classes" in page
    assert "Use the model" in page
    assert metrics_of(stack, 1)["state"] == "stopped"


JUDGED = Shape(images=60, epochs=2, mistakes=3, skill=1.5, folds=5)


def test_a_run_that_was_judged_by_folds_has_its_tables_figures_and_decision(
    stack: Stack, plot: Plot
) -> None:
    put_dataset(stack)
    put_run(stack, 1, files_of(JUDGED))
    plot(completed(1))

    record = metrics_of(stack, 1)
    figures = record["figures"]
    assert figures["out_of_sample"]["accuracy"]["of"] == 300
    assert (figures["out_of_sample"]["folds"], figures["out_of_sample"]["clusters"]) == (5, 150)
    ends = [figures["out_of_sample"][name] for name in ("macro_f1_low", "macro_f1_high")]
    assert ends[0] < figures["out_of_sample"]["macro_f1"] < ends[1]
    assert figures["temperature"] == 0.6
    assert figures["calibration_error_before_scaling"] != figures["calibration_error"]
    assert {
        keys.run_file(run_named(1), name)
        for name in ("out_of_sample.csv", "calibration.json", "decision.json")
    } <= set(record["files"])
    decision = DefectDecision.model_validate_json(stack.get(keys.run_decision(run_named(1))))
    assert (decision.run, decision.accepted_class) == (run_named(1), "good")
    assert (decision.wanted_miss_rate, decision.measured_on) == (0.05, "out of sample")
    assert decision.sentence.replace(" %", "\N{NO-BREAK SPACE}%") in page_of(stack)


def test_the_decision_is_not_written_again_for_another_rate(
    stack: Stack, plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_run(stack, 1, files_of(JUDGED))
    plot(completed(1))
    before = stack.versions()
    monkeypatch.setenv("MAXIMUM_MISS_RATE", "0.2")
    settings.load.cache_clear()
    plot(completed(1))
    assert stack.versions() == before


def test_without_a_wanted_miss_rate_there_is_no_decision(
    stack: Stack, plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAXIMUM_MISS_RATE", "0")
    put_run(stack, 1, files_of(JUDGED))
    plot(completed(1))
    assert keys.run_decision(run_named(1)) not in stack.versions()
    assert "MaximumMissRate" not in page_of(stack)


def test_a_failed_run_decides_nothing(stack: Stack, plot: Plot) -> None:
    put_run(stack, 1, files_of(JUDGED))
    plot(completed(1, load_event("sagemaker/job_stopped_max_runtime")))
    assert keys.run_decision(run_named(1)) not in stack.versions()


def test_the_judgement_is_the_same_when_the_archive_is_gone(stack: Stack, plot: Plot) -> None:
    """A retry after the archive was removed reads the tables where the first attempt put them."""
    put_run(stack, 1, files_of(JUDGED))
    plot(completed(1))
    first = metrics_of(stack, 1)
    for key in (keys.run_output_archive(run_named(1)), keys.run_metrics(run_named(1))):
        stack.s3.delete_object(Bucket=BUCKET, Key=key)
    plot(completed(1))
    assert metrics_of(stack, 1)["figures"]["out_of_sample"] == first["figures"]["out_of_sample"]
