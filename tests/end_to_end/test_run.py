"""`droptrain run` as users start it: real images, the real training script, a folder of results."""

from __future__ import annotations

import base64
import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support import filthy_drop, hostile_shell
from tests.support.filthy_drop import Drop
from tests.support.hostile_shell import TOKEN, Trap
from tests.support.terminals import as_in_a_terminal
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
SIZE = 32  # pixels


def draw(folder: Path, sizes: dict[str, int], seed: int = 0) -> Path:
    """Make images of noise in which each class has a bright quarter of its own."""
    random = np.random.default_rng(seed)
    for quarter, (name, size) in enumerate(sizes.items()):
        (folder / name).mkdir(parents=True)
        row, column = divmod(quarter, 2)
        half = SIZE // 2
        for number in range(size):
            pixels = random.integers(0, 120, (SIZE, SIZE, 3), dtype=np.uint8)
            pixels[row * half : (row + 1) * half, column * half : (column + 1) * half] += 130
            suffix = "png" if number % 2 else "jpg"
            Image.fromarray(pixels).save(folder / name / f"bild {number}.{suffix}")
    return folder


def start(
    images: Path, out: Path, *options: str, shell: dict[str, str] | None = None
) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "droptrain", "run", "--images", str(images)]
    command += ["--out", str(out), "--image-size", str(SIZE), "--batch-size", "8", *options]
    return subprocess.Popen(
        as_in_a_terminal(command),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, **(shell or {}), "COLUMNS": "100"},
    )


@pytest.fixture(scope="module")
def filthy(tmp_path_factory: pytest.TempPathFactory) -> Drop:
    return filthy_drop.make(tmp_path_factory.mktemp("drop") / "phones")


@pytest.fixture(scope="module")
def tested(filthy: Drop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("another day") / "phones"
    return draw(folder, dict.fromkeys(filthy.images, 2), seed=1)


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    with Trap() as listening:
        yield listening


@pytest.fixture(scope="module")
def finished(
    filthy: Drop, tested: Path, trap: Trap, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """Run once, in a hostile shell; return what was printed and the folder of the run."""
    folder = tmp_path_factory.mktemp("run")
    shell = hostile_shell.variables(trap.url, folder / "shell")
    options = ("--epochs", "3", "--test", str(tested))
    process = start(filthy.folder, folder / "out", *options, shell=shell)
    printed, errors = process.communicate()
    assert process.returncode == 0, printed + errors
    [run] = [path.parent for path in (folder / "out").glob("*/status.json")]
    return printed, run


def test_nothing_of_the_shell_reached_it(finished: tuple[str, Path], trap: Trap):
    _, run = finished
    config = json.loads((run / "config.json").read_text())

    assert trap.caught == []
    assert config["versions"]["keras"]
    written = [path for path in run.parent.rglob("*") if path.is_file()]
    assert not [path for path in written if TOKEN.encode() in path.read_bytes()]


def test_what_cannot_be_uploaded_is_said(finished: tuple[str, Path], filthy: Drop):
    printed, _ = finished

    for name in filthy.skipped:
        assert f"Skipped '{name}': " in printed


def test_it_ends_with_plots_and_a_model(finished: tuple[str, Path]):
    _, run = finished

    for plot in ("accuracy", "loss"):
        with Image.open(run / "plots" / f"{plot}.png") as picture:
            assert picture.width > 600
    assert (run / "model" / "model.keras").stat().st_size > 10_000
    assert (run / "model" / "saved_model" / "saved_model.pb").exists()


def test_the_settings_given_reached_the_training(finished: tuple[str, Path]):
    _, run = finished
    config = json.loads((run / "config.json").read_text())
    history = json.loads((run / "history.json").read_text())

    assert config["hyperparameters"]["epochs"] == 3
    assert config["hyperparameters"]["batch-size"] == 8
    assert config["hyperparameters"]["image-size"] == SIZE
    figures = [
        f"{side}{name}" for side in ("", "val_") for name in ("accuracy", "loss", "macro_f1")
    ]
    assert {metric: len(values) for metric, values in history.items()} == dict.fromkeys(
        [*figures, "learning_rate"], 3
    )


def test_classes_and_images_are_those_of_the_folder(finished: tuple[str, Path], filthy: Drop):
    _, run = finished
    config = json.loads((run / "config.json").read_text())
    with (run / "predictions.csv").open(newline="", encoding="utf-8-sig") as file:
        predictions = list(csv.DictReader(file))

    assert config["classes"] == sorted(filthy.images)
    sides = config["images"]
    for name, size in filthy.images.items():
        skipped = len(filthy.unreadable) if name == filthy_drop.GOOD else 0
        assert sides["train"][name] + sides["validation"][name] == size - skipped
    assert {row["class"] for row in predictions} == set(filthy.images)
    assert len(predictions) == sum(sides["validation"].values())


def test_what_only_decoding_finds_was_skipped_and_named(finished: tuple[str, Path], filthy: Drop):
    _, run = finished
    config = json.loads((run / "config.json").read_text())

    assert config["skipped"] == len(filthy.unreadable)


def test_the_verdict_of_a_filthy_drop_says_what_to_do(finished: tuple[str, Path], filthy: Drop):
    _, run = finished
    verdict = json.loads((run / "verdict.json").read_text())

    assert verdict["left_out"] == filthy.left_out
    details = {detail["reason"]: detail for detail in verdict["left_out_details"]}
    assert details["empty"]["examples"] == ["raw/good/empty.jpg"]
    assert "git lfs pull" in details["a Git LFS pointer instead of the image"]["what_to_do"]
    assert {warning["code"] for warning in verdict["warnings"]} == {
        "class-named-like-no-class",
        "small-class",
        "imbalance",
        "image-and-mask",
    }


def test_a_group_stayed_on_one_side(finished: tuple[str, Path], filthy: Drop):
    _, run = finished
    rows = [json.loads(line) for line in (run / "manifest.jsonl").read_text("utf-8").splitlines()]
    group = [row for row in rows if row.get("group")]

    marker = 1  # raw/_READY
    dropped = [row for row in rows if row["key"].startswith("raw/")]
    assert len(dropped) == sum(filthy.images.values()) + sum(filthy.left_out.values()) + marker
    assert len(group) == 2 * filthy_drop.IN_A_GROUP
    assert len({row["side"] for row in group}) == 1


def test_the_sealed_test_set_is_measured_and_nothing_else(finished: tuple[str, Path], filthy: Drop):
    printed, run = finished
    document = json.loads((run / "test.json").read_text("utf-8"))
    with (run / "test_predictions.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    record = json.loads((run / "metrics.json").read_text())

    assert document["images"] == len(rows) == 2 * len(filthy.images)
    assert (document["copies"], document["unreadable"]) == ([], [])
    assert {row["class"] for row in rows} == set(filthy.images)
    tested = record["figures"]["sealed_test"]
    assert (tested["looks"], tested["test_set"]) == (1, document["test_set"])
    right = sum(row["class"] == row["predicted"] for row in rows)
    assert (tested["accuracy"]["hits"], tested["accuracy"]["of"]) == (right, len(rows))
    assert "Files uploaded to test/: 6 of 6" in printed
    assert "the first that was measured on these 6 images" in (run / "report.html").read_text()


def test_it_shows_progress_and_where_the_time_went(finished: tuple[str, Path], filthy: Drop):
    printed, run = finished
    dropped = filthy.files()

    assert f"Files uploaded to raw/: {dropped} of {dropped}" in printed
    assert "Epoch 3 of 3: accuracy" in printed
    for step in ("notification", "split", "launch", "training job", "plot"):
        assert f"\n{step}" in printed
    assert "total without the training job" in printed
    assert str(run / "plots" / "accuracy.png") in printed


def test_the_report_stands_on_the_results_of_the_real_training(finished: tuple[str, Path]):
    printed, run = finished
    page = (run / "report.html").read_text()
    record = json.loads((run / "metrics.json").read_text())

    assert str(run / "report.html") in printed
    assert "oil &amp; grease" in page
    assert "What is missing here" not in page
    assert "a hidden or system file" in page
    with (run / "predictions.csv").open(newline="", encoding="utf-8-sig") as file:
        assert record["figures"]["accuracy"]["of"] == len(list(csv.DictReader(file)))
    assert record["figures"]["billable_seconds"] >= 0
    for name in ("confusion-matrix", "classes", "calibration", "thresholds", "dataset"):
        assert (run / "plots" / f"{name}.png").exists()
    [listed] = json.loads((run.parent / "index.json").read_text())["runs"]
    assert listed["run"] == run.name
    assert (
        f"/runs/{run.name}/report.html {run.name}.html" in (run.parent / "index.html").read_text()
    )


def test_the_status_page_holds_the_plots(finished: tuple[str, Path]):
    _, run = finished
    page = (run / "status.html").read_text()

    picture = base64.b64encode((run / "plots" / "accuracy.png").read_bytes()).decode()
    assert f'src="data:image/png;base64,{picture}"' in page
    assert "<a " not in page


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_interrupted_it_stops_everything_it_started(tmp_path: Path):
    images = draw(tmp_path / "phones", {"a": 12, "b": 12})
    process = start(images, tmp_path / "out", "--epochs", "5000")
    assert process.stdout is not None
    for line in process.stdout:
        if "Epoch 1 of" in line:
            break

    assert any("train.py" in command for command in at_work_in(tmp_path))
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()

    assert process.returncode == 130
    assert "interrupted" in errors
    assert "Traceback" not in errors
    wait_until(lambda: not at_work_in(tmp_path), lambda: at_work_in(tmp_path))


def at_work_in(folder: Path) -> list[str]:
    """List the processes that were started with, or work in, a path below `folder`."""
    commands = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            place = str((process / "cwd").readlink())
        except OSError:
            continue  # it has ended meanwhile
        if str(folder) in command or str(folder) in place:
            commands.append(command)
    return commands
