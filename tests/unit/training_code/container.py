"""A training job's container in miniature: SageMaker's folders and a process among them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import train
from tests.unit.training_code.pictures import channel

EPOCHS = 5
# Patience that never runs out: all epochs are trained, and the best is kept.
SETTINGS = {
    "epochs": EPOCHS,
    "batch-size": 4,
    "image-size": 24,
    "patience": EPOCHS,
    "folds": 2,
    "seed": 3,
}
TRAIN = Path(train.__file__)
SELF_INTERRUPTING = Path(__file__).with_name("self_interrupting_train.py")


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@dataclass
class Container:
    """The folders of a training job under `base`, and a process in it."""

    base: Path

    def start(self, *command: str | Path) -> "subprocess.Popen[str]":
        environment = {
            **os.environ,
            "SAGEMAKER_BASE_DIR": str(self.base),
            "PYTHONPATH": str(TRAIN.parent),
        }
        return subprocess.Popen(
            [sys.executable, *command],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def json(self, name: str) -> Any:
        return json.loads((self.base / "output" / "data" / name).read_text("utf-8"))

    def results(self) -> tuple[Any, ...]:
        """Return what must not depend on how often the job was killed."""
        folder = self.base / "output" / "data"
        names = ("predictions.csv", "out_of_sample.csv", "test_predictions.csv")
        return (
            self.json("history.json"),
            self.json("calibration.json"),
            self.json("config.json")["exported_epoch"],
            *((folder / name).read_text("utf-8") for name in names),
        )

    def prepare(
        self, resources: Mapping[str, object] | None = None, **hyperparameters: object
    ) -> None:
        """Put the images, the settings and the resources where SageMaker puts them."""
        channel(self.base / "input" / "data" / "train", 7)
        channel(self.base / "input" / "data" / "validation", 3)
        channel(self.base / "input" / "data" / "test", 2)
        config = self.base / "input" / "config"
        config.mkdir()
        settings = SETTINGS | {
            name.replace("_", "-"): value for name, value in hyperparameters.items()
        }
        files = {
            "hyperparameters": {name: str(value) for name, value in settings.items()},
            "inputdataconfig": {
                name: {"TrainingInputMode": "File"} for name in ("train", "validation", "code")
            },
            "resourceconfig": {
                "current_host": "algo-1",
                "hosts": ["algo-1"],
                "current_instance_type": "ml.m5.xlarge",
                **(resources or {}),
            },
        }
        for name, content in files.items():
            (config / f"{name}.json").write_text(json.dumps(content))
