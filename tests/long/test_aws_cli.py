"""`droptrain cloud` and the real AWS CLI: every run here trains with TensorFlow."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.long.standing import StandingCloud, descendants
from tests.long.watching import SIDE, Watcher, draw
from tests.support.long_table import Figures

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

OPTIONS = ("--epochs", "2", "--image-size", str(SIDE), "--batch-size", "8")
QUIET = ("--parameter", "QuietPeriodSeconds=4", "--parameter", "MaximumRunsPerDay=50")


def test_the_aws_cli_sets_the_chain_off(tmp_path: Path, figures: Figures):
    images = draw(tmp_path / "phones", {"good": 14, "oil & grease": 14})
    with StandingCloud(tmp_path, *OPTIONS, *QUIET) as cloud:
        terminal = cloud.terminal(tmp_path)
        bucket = cloud.variables()["BUCKET"]
        stack = Watcher(cloud, bucket)

        terminal.aws("s3", "sync", images, f"s3://{bucket}/raw/")
        first = stack.await_run(1)
        assert sizes(stack, first) == {"good": 14, "oil & grease": 14}
        board = json.loads(terminal.aws("s3", "cp", f"s3://{bucket}/status.json", "-"))
        assert board["run"] == stack.status()["run"]
        terminal.aws("s3", "sync", f"s3://{bucket}/runs/", tmp_path / "runs")
        assert_plots(tmp_path / "runs" / first / "plots")
        figures.check("`aws s3 sync` of two classes becomes plots, which `aws s3 sync` fetches")

        raw = f"s3://{bucket}/raw"
        terminal.aws("s3", "mv", f"{raw}/good/0.png", f"{raw}/oil & grease/moved.png")
        second = stack.await_run(2)
        assert sizes(stack, second) == {"good": 13, "oil & grease": 15}
        assert side(stack, second, "moved.png") == side(stack, first, "good/0.png")
        figures.check("`aws s3 mv` to another class is a second run, on the side it had")

        terminal.aws("s3", "rm", f"{raw}/oil & grease/1.png")
        third = stack.await_run(3)
        assert sizes(stack, third) == {"good": 13, "oil & grease": 14}
        figures.check("`aws s3 rm` is a third run with one image fewer in its manifest")

        terminal.aws("s3", "cp", f"{raw}/good/3.png", f"{raw}/good/again.png")
        assert stack.await_drop("unchanged")["run"] == third
        assert stack.jobs() == [first, second, third]
        figures.check("`aws s3 cp` to another name is no new run, and says so")

        for run in (first, second, third):
            assert stack.job(run)["TrainingJobStatus"] == "Completed"
            assert (cloud.out / run / "plots" / "accuracy.png").exists()
        figures.repetitions += 1
        figures.add("commands of the AWS CLI", terminal.commands)
        figures.add("trainings with TensorFlow", 3)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_ended_while_it_trains_it_leaves_no_process(
    tmp_path: Path, figures: Figures, number: signal.Signals
):
    images = draw(tmp_path / "phones", {"good": 12, "oil": 12})
    options = ("--epochs", "5000", *OPTIONS[2:], *QUIET)
    with StandingCloud(tmp_path, *options) as cloud:
        bucket = cloud.variables()["BUCKET"]
        cloud.terminal(tmp_path).aws("s3", "sync", images, f"s3://{bucket}/raw/")
        logs = cloud.out / "local-cloud" / "logs"
        job = cloud.wait(lambda: Watcher(cloud, bucket).jobs(), "no job")[0]
        cloud.wait(lambda: "epoch" in read(logs / f"{job}.log"), "no epoch")

        assert any("train.py" in command_of(process) for process in descendants(cloud.process.pid))

        assert cloud.end(number) == []

        assert cloud.process.returncode == 0
        assert "everything that was started has been stopped" in cloud.output()
        assert "Traceback" not in cloud.output()
    figures.repetitions += 1
    figures.check(f"{number.name} during a training: no process left, no traceback")


def command_of(process: int) -> str:
    return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def read(log: Path) -> str:
    return log.read_text() if log.exists() else ""


def sizes(stack: Watcher, run: str) -> dict[str, int]:
    return {name: len(rows) for name, rows in stack.trained_on(run).items()}


def side(stack: Watcher, run: str, name: str) -> str:
    rows = [row for rows in stack.trained_on(run).values() for row in rows]
    [side] = [row["side"] for row in rows if row["key"].endswith(f"/{name}")]
    return str(side)


def assert_plots(folder: Path) -> None:
    for name in ("accuracy", "loss"):
        with Image.open(folder / f"{name}.png") as picture:
            assert picture.width > 600
