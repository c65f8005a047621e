"""The whole script in this process: settings that cannot work, and odd ones that must."""

import json
from pathlib import Path

import pytest

import train
from tests.unit.training_code.container import Container
from tests.unit.training_code.pictures import channel

# Keras 3.15 asks TensorFlow's arrays for themselves in a way numpy 2 no longer likes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.mark.usefixtures("restored_sigterm")
@pytest.mark.parametrize(
    ("resources", "sentence"),
    [
        ({"hosts": ["algo-1", "algo-2"]}, "runs on one machine and was given 2"),
        ({"current_instance_type": "ml.g4dn.xlarge"}, "has a GPU but TensorFlow sees none"),
    ],
)
def test_a_job_that_cannot_run_fails_at_once_with_the_reason(
    resources: dict[str, object],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    container = Container(tmp_path)
    container.prepare(resources)
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    assert train.main([]) == 1
    assert sentence in (tmp_path / "output" / "failure").read_text()
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "output" / "data").exists()


@pytest.mark.usefixtures("restored_sigterm")
@pytest.mark.parametrize(
    "settings",
    [
        {"image-size": "16", "batch-size": "4096", "epochs": "1"},
        {"image-size": "70", "batch-size": "1", "epochs": "1", "seed": "4294967295"},
    ],
    ids=["all in one batch", "several blocks, batches of one, the largest seed"],
)
def test_unusual_settings_train_all_the_same(settings: dict[str, str], tmp_path: Path) -> None:
    train_folder = channel(tmp_path / "train", 2)
    for path in (train_folder / "copper").iterdir():  # two classes are enough
        path.unlink()
    (train_folder / "copper").rmdir()
    flags = [part for name, text in settings.items() for part in (f"--{name}", text)]
    folders = ["--train", str(train_folder), "--validation", str(train_folder)]
    assert train.main([*folders, "--output", str(tmp_path / "result"), *flags]) == 0
    history = json.loads((tmp_path / "result" / "history.json").read_text())
    assert {len(values) for values in history.values()} == {1}
    config = json.loads((tmp_path / "result" / "config.json").read_text())
    assert (config["exported_epoch"], config["epoch_chosen_by"]) == (1, "last")
    assert (
        config["hyperparameters"].items()
        >= {name: int(text) for name, text in settings.items()}.items()
    )


@pytest.mark.usefixtures("restored_sigterm")
def test_a_training_that_diverges_fails_and_leaves_its_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from learning import fit

    monkeypatch.setattr(fit, "schedule", lambda _peak, _steps: float("inf"))
    train_folder = channel(tmp_path / "train", 2)
    folders = ["--train", str(train_folder), "--validation", str(train_folder)]
    result = tmp_path / "result"
    assert train.main([*folders, "--output", str(result), "--image-size", "16"]) == 1
    assert "Training diverged" in (result / "failure").read_text()
    history = json.loads((result / "history.json").read_text())
    assert history["val_loss"] == [None]
    assert not (result / "checkpoints").exists()
