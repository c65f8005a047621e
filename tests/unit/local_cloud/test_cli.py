"""The command line: what it refuses, in one sentence, before anything is started."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from local_cloud import cli
from local_cloud.run.chain import ChainError
from local_cloud.run.images import ImagesError

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

    monkeypatch.setattr(cli, "run", refuse)


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

    code = cli.main(["run", "--images", str(folder), "--out", str(out)])

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
    code = cli.main(["run", "--images", str(good), option, value])

    error = capsys.readouterr().err
    assert code == 2
    assert says in error
    assert error.count("\n") == 1


def test_a_lower_minimum_lets_small_classes_in(tmp_path: Path):
    folder = images(tmp_path / "images", {"a": 5, "b": 5})

    with pytest.raises(AssertionError, match="a cloud was started"):
        cli.main(["run", "--images", str(folder), "--minimum-images-per-class", "5"])


def test_options_reach_the_template_s_parameters():
    declared = cli.declared_parameters()
    arguments = ["run", "--epochs", "3", "--learning-rate", "1e-3", "--parameter", "SplitSeed=7"]

    given = cli.parameters_of(cli.parse(arguments, declared))

    assert given == {"Epochs": "3", "LearningRate": "1e-3", "SplitSeed": "7"}


def test_help_teaches(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        cli.main(["run", "--help"])

    text = " ".join(capsys.readouterr().out.split())
    assert "Passes over the training images." in text
    assert "Default: 80" in text


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 1, "TMPDIR=…"),
        (OSError(errno.EROFS, "Read-only file system", "/cdrom/out"), 1, "may write to with OUT=…"),
        (PermissionError(errno.EACCES, "Permission denied", "/x\x1b"), 1, "/x\\x1b: Permission"),
        (ChainError("Split failed after all retries: it broke"), 1, "it broke"),
        (EndpointConnectionError(endpoint_url="http://localhost:1"), 1, "Could not connect"),
        (ImagesError("phones/1.jpg cannot be read now"), 2, "cannot be read now"),
    ],
)
def test_what_goes_wrong_later_is_one_sentence_too(
    good: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    code: int,
    says: str,
):
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(cli, "run", fail)

    assert cli.main(["run", "--images", str(good)]) == code

    printed = capsys.readouterr().err
    assert printed.startswith("error: ")
    assert printed.count("\n") == 1
    assert says in printed


def test_a_folder_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "file").write_bytes(b"x")

    assert cli.main(["sample", str(tmp_path / "file" / "phones")]) == 1

    error = capsys.readouterr().err
    assert error.startswith(f"error: {tmp_path}/file")
    assert error.endswith("Name a folder that you may write to with OUT=….\n")


def test_an_interrupt_is_left_to_the_entry_point(good: Path, monkeypatch: pytest.MonkeyPatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "run", interrupt)

    with pytest.raises(KeyboardInterrupt):
        cli.main(["run", "--images", str(good)])


def test_what_is_skipped_is_said_before_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder = images(tmp_path / "images", {"a": 10, "b": 10})
    (folder / "a" / "gone.jpg").symlink_to("nowhere")

    with pytest.raises(AssertionError, match="a cloud was started"):
        cli.main(["run", "--images", str(folder)])

    assert "Skipped: 'a/gone.jpg': it links to nothing." in capsys.readouterr().out


def test_it_starts_as_a_module(tmp_path: Path):
    command = [sys.executable, "-m", "local_cloud", "run", "--images", str(tmp_path / "no")]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    assert "There is no folder" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_empty_cloud_takes_no_parameters(capsys: pytest.CaptureFixture[str]):
    code = cli.main(["stand", "--empty", "--epochs", "3"])

    assert code == 2
    assert "--empty deploys nothing" in capsys.readouterr().err
