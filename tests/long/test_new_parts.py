"""What the audit says of bursts, each part photographed six times, with the default network."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.accuracy import parts
from benchmarks.accuracy.parts import FLAWED, PHOTOGRAPHS
from benchmarks.accuracy.sets import GOOD
from pretrained_weights.convert import convert, find_checkpoint
from tests.support.long_table import Figures
from tests.unit.training_code.container import TRAIN

PARTS = 40  # of each class


@pytest.mark.parametrize("seed", range(2))
def test_the_bound_of_bursts_holds_on_new_parts(seed: int, tmp_path: Path, figures: Figures):
    weights = tmp_path / "weights.safetensors"
    convert(find_checkpoint(), weights)
    random, new_parts = tmp_path / "random", tmp_path / "new parts"
    generator = np.random.default_rng(seed)
    for part in range(PARTS):
        for photograph in range(PHOTOGRAPHS):
            for label in (GOOD, FLAWED):
                side = "validation" if generator.random() < 0.2 else "train"
                draw(random / side, label, part, photograph)
        for label in (GOOD, FLAWED):
            draw(new_parts / "validation", label, PARTS + part, 0)
    (new_parts / "train").symlink_to(random / "train")

    at_random, on_new_parts = (audit(folder, weights, seed) for folder in (random, new_parts))
    bound = at_random["near_copies"]["accuracy_at_most"]
    accuracies = [audited["model"]["accuracy"] for audited in (on_new_parts, at_random)]
    assert accuracies[0] < bound < accuracies[1]
    assert at_random["warnings"][0]["sentence"].startswith(
        f"On new parts it is right on at most {100 * bound:.1f} %: "
    )
    figures.repetitions += 1
    figures.add("accuracy in % at random", round(100 * accuracies[1], 1))
    figures.add("said of new parts, at most", round(100 * bound, 1))
    figures.add("on as many new parts", round(100 * accuracies[0], 1))
    figures.check("the bound on new parts lies between the figure on them and the random one")


def draw(side: Path, label: str, part: int, photograph: int) -> None:
    (side / label).mkdir(parents=True, exist_ok=True)
    parts.burst(label, part, photograph).save(side / label / f"{part}-{photograph}.png")


def audit(folder: Path, weights: Path, seed: int) -> dict[str, Any]:
    command = [
        *(sys.executable, TRAIN, "--train", folder / "train"),
        *("--validation", folder / "validation", "--output", folder / "output"),
        *("--architecture", "efficientnet-lite0", "--pretrained", weights, "--seed", str(seed)),
    ]
    log = subprocess.run(command, capture_output=True, text=True, check=False)
    assert log.returncode == 0, log.stderr
    audited: dict[str, Any] = json.loads((folder / "output" / "audit.json").read_text())
    return audited
