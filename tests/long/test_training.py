"""The training itself, for longer: killed ten times, on two devices, with each backbone."""

from __future__ import annotations

import json
import random
import signal
from pathlib import Path
from typing import Any

import keras
import pytest

from hyperparameters import RECIPES
from learning import efficientnet_lite0
from pretrained_weights import convert
from tests.support.long_table import Figures
from tests.unit.training_code.container import SELF_INTERRUPTING, TRAIN, Container

# Keras 3.15 asks TensorFlow's arrays for themselves in a way numpy 2 no longer likes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

TWO_DEVICES = SELF_INTERRUPTING.with_name("two_devices.py")
KILLS = 10
BACKBONES = [
    name for name, recipe in RECIPES.items() if recipe.takes_weights and not recipe.freezes
]
APPLICATIONS = {
    "mobilenet-v2": keras.applications.MobileNetV2,
    "efficientnet-v2-b0": keras.applications.EfficientNetV2B0,
    "resnet-50-v2": keras.applications.ResNet50V2,
}


def run(container: Container, *command: str | Path, code: int = 0) -> str:
    process = container.start(*command)
    output, errors = process.communicate()
    assert process.returncode == code, errors
    return output


def containers(folder: Path, count: int, **settings: object) -> list[Container]:
    made = [Container(folder / str(number)) for number in range(count)]
    for container in made:
        container.prepare(**settings)
    return made


def test_killed_ten_times_is_the_same_as_left_alone(tmp_path: Path, figures: Figures):
    """With patience, so that also the best epoch's weights and the early stop must survive."""
    whole, killed = containers(tmp_path, 2, epochs=40, patience=8)
    run(whole, TRAIN)
    moments = []
    while len(moments) < KILLS:
        # Within the first two epochs of a process: an epoch is at most 8 + 3 + 3 moments.
        moments.append(random.randint(1, 30 + 2 * 14))
        process = killed.start(SELF_INTERRUPTING, str(moments[-1]))
        process.communicate()
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL
        figures.repetitions += 1
    run(killed, TRAIN)

    assert killed.results() == whole.results(), moments
    figures.add("kills of the training", len(moments))
    figures.check("killed with SIGKILL at random: reading, training, writing a checkpoint")
    figures.check("history without a gap, predictions and epoch exported as left alone")


@pytest.mark.parametrize("architecture", ["tutorial", "cnn"])
def test_two_devices(architecture: str, tmp_path: Path, figures: Figures):
    whole, two = containers(tmp_path, 2, architecture=architecture, precision="float32")
    run(whole, TRAIN)
    log = run(two, TWO_DEVICES)

    assert "training on 2 GPUs, 2 images of each batch on each" in log
    assert two.json("config.json")["devices"] == 2
    if architecture == "tutorial":  # the CNN drops out other units on each device
        for name, values in whole.json("history.json").items():
            assert two.json("history.json")[name] == pytest.approx(values, abs=1e-5), name
        figures.check("the same history as on one device")
    figures.repetitions += 1
    figures.check("trained and exported on two logical CPUs")


def check_resumed(killed: Container, whole: Container, figures: Figures) -> None:
    log = run(killed, TRAIN)
    assert "resuming after epoch 1 of 3" in log
    assert killed.results() == whole.results()
    assert {"saved_model", "model.keras", "model.tflite"} <= {
        path.name for path in (whole.base / "model").iterdir()
    }
    figures.check("history and predictions as left alone")
    figures.repetitions += 1
    figures.check("exported in all forms")


@pytest.mark.parametrize("architecture", BACKBONES[:2])  # ResNet50V2 has no state of its own kind
def test_a_backbone_killed_and_resumed(architecture: str, tmp_path: Path, figures: Figures):
    settings: dict[str, Any] = {"architecture": architecture, "image_size": 32, "epochs": 3}
    whole, killed = containers(tmp_path, 2, **settings)
    run(whole, TRAIN)
    run(killed, SELF_INTERRUPTING, str(30 + 14 + 5), code=-signal.SIGKILL)  # amid epoch 2
    check_resumed(killed, whole, figures)


def test_a_frozen_network_killed_among_its_features_and_epochs(tmp_path: Path, figures: Figures):
    settings: dict[str, Any] = {"architecture": "efficientnet-lite0", "image_size": 32, "epochs": 3}
    whole, killed = containers(tmp_path, 2, **settings)
    for container in (whole, killed):
        weights = container.base / "input" / "data" / "pretrained"
        weights.mkdir()
        convert.convert(convert.find_checkpoint(), weights / efficientnet_lite0.FILE)
    run(whole, TRAIN)
    run(killed, SELF_INTERRUPTING, str(30 + 3), code=-signal.SIGKILL)  # among the features
    run(killed, SELF_INTERRUPTING, str(30 + 3 + 14 + 5), code=-signal.SIGKILL)  # amid epoch 2
    check_resumed(killed, whole, figures)


@pytest.mark.parametrize("architecture", BACKBONES)
def test_a_backbone_begins_with_pretrained_weights(
    architecture: str, tmp_path: Path, figures: Figures
):
    [container] = containers(
        tmp_path, 1, architecture=architecture, image_size=64, epochs=1, learning_rate=1e-8
    )
    application = APPLICATIONS[architecture](include_top=False, weights=None)
    weights = container.base / "input" / "data" / "pretrained"
    weights.mkdir()
    application.save_weights(weights / "mine.weights.h5")
    log = run(container, TRAIN)

    assert "starts without pretrained weights" not in log
    assert container.json("config.json")["pretrained"] == "mine.weights.h5"
    trained = keras.models.load_model(container.base / "model" / "model.keras")
    expected = application.get_weights()
    # Hardly trained, so still what it began with.
    for weight, loaded in zip(expected, trained.get_weights()[: len(expected)], strict=True):
        assert loaded == pytest.approx(weight, abs=1e-3)
    assert json.loads((container.base / "model" / "labels.json").read_text())
    figures.repetitions += 1
    figures.check("the weights of the channel are those trained on")
