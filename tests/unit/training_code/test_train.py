"""The whole script as a container runs it: started, killed, stopped, started again."""

import csv
import json
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

import train
from interruption import EXIT_CODE
from tests.unit.training_code.container import EPOCHS, TRAIN, Container, files
from tests.unit.training_code.pictures import COLOURS

# Keras 3.15 asks TensorFlow's arrays for themselves in a way numpy 2 no longer likes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SELF_INTERRUPTING = Path(__file__).with_name("self_interrupting_train.py")


@dataclass
class Runs:
    """One job left alone, and the same job killed and stopped on its way."""

    whole: Container
    output: str
    interrupted: Container
    killed: int
    stopped: int
    stopped_output: str
    history_when_stopped: dict[str, list[float]]
    results_when_stopped: set[str]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    whole, interrupted = (Container(tmp_path_factory.mktemp(name)) for name in ("one", "two"))
    for container in (whole, interrupted):
        container.prepare()
    (whole.base / "input" / "data" / "train" / "mint" / "broken.jpg").write_bytes(b"")
    (interrupted.base / "input" / "data" / "train" / "mint" / "broken.jpg").write_bytes(b"")

    left_alone = whole.start(TRAIN)
    killed = interrupted.start(SELF_INTERRUPTING, "SIGKILL", "2")
    output, errors = left_alone.communicate(timeout=120)
    assert left_alone.returncode == 0, errors
    killed.communicate(timeout=120)
    stopped = interrupted.start(SELF_INTERRUPTING, "SIGTERM", "4")
    stopped_output, _ = stopped.communicate(timeout=120)
    return Runs(
        whole,
        output,
        interrupted,
        killed.returncode,
        stopped.returncode,
        stopped_output,
        interrupted.json("history.json"),
        files(interrupted.base / "model"),
    )


def test_the_history_has_every_metric_of_every_epoch(runs: Runs) -> None:
    history = runs.whole.json("history.json")
    assert set(history) == {"accuracy", "loss", "val_accuracy", "val_loss", "learning_rate"}
    assert {len(values) for values in history.values()} == {EPOCHS}
    assert history["loss"][-1] < history["loss"][0]


def test_the_log_has_a_line_for_each_epoch_as_promised(runs: Runs) -> None:
    lines = [line for line in runs.output.splitlines() if line.startswith("epoch ")]
    assert len(lines) == EPOCHS
    history = runs.whole.json("history.json")
    start = (
        f"epoch 3/{EPOCHS} - loss: {history['loss'][2]:.4f} - accuracy: "
        f"{history['accuracy'][2]:.4f} - val_loss: {history['val_loss'][2]:.4f} - val_accuracy: "
        f"{history['val_accuracy'][2]:.4f} - learning_rate: {history['learning_rate'][2]:.6f} - "
    )
    assert lines[2].startswith(start)
    assert lines[2].endswith(" s")


def test_the_configuration_says_what_was_trained_with_what(runs: Runs) -> None:
    config = runs.whole.json("config.json")
    classes = sorted(COLOURS)
    losses = runs.whole.json("history.json")["val_loss"]
    assert config["hyperparameters"] == {
        "epochs": EPOCHS,
        "batch-size": 4,
        "learning-rate": 0.002,
        "image-size": 24,
        "seed": 3,
    }
    assert config["classes"] == runs.whole.json("classes.json") == classes
    assert config["images"] == {
        "train": dict.fromkeys(classes, 7),
        "validation": dict.fromkeys(classes, 3),
    }
    assert config["best_epoch"] == 1 + losses.index(min(losses))
    assert config["epochs_trained"] == config["exported_epoch"] == EPOCHS
    assert (config["seed"], config["skipped"]) == (3, 1)
    assert set(config["versions"]) == {"python", "tensorflow", "keras"}
    assert config["seconds"]["total"] > 0


def test_each_validation_image_has_its_prediction(runs: Runs) -> None:
    text = (runs.whole.base / "output" / "data" / "predictions.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    classes = sorted(COLOURS)
    columns = ["file", "class", "predicted", "probability", *(f"p:{name}" for name in classes)]
    assert list(rows[0]) == columns
    assert [row["file"] for row in rows] == [
        f"{name}/{number}.png" for name in classes for number in range(3)
    ]
    for row in rows:
        probabilities = [float(row[f"p:{name}"]) for name in classes]
        assert sum(probabilities) == pytest.approx(1, abs=1e-5)
        assert float(row["probability"]) == max(probabilities)
        assert row["predicted"] == classes[probabilities.index(max(probabilities))]
    right = sum(row["class"] == row["predicted"] for row in rows) / len(rows)
    assert right == pytest.approx(runs.whole.json("history.json")["val_accuracy"][-1])


def test_the_unreadable_file_is_named(runs: Runs) -> None:
    assert runs.whole.json("skipped.json") == [
        {"file": "train/mint/broken.jpg", "reason": "empty file"}
    ]


def test_the_model_comes_in_both_forms_with_its_labels(runs: Runs) -> None:
    model = runs.whole.base / "model"
    assert json.loads((model / "labels.json").read_text("utf-8")) == sorted(COLOURS)
    assert {"model.keras", "labels.json", "saved_model/saved_model.pb"} <= files(model)


def test_nothing_failed_and_nothing_is_left_half_written(runs: Runs) -> None:
    assert not (runs.whole.base / "output" / "failure").exists()
    assert not [name for name in files(runs.whole.base) if "unfinished" in name]


def test_only_the_two_newest_checkpoints_are_kept(runs: Runs) -> None:
    assert files(runs.whole.base / "checkpoints") == {
        f"epoch-000{number}{ending}" for number in (4, 5) for ending in (".json", ".weights.h5")
    }


def test_a_stopped_job_says_so_and_hands_over_its_complete_epochs(runs: Runs) -> None:
    assert runs.killed == -signal.SIGKILL
    assert runs.stopped == EXIT_CODE == 143
    assert "resuming after epoch 2 of 5" in runs.stopped_output
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
    assert runs.interrupted.json("history.json") == runs.whole.json("history.json")
    one, two = (
        (container.base / "output" / "data" / "predictions.csv").read_text("utf-8")
        for container in (runs.whole, runs.interrupted)
    )
    assert one == two
