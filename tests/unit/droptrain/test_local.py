"""`droptrain run`, `cloud` and `sample`: one-line errors, and nothing started for a bad drop."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from local_cloud.run import chain
from local_cloud.run.chain import ChainError, RunResult, result_of
from local_cloud.run.images import ImagesError, LocalDrop
from tests.support.command_line import main

ROOT = Path(__file__).resolve().parents[3]


def images(folder: Path, sizes: dict[str, int]) -> Path:
    for name, size in sizes.items():
        (folder / name).mkdir(parents=True)
        for number in range(size):
            (folder / name / f"{number}.jpg").write_bytes(b"x")
    return folder


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return images(tmp_path / "images", {"a": 10, "b": 10})


@pytest.fixture(autouse=True)
def nothing_is_started(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise AssertionError("a cloud was started for a folder that cannot be trained on")

    monkeypatch.setattr(chain, "run", refuse)


@pytest.mark.parametrize(
    ("sizes", "says"),
    [
        ({}, "There is no folder"),
        ({"a": 20}, "one class only"),
        ({"a": 20, "b": 1}, "'b' has 1"),
        ({"a": 20, "b": 9}, "at least 10 images"),
    ],
)
def test_a_folder_that_cannot_be_trained_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sizes: dict[str, int], says: str
):
    folder = images(tmp_path / "images", sizes)
    out = tmp_path / "out"

    code = main(["run", "--images", str(folder), "--out", str(out)])

    captured = capsys.readouterr()
    assert code == 2
    assert says in captured.err
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("error: ")
    assert not out.exists()


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--epochs", "0", "Epochs"),
        ("--epochs", "many", "Epochs"),
        ("--epochs", "1.5", "Epochs"),
        ("--learning-rate", "-1", "LearningRate"),
        ("--learning-rate", "nan", "LearningRate"),
        ("--batch-size", "0", "BatchSize"),
        ("--image-size", "1025", "ImageSize"),
        ("--architecture", "vgg", "Architecture"),
        ("--validation-share", "0.9", "ValidationShare"),
        ("--parameter", "Epoch=3", "Epoch"),
        ("--parameter", "Epochs", "NAME=VALUE"),
        ("--parameter", "UseSpot=maybe", "UseSpot"),
        ("--parameter", "NotificationEmail=nobody", "NotificationEmail"),
    ],
)
def test_a_value_outside_the_template_s_bounds(
    good: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, says: str
):
    code = main(["run", "--images", str(good), option, value])

    error = capsys.readouterr().err
    assert code == 2
    assert says in error
    assert error.count("\n") == 1


def test_a_lower_minimum_lets_small_classes_in(tmp_path: Path):
    folder = images(tmp_path / "images", {"a": 5, "b": 5})

    with pytest.raises(AssertionError, match="a cloud was started"):
        main(["run", "--images", str(folder), "--minimum-images-per-class", "5"])


def test_options_become_parameters_of_the_template(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    received: list[dict[str, str]] = []

    def run(_drop: LocalDrop, parameters: dict[str, str], out: Path, _display: object) -> RunResult:
        received.append(parameters)
        return RunResult(succeeded=True, sentence="done", folder=out)

    monkeypatch.setattr(chain, "run", run)
    options = ["--epochs", "3", "--learning-rate", "1e-3", "--parameter", "SplitSeed=7"]

    assert main(["run", "--images", str(good), "--out", str(tmp_path), *options]) == 0

    assert received == [{"Epochs": "3", "LearningRate": "1e-3", "SplitSeed": "7"}]


def test_a_test_set_is_read_beside_the_images(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    received: list[LocalDrop] = []

    def run(drop: LocalDrop, _parameters: object, out: Path, _display: object) -> RunResult:
        received.append(drop)
        return RunResult(succeeded=True, sentence="done", folder=out)

    monkeypatch.setattr(chain, "run", run)
    options = ["--test", str(images(tmp_path / "another day", {"a": 1}))]

    assert main(["run", "--images", str(good), "--out", str(tmp_path), *options]) == 0

    [drop] = received
    assert drop.tested is not None
    assert [upload.name for upload in drop.tested.uploads] == ["a/0.jpg"]
    assert drop.images.class_sizes == {"a": 10, "b": 10}


def test_a_test_set_without_an_image_in_a_class_is_refused(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "empty").mkdir()

    assert main(["run", "--images", str(good), "--test", str(tmp_path / "empty")]) == 2

    assert "No image in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 1, "TMPDIR=…"),
        (OSError(errno.EROFS, "Read-only file system", "/cdrom/out"), 1, "--out with a folder"),
        (PermissionError(errno.EACCES, "Permission denied", "/x\x1b"), 1, "/x\\x1b: Permission"),
        (ChainError("Split failed after all retries: it broke"), 1, "it broke"),
        (EndpointConnectionError(endpoint_url="http://localhost:1"), 1, "Could not connect"),
        (ImagesError("phones/1.jpg cannot be read now"), 2, "cannot be read now"),
    ],
)
def test_a_later_error_is_one_line_too(
    good: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    code: int,
    says: str,
):
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(chain, "run", fail)

    assert main(["run", "--images", str(good)]) == code

    printed = capsys.readouterr().err
    assert printed.startswith("error: ")
    assert printed.count("\n") == 1
    assert says in printed


def test_a_folder_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "file").write_bytes(b"x")

    assert main(["sample", str(tmp_path / "file" / "phones")]) == 1

    error = capsys.readouterr().err
    assert error.startswith(f"error: {tmp_path}/file")
    assert error.endswith("Use --out with a folder that you can write to.\n")


def test_ctrl_c_ends_it_with_the_exit_code_of_shells(
    good: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(chain, "run", interrupt)

    assert main(["run", "--images", str(good)]) == 130
    assert capsys.readouterr().err == (
        "\ninterrupted: everything that was started has been stopped\n"
    )


def test_skipped_files_are_listed_before_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder = images(tmp_path / "images", {"a": 10, "b": 10})
    (folder / "a" / "gone.jpg").symlink_to("nowhere")

    with pytest.raises(AssertionError, match="a cloud was started"):
        main(["run", "--images", str(folder)])

    assert "Skipped 'a/gone.jpg': broken link." in capsys.readouterr().out


def test_it_starts_as_a_module(tmp_path: Path):
    command = [sys.executable, "-m", "droptrain", "run", "--images", str(tmp_path / "no")]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    assert "There is no folder" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_empty_cloud_takes_no_parameters(capsys: pytest.CaptureFixture[str]):
    code = main(["cloud", "--empty", "--epochs", "3"])

    assert code == 2
    assert "--empty deploys nothing" in capsys.readouterr().err


@pytest.mark.parametrize("state", ["refused", "unchanged", "capped", "not started"])
def test_a_drop_that_starts_no_job_fails_the_command(
    good: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    state: str,
):
    result = result_of({"sentence": "This is why.", "drop": {"state": state}}, tmp_path)
    monkeypatch.setattr(chain, "run", lambda *_: result)

    assert main(["run", "--images", str(good), "--out", str(tmp_path)]) == 1

    assert "This is why." in "".join(capsys.readouterr())
