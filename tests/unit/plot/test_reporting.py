"""The words of the status page and of the notification."""

from __future__ import annotations

import json
import math
from dataclasses import replace

from common.documents import Verdict
from plot.analysis import analyse
from plot.inputs.audit import Audit
from plot.inputs.configuration import Configuration, Images
from plot.inputs.history import NO_HISTORY, History
from plot.inputs.results import Results, read_results
from plot.job_end import JobEnd
from plot.reporting import describe_end, write_message
from plot.run_record import RunEnd
from tests.support import archives
from tests.support.jobs import RUN, job_end
from tests.support.runs import Shape, files_of

PLOTS = (f"runs/{RUN}/plots/accuracy.png", f"runs/{RUN}/plots/loss.png")
HISTORY = History((0.5, 0.9), (1.0, 0.3), (0.5, 0.875), (1.1, 0.4))


LOST = {"code": "files-left-out", "sentence": "'scratch': 40 of 40 files left out: HEIC."}
UNREADABLE = {"code": "files-left-out", "sentence": "'oil': 9 of 12 files left out: damaged."}
NOTHING = Results(NO_HISTORY, Configuration())


def describe(results: Results, job: JobEnd | None = None, **more: str) -> RunEnd:
    return describe_end(job or job_end(), analyse(results), PLOTS, **more)


def results(history: History = HISTORY, exported_epoch: int | None = None) -> Results:
    images = Images(train={"good": 960}, validation={"good": 240})
    configuration = Configuration(
        class_names=["good", "oil"], counts=images, exported_epoch=exported_epoch
    )
    return Results(history, configuration)


def test_done_describes_the_exported_model() -> None:
    falling_behind = History((0.5, 0.8, 0.9), (1, 0.5, 0.1), (0.5, 0.9, 0.875), (1, 0.4, 0.6))
    end = describe(results(falling_behind, exported_epoch=3))
    assert end.state == "done"
    assert end.sentence == (
        "Training finished after 3 epochs. The model of epoch 3 has an accuracy of 87.5 % on the "
        "validation images. The validation loss was lowest in epoch 2 (accuracy 90.0 %)."
    )
    assert end.facts["best_epoch"] == 2
    assert end.facts["exported_epoch"] == 3
    assert end.facts["validation_accuracy"] == "87.5 %"
    assert end.facts["plots"] == list(PLOTS)
    assert end.facts["images"] == "960 training and 240 validation images, 2 classes"


def test_done_gives_the_accuracy_out_of_sample_as_well() -> None:
    judged = read_results(files_of(Shape(images=60, epochs=2, folds=5)))
    end = describe(judged)
    accuracy = analyse(judged).out_of_sample
    assert accuracy is not None
    assert (
        f"Judged out of sample on 300 images, it is {100 * accuracy.accuracy.value:.1f} %."
        in end.sentence
    )


def test_done_names_one_epoch_when_the_exported_one_is_the_best() -> None:
    end = describe(results(exported_epoch=2))
    assert "The model of epoch 2 has an accuracy of 87.5 %" in end.sentence
    assert "lowest" not in end.sentence


def test_done_by_code_that_does_not_name_its_exported_epoch() -> None:
    end = describe(results())
    assert end.sentence.endswith("The validation loss was lowest in epoch 2 (accuracy 87.5 %).")
    assert end.facts["validation_accuracy"] == "87.5 %"


def test_an_exported_epoch_outside_the_history_is_ignored() -> None:
    assert results(exported_epoch=7).exported_epoch is None
    assert results(exported_epoch=0).exported_epoch is None


def test_done_without_a_finite_loss_does_not_praise_the_model() -> None:
    useless = History((0.5,), (math.nan,), (0.5,), (math.nan,))
    end = describe(results(useless, exported_epoch=1))
    assert "1 epoch." in end.sentence
    assert "is useless" in end.sentence


def test_done_with_epochs_of_unknown_accuracy() -> None:
    odd = History((0.5,), (0.1,), (math.nan,), (0.1,))
    end = describe(results(odd, exported_epoch=1))
    assert end.sentence.endswith("The validation loss was lowest in epoch 1.")
    assert end.facts["validation_accuracy"] is None


def test_lost_images_are_in_the_status_and_in_the_message() -> None:
    split = Verdict.model_validate({"warnings": [LOST, {"code": "small-class", "sentence": "No."}]})
    audit = Audit.model_validate({"warnings": [UNREADABLE]})
    analysis = analyse(replace(results(), audit=audit), split)

    end = describe_end(job_end(), analysis, PLOTS)

    assert end.facts["warnings"] == [LOST["sentence"], UNREADABLE["sentence"]]
    _, lines = write_message("bucket", job_end(), end)
    warnings = [line for line in lines if line.startswith("warning: ")]
    assert warnings == [f"warning: {LOST['sentence']}", f"warning: {UNREADABLE['sentence']}"]


def test_without_lost_images_there_is_no_warning() -> None:
    assert "warnings" not in describe(results()).facts


def test_failed_keeps_sagemakers_own_words() -> None:
    reason = "CapacityError: Unable to provision requested ML compute capacity."
    end = describe(NOTHING, job_end("Failed", failure_reason=reason))
    assert end.state == "failed"
    assert end.sentence.startswith("AWS had no free machine")
    assert end.facts["failure_reason"] == reason
    assert "raw/_READY" in end.facts["what_to_do"]
    assert "plots" not in end.facts


def test_a_stopped_job_with_results_describes_its_progress() -> None:
    end = describe(results(), job_end("Stopped", secondary_status="Stopped"))
    assert end.state == "stopped"
    assert "It had completed 2 epochs." in end.sentence
    assert end.facts["plots"] == list(PLOTS)


def test_unusable_results_are_a_failure_with_a_next_step() -> None:
    end = describe(NOTHING, fault="the archive is damaged: x")
    assert end.state == "failed"
    assert end.facts["failure_reason"] == "the archive is damaged: x"
    assert "history.json" in end.facts["what_to_do"]


def test_the_exported_model_s_own_accuracy_comes_first() -> None:
    files = {"history.json": json.dumps(archives.HISTORY).encode()}
    measured = read_results(files | {"predictions.csv": archives.PREDICTIONS})
    end = describe(measured)
    assert (
        "The model has an accuracy of 75.0 % on the validation images. The validation"
        in end.sentence
    )
    assert end.facts["validation_accuracy"] == "75.0 %"


def test_the_message_links_to_the_report() -> None:
    subject, lines = write_message("a-bucket", job_end(), describe(results()))
    body = "\n".join(lines)
    assert subject == "droptrain: training done, accuracy 87.5 % on validation images"
    assert f"s3://a-bucket/runs/{RUN}/report.html" in body
    assert "s3://a-bucket/runs/index.html" in body
    assert "s3://a-bucket/status.html" in body
    assert "None" not in body


def test_the_message_of_a_failure_has_the_next_step_once() -> None:
    job = job_end("Failed", failure_reason="AlgorithmError: Too few images, exit code: 1")
    subject, lines = write_message("a-bucket", job, describe(NOTHING, job))
    assert subject == "droptrain: training failed"
    assert "\n".join(lines).count("raw/_READY") == 1
