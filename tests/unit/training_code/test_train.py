"""The whole script as a container runs it: started, killed, stopped, started again."""

import contextlib
import csv
import io
import json
import math
import os
import random
import signal
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import train
from common import keys
from common.model_files import KNOWN_IMAGES, LABELS, NETWORK, NOVELTY, PREPROCESSING
from failure import EXIT_CODE, Interruption
from learning.checkpoint import Checkpoints, Progress
from predict.model import Model, read_model
from predict.picture import read_square
from tests.support.memory_bucket import MemoryBucket
from tests.unit.training_code import torture
from tests.unit.training_code.container import (
    EPOCHS,
    SELF_INTERRUPTING,
    SETTINGS,
    TRAIN,
    Container,
    files,
)
from tests.unit.training_code.pictures import COLOURS
from tests.unit.training_code.torture import READABLE, UNREADABLE

# Keras 3.15 asks TensorFlow's arrays for themselves in a way numpy 2 no longer likes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

# What `self_interrupting_train.py` counts until a process has saved the second epoch that it
# trained: files read, and in an epoch batches shown, batches measured and 3 steps of a checkpoint.
# So a job that is killed twice is at most at the end of epoch 4.
FILES_READ = 2 * (len(READABLE) + len(UNREADABLE)) + (7 + 3) * len(COLOURS)
BATCHES = sum(math.ceil((len(READABLE) + count * len(COLOURS)) / 4) for count in (7, 3))
LATEST_KILL = FILES_READ + 2 * (BATCHES + 3)


@dataclass
class Runs:
    """One job left alone, and the same job killed twice and stopped on its way."""

    whole: Container
    output: str
    interrupted: Container
    kills: list[int]
    killed: list[int]
    stopped: int
    stopped_output: str
    history_when_stopped: dict[str, list[float]]
    results_when_stopped: set[str]
    calibration_when_stopped: dict[str, Any]
    was_tested_when_stopped: bool


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    whole, interrupted = (Container(tmp_path_factory.mktemp(name)) for name in ("one", "two"))
    for container in (whole, interrupted):
        container.prepare()
        for name in ("train", "validation"):
            torture.fill(container.base / "input" / "data" / name / "mint")

    left_alone = whole.start(TRAIN)
    kills = [random.randint(1, LATEST_KILL) for _ in range(2)]
    killed = []
    for moment in kills:
        process = interrupted.start(SELF_INTERRUPTING, str(moment))
        process.communicate()
        killed.append(process.returncode)
    output, errors = left_alone.communicate()
    assert left_alone.returncode == 0, errors
    stopped, stopped_output = stop_in_epoch_5(interrupted)
    return Runs(
        whole,
        output,
        interrupted,
        kills,
        killed,
        stopped,
        stopped_output,
        interrupted.json("history.json"),
        files(interrupted.base / "model"),
        interrupted.json("calibration.json"),
        (interrupted.base / "output" / "data" / "test.json").exists(),
    )


def stop_in_epoch_5(container: Container) -> tuple[int, str]:
    """Send this process SIGTERM amid epoch 5; return what train.py returned and printed."""
    check, restore = Interruption.check, Checkpoints.restore
    before, log = signal.getsignal(signal.SIGTERM), io.StringIO()
    restored: list[Progress] = []

    def note_and_restore(self: Checkpoints, model: object) -> Progress:
        restored.append(restore(self, model))
        return restored[-1]

    def stop_and_check(self: Interruption) -> None:
        if restored and (container.base / "checkpoints" / "epoch-0004.json").exists():
            os.kill(os.getpid(), signal.SIGTERM)
        check(self)

    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(log):
        patch.setenv("SAGEMAKER_BASE_DIR", str(container.base))
        patch.setattr(Checkpoints, "restore", note_and_restore)
        patch.setattr(Interruption, "check", stop_and_check)
        code = train.main([])
    signal.signal(signal.SIGTERM, before)
    return code, log.getvalue()


def test_the_history_has_every_metric_of_every_epoch(runs: Runs) -> None:
    history = runs.whole.json("history.json")
    metrics = {"loss", "accuracy", "macro_f1"}
    assert set(history) == metrics | {f"val_{name}" for name in metrics} | {"learning_rate"}
    assert {len(values) for values in history.values()} == {EPOCHS}
    assert history["loss"][-1] < history["loss"][0]


def test_the_log_has_a_line_for_each_epoch_as_promised(runs: Runs) -> None:
    lines = [line for line in runs.output.splitlines() if line.startswith("epoch ")]
    assert len(lines) == EPOCHS
    history = runs.whole.json("history.json")
    start = (
        f"epoch 3/{EPOCHS} - loss: {history['loss'][2]:.4f} - accuracy: "
        f"{history['accuracy'][2]:.4f} - val_loss: {history['val_loss'][2]:.4f} - val_accuracy: "
        f"{history['val_accuracy'][2]:.4f} - val_macro_f1: {history['val_macro_f1'][2]:.4f} - "
        f"learning_rate: {history['learning_rate'][2]:.6f} - "
    )
    assert lines[2].startswith(start)
    assert lines[2].endswith(" s")


def test_the_configuration_says_what_was_trained_with_what(runs: Runs) -> None:
    config = runs.whole.json("config.json")
    classes = sorted(COLOURS)
    assert config["hyperparameters"] == {
        "architecture": "cnn",
        "learning-rate": 0.002,
        "precision": "auto",
        "minimum-images-per-class": 0,
        **SETTINGS,
    }
    assert config["classes"] == runs.whole.json("classes.json") == classes
    assert config["images"] == {
        "train": dict.fromkeys(classes, 7) | {"mint": 7 + len(READABLE)},
        "validation": dict.fromkeys(classes, 3) | {"mint": 3 + len(READABLE)},
    }
    assert config["best_epoch"] == config["exported_epoch"] == best_epoch(runs.whole)
    assert config["epochs_trained"] == EPOCHS
    assert config["epoch_chosen_by"] == "validation"
    assert config["precision"] in ("float32", "mixed_bfloat16", "mixed_float16")
    assert (config["devices"], config["pretrained"]) == (1, None)
    assert (config["seed"], config["skipped"]) == (3, 2 * len(UNREADABLE))
    assert set(config["versions"]) == {"python", "tensorflow", "keras"}
    assert config["seconds"]["total"] > 0


def test_each_validation_image_has_its_prediction(runs: Runs) -> None:
    text = (runs.whole.base / "output" / "data" / "predictions.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    classes = sorted(COLOURS)
    columns = ["file", "class", "predicted", "probability", *(f"p:{name}" for name in classes)]
    assert list(rows[0]) == columns
    names = {name: [f"{number}.png" for number in range(3)] for name in classes}
    names["mint"] += READABLE
    assert [row["file"] for row in rows] == [
        f"{name}/{file}" for name in classes for file in sorted(names[name])
    ]
    for row in rows:
        probabilities = [float(row[f"p:{name}"]) for name in classes]
        assert sum(probabilities) == pytest.approx(1, abs=1e-5)
        assert float(row["probability"]) == max(probabilities)
        assert row["predicted"] == classes[probabilities.index(max(probabilities))]
    right = sum(row["class"] == row["predicted"] for row in rows) / len(rows)
    accuracies = runs.whole.json("history.json")["val_accuracy"]
    assert right == pytest.approx(accuracies[best_epoch(runs.whole) - 1])


def test_each_image_of_both_sides_is_judged_once(runs: Runs) -> None:
    text = (runs.whole.base / "output" / "data" / "out_of_sample.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    images = 2 * len(READABLE) + (7 + 3) * len(COLOURS)
    assert len({(row["side"], row["file"]) for row in rows}) == len(rows) == images
    folds: dict[str, set[str]] = {}
    for row in rows:
        folds.setdefault(row["cluster"], set()).add(row["fold"])
    assert {len(of_cluster) for of_cluster in folds.values()} == {1}
    document = runs.whole.json("calibration.json")
    assert (document["folds"], document["fitted_on"], document["reason"]) == (2, "folds", None)
    assert document["clusters"] == len(folds) < images


def test_a_stopped_job_goes_without_folds(runs: Runs) -> None:
    assert runs.calibration_when_stopped["fitted_on"] == "validation"
    assert "The job was asked to stop" in runs.calibration_when_stopped["reason"]


def test_the_test_set_is_measured_once_the_training_is_complete(runs: Runs) -> None:
    document = runs.whole.json("test.json")
    assert document["images"] == len(document["contents"]) == 2 * len(COLOURS)
    assert (document["unreadable"], document["copies"]) == ([], [])
    text = (runs.whole.base / "output" / "data" / "test_predictions.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    right = sum(row["class"] == row["predicted"] for row in rows) / len(rows)
    assert document["accuracy"] == pytest.approx(right)
    assert "measured on 6 images of the test set" in runs.output
    assert not runs.was_tested_when_stopped


def test_each_unreadable_file_is_named_with_its_reason(runs: Runs) -> None:
    skipped = {file["file"]: file["reason"] for file in runs.whole.json("skipped.json")}
    channels = ("train", "validation")
    assert skipped.keys() == {f"{name}/mint/{file}" for name in channels for file in UNREADABLE}
    for file, reason in skipped.items():
        assert reason.startswith(UNREADABLE[file.rsplit("/", 1)[-1]].reason)
        assert f"skipped {file}: {reason}" in runs.output


def test_exact_copies_are_told_before_the_first_epoch_and_in_the_audit(runs: Runs) -> None:
    warning = "validation images are training images too, pixel by pixel: train/mint/"
    assert warning in runs.output[: runs.output.index("epoch 1/")]
    audit = runs.whole.json("audit.json")
    assert audit["exact_copies"]["on_both_sides"]["validation_images"] > len(READABLE) / 2
    codes = [warning["code"] for warning in audit["warnings"]]
    assert codes.count("copies-on-both-sides") == 1
    assert audit["majority"]


def test_the_model_comes_in_both_forms_with_its_labels(runs: Runs) -> None:
    model = runs.whole.base / "model"
    assert json.loads((model / "labels.json").read_text("utf-8")) == sorted(COLOURS)
    assert {"model.keras", "labels.json", "saved_model/saved_model.pb"} <= files(model)


def test_the_function_answers_every_validation_image_as_the_model_that_was_judged(
    runs: Runs,
) -> None:
    model = served_model(runs.whole)
    text = (runs.whole.base / "output" / "data" / "predictions.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) > len(READABLE)
    validation = runs.whole.base / "input" / "data" / "validation"
    for row in rows:
        square = read_square((validation / row["file"]).read_bytes(), model.size, model.depth)
        (answered,) = model.judge(square[None]).probabilities
        expected = [float(row[f"p:{name}"]) for name in model.classes]
        assert model.classes[answered.argmax()] == row["predicted"], row["file"]
        assert answered == pytest.approx(expected, abs=1e-2), row["file"]


def test_what_is_unknown_is_told_by_validation_images_with_learned_features(runs: Runs) -> None:
    document = json.loads((runs.whole.base / "model" / "novelty.json").read_text("utf-8"))
    assert document["measured_on"] == "validation"
    assert document["images"] == 3 * len(COLOURS) + len(READABLE)
    assert document["known_images"] == 7 * len(COLOURS) + len(READABLE)
    assert document["parts"] <= document["images"]
    assert 1 / (document["images"] + 1) == document["expected_rate"] > document["wanted_rate"]
    assert document["expected_rate"] < document["proven_rate"] < 1
    noise = np.random.default_rng(0).integers(0, 256, (1, 24, 24, 3), dtype=np.uint8)
    (novelty,) = served_model(runs.whole).judge(noise).novelty
    assert novelty > 0


def served_model(container: Container) -> Model:
    """Read a job's model as the function does."""
    names = (NETWORK, LABELS, PREPROCESSING, KNOWN_IMAGES, NOVELTY)
    folder = container.base / "model"
    objects = {keys.run_model_file("run", name): (folder / name).read_bytes() for name in names}
    return read_model(MemoryBucket("bucket", objects), "run")


def test_nothing_failed_and_nothing_is_left_half_written(runs: Runs) -> None:
    assert not (runs.whole.base / "output" / "failure").exists()
    assert not [name for name in files(runs.whole.base) if "unfinished" in name]


def test_the_two_newest_checkpoints_and_the_best_weights_are_kept(runs: Runs) -> None:
    kept = {
        f"epoch-000{number}{ending}" for number in (4, 5) for ending in (".json", ".weights.h5")
    }
    best = f"epoch-000{best_epoch(runs.whole)}.weights.h5"
    assert kept | {best} <= files(runs.whole.base / "checkpoints")
    assert len(files(runs.whole.base / "checkpoints")) <= 6  # the older may know another best


def test_a_stopped_job_says_so_and_hands_over_its_complete_epochs(runs: Runs) -> None:
    assert runs.killed == [-signal.SIGKILL] * 2, runs.kills
    assert runs.stopped == EXIT_CODE == 143
    assert "stopping on request after epoch 4" in runs.stopped_output
    assert {len(values) for values in runs.history_when_stopped.values()} == {4}
    assert {"model.keras", "saved_model/saved_model.pb"} <= runs.results_when_stopped
    assert not (runs.interrupted.base / "output" / "failure").exists()


@pytest.mark.usefixtures("restored_sigterm")
def test_killed_stopped_and_resumed_is_the_same_as_left_alone(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(runs.interrupted.base))
    assert train.main([]) == 0
    assert "resuming after epoch 4 of 5" in capsys.readouterr().out
    assert runs.interrupted.results() == runs.whole.results(), runs.kills


def best_epoch(container: Container) -> int:
    history = container.json("history.json")
    return Progress(history).best_epoch
