import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import hyperparameters
import options
from failure import JobError

TRAIN = Path(options.__file__).parent / "train.py"


@pytest.fixture
def sagemaker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    config = tmp_path / "input" / "config"
    config.mkdir(parents=True)
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    return config


def write(config: Path, name: str, content: dict[str, Any]) -> None:
    (config / f"{name}.json").write_text(json.dumps(content))


def test_under_sagemaker_everything_comes_from_its_files(sagemaker: Path) -> None:
    write(sagemaker, "hyperparameters", {"epochs": "4", "learning-rate": "0.01"})
    write(sagemaker, "resourceconfig", {
        "hosts": ["algo-1"], "current_host": "algo-1", "current_instance_type": "ml.m5.xlarge",
    })  # fmt: skip
    job = options.read([])
    base = sagemaker.parent.parent
    assert job.hyperparameters.epochs == 4
    assert job.hyperparameters.learning_rate == 0.01
    assert job.instance_type == "ml.m5.xlarge"
    assert job.places == options.Places(
        train=base / "input" / "data" / "train",
        validation=base / "input" / "data" / "validation",
        model=base / "model",
        outputs=base / "output" / "data",
        checkpoints=base / "checkpoints",
        failure=base / "output" / "failure",
    )


def test_the_manifest_s_channel_names_the_images(sagemaker: Path) -> None:
    assert options.read([]).places.manifest is None
    (sagemaker.parent / "data" / "manifest").mkdir(parents=True)
    manifest = sagemaker.parent / "data" / "manifest" / "manifest.jsonl"
    assert options.read([]).places.manifest == manifest


def test_without_the_variable_the_base_is_opt_ml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAGEMAKER_BASE_DIR")
    assert options.base_directory() == Path("/opt/ml")


def test_a_flag_wins_over_the_file(sagemaker: Path) -> None:
    write(sagemaker, "hyperparameters", {"epochs": "4", "seed": "1"})
    values = options.read(["--epochs", "2"]).hyperparameters
    assert (values.epochs, values.seed) == (2, 1)


def test_alone_the_results_lie_together_in_the_output_folder() -> None:
    places = options.read(["--train", "t", "--validation", "v", "--output", "o"]).places
    assert places == options.Places(
        train=Path("t"),
        validation=Path("v"),
        model=Path("o/model"),
        outputs=Path("o"),
        checkpoints=Path("o/checkpoints"),
        failure=Path("o/failure"),
    )


def test_alone_a_missing_folder_is_asked_for() -> None:
    with pytest.raises(JobError, match="--validation and --output must be given"):
        options.read(["--train", "t"])


@pytest.mark.parametrize("flags", [["--epoch", "3"], ["--epochs"], ["images"]])
def test_an_unusable_command_line_is_one_sentence(flags: list[str]) -> None:
    with pytest.raises(JobError, match="See --help"):
        options.read(flags)


def test_more_than_one_host_is_refused(sagemaker: Path) -> None:
    write(sagemaker, "resourceconfig", {"hosts": ["algo-1", "algo-2"]})
    with pytest.raises(JobError, match="one machine and was given 2: set InstanceCount to 1"):
        options.read([])


def test_the_weights_come_from_their_channel_or_the_flag(sagemaker: Path, tmp_path: Path) -> None:
    write(sagemaker, "hyperparameters", {"architecture": "mobilenet-v2"})
    assert options.read([]).places.pretrained is None
    channel = tmp_path / "input" / "data" / "pretrained"
    channel.mkdir(parents=True)
    in_channel, named = channel / "mine.weights.h5", tmp_path / "other.h5"
    for file in (in_channel, named):
        file.write_bytes(b"weights")
    assert options.read([]).places.pretrained == in_channel
    assert options.read(["--pretrained", str(named)]).places.pretrained == named


@pytest.mark.parametrize(
    ("files", "sentence"),
    [((), "there is: none"), (("a.h5", "b.keras", "README"), r"there is: a\.h5, b\.keras")],
)
def test_weights_that_are_not_one_file_are_refused(
    files: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    for name in files:
        (tmp_path / name).write_bytes(b"weights")
    with pytest.raises(JobError, match=sentence):
        options.find_pretrained(tmp_path, "mobilenet-v2")


def test_weights_for_an_architecture_that_takes_none_are_refused(sagemaker: Path) -> None:
    write(sagemaker, "hyperparameters", {"architecture": "cnn"})
    with pytest.raises(
        JobError, match=r"cnn takes no pretrained weights.* one of efficientnet-lite0, mobilenet-v2"
    ):
        options.read(["--pretrained", "mine.weights.h5"])


def test_a_pipe_is_refused(sagemaker: Path) -> None:
    write(sagemaker, "inputdataconfig", {"train": {"TrainingInputMode": "Pipe"}})
    with pytest.raises(JobError, match="channel train comes in Pipe mode"):
        options.read([])


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_a_broken_file_is_named(sagemaker: Path, text: str) -> None:
    (sagemaker / "hyperparameters.json").write_text(text)
    with pytest.raises(JobError, match=r"hyperparameters\.json"):
        options.read([])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--output", "o", "--nonsense"], Path("o/failure")),
        (["--output"], None),
        ([], None),
    ],
)
def test_the_failure_file_is_found_whatever_the_arguments(
    arguments: list[str], expected: Path | None, sagemaker: Path
) -> None:
    in_container = sagemaker.parent.parent / "output" / "failure"
    assert options.failure_file(arguments) == (expected or in_container)


def test_help_teaches_without_loading_tensorflow() -> None:
    code = (
        "import runpy, sys\n"
        "sys.argv = ['train.py', '--help']\n"
        "try:\n"
        f"    runpy.run_path({str(TRAIN)!r}, run_name='__main__')\n"
        "finally:\n"
        "    assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    environment = {"PYTHONPATH": str(TRAIN.parent)}
    shown = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    for parameter in hyperparameters.ALL:
        assert f"--{parameter.name} N" in shown.stdout
    assert "one of cnn, tutorial, efficientnet-lite0, mobilenet-v2" in " ".join(
        shown.stdout.split()
    )
    assert "predictions.csv" in shown.stdout


def test_a_limit_that_is_no_number_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [f"--{name}={tmp_path}" for name in ("train", "validation", "output")]
    assert options.read(folders).maximum_seconds is None
    monkeypatch.setenv(options.MAXIMUM_RUN_SECONDS, "two hours")
    with pytest.raises(JobError, match="must be a number of seconds, not 'two hours'"):
        options.read(folders)
