import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import hyperparameters
import options
from learning.checkpoint import Checkpoints, Progress, fingerprint
from loading.channel import Channel
from loading.dataset import ImageData

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning"  # between Keras 3.15 and numpy 2
)


def small_model() -> Any:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    model.compile(keras.optimizers.AdamW(0.1), "mse")
    return model


def trained(folder: Path, epochs: int, best: int = 0, model: Any = None) -> tuple[Any, Progress]:
    """A model after that many epochs, each with its checkpoint; of the best the weights stay."""
    model, progress = model or small_model(), Progress()
    checkpoints = Checkpoints(folder, "mine", keeps_best=best > 0)
    data = np.arange(8.0).reshape(4, 2)
    for epoch in range(epochs):
        model.fit(data, data[:, :1], verbose=0)
        progress.add({"loss": 1.0 / (epoch + 1), "val_loss": 0.1 + 0.2})
        progress.add({"val_macro_f1": float(epoch + 1 == best)})
        progress.seconds += 1.5
        checkpoints.save(model, progress)
    return model, progress


def weights(model: Any) -> list[Any]:
    return [variable.numpy() for variable in (*model.variables, *model.optimizer.variables)]


def test_all_of_the_state_comes_back(tmp_path: Path) -> None:
    model, progress = trained(tmp_path, epochs=3)
    resumed = small_model()
    assert Checkpoints(tmp_path, "mine").restore(resumed) == progress
    for weight, other in zip(weights(model), weights(resumed), strict=True):
        np.testing.assert_array_equal(weight, other)


def test_the_scale_of_a_16_bit_loss_comes_back_too(tmp_path: Path) -> None:
    def scaled() -> Any:
        model = small_model()
        optimizer = keras.optimizers.LossScaleOptimizer(
            keras.optimizers.AdamW(0.1), initial_scale=16.0, dynamic_growth_steps=2
        )
        model.compile(optimizer, "mse")
        return model

    model, _ = trained(tmp_path, epochs=3, model=scaled())
    resumed = scaled()
    Checkpoints(tmp_path, "mine").restore(resumed)
    assert float(resumed.optimizer.dynamic_scale.numpy()) == 32
    for weight, other in zip(weights(model), weights(resumed), strict=True):
        np.testing.assert_array_equal(weight, other)


@pytest.mark.parametrize(
    ("f1", "loss", "best"),
    [
        ([0.5, 0.9, 0.7], [0.1, 0.9, 0.2], 2),
        ([0.5, 0.9, 0.9], [0.1, 0.9, 0.2], 3),
        ([0.9, 0.9, 0.9], [0.3, 0.2, 0.2], 2),
        ([0.5, 0.9, 0.7], [0.1, math.nan, 0.2], 3),
        ([0.0, 0.0], [math.nan, math.nan], 1),
    ],
    ids=["macro F1", "then loss", "then the first", "not a number", "no number at all"],
)
def test_the_best_epoch(f1: list[float], loss: list[float], best: int) -> None:
    progress = Progress({"val_macro_f1": f1, "val_loss": loss, "loss": loss})
    assert progress.best_epoch == best
    assert progress.exported_epoch(patience=3) == best
    assert progress.exported_epoch(patience=0) == len(f1)


def test_the_best_epoch_s_weights_stay_and_come_back(tmp_path: Path) -> None:
    trained(tmp_path, epochs=6, best=2)
    assert {path.name for path in tmp_path.glob("*.h5")} == {
        f"epoch-000{number}.weights.h5" for number in (2, 5, 6)
    }
    assert {path.name for path in tmp_path.glob("*.json")} == {"epoch-0005.json", "epoch-0006.json"}
    checkpoints, model = Checkpoints(tmp_path, "mine", keeps_best=True), small_model()
    assert checkpoints.restore(model).best_epoch == 2
    newest = [variable.numpy() for variable in model.weights]
    checkpoints.load_epoch(model, 2)
    assert any(
        (weight.numpy() != other).any() for weight, other in zip(model.weights, newest, strict=True)
    )


def test_without_its_best_weights_a_checkpoint_is_not_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained(tmp_path, epochs=3, best=2)
    (tmp_path / "epoch-0002.weights.h5").unlink()
    assert Checkpoints(tmp_path, "mine", keeps_best=True).restore(small_model()).epochs == 0
    log = capsys.readouterr().out
    assert "epoch-0002.weights.h5 is missing or damaged: epoch-0003.json is not used" in log


def test_the_ten_thousandth_epoch_comes_after_the_one_before(tmp_path: Path) -> None:
    model, checkpoints = small_model(), Checkpoints(tmp_path, "mine")
    model.optimizer.build(model.trainable_variables)
    for epochs in (9_998, 9_999, 10_000):
        checkpoints.save(model, Progress({"loss": [0.0] * epochs}))
    assert checkpoints.restore(small_model()).epochs == 10_000


def test_a_folder_that_is_not_there_is_a_fresh_start(tmp_path: Path) -> None:
    assert Checkpoints(tmp_path / "none", "mine").restore(small_model()).epochs == 0


def test_of_other_settings_nothing_is_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained(tmp_path, epochs=1)
    assert Checkpoints(tmp_path, "another's").restore(small_model()).epochs == 0
    assert "other images, settings or code" in capsys.readouterr().out


@pytest.mark.parametrize("harm", ["weights cut", "weights missing", "state cut", "state missing"])
def test_a_checkpoint_that_arrived_in_part_gives_way_to_the_one_before(
    harm: str, tmp_path: Path
) -> None:
    trained(tmp_path, epochs=2)
    what, how = harm.split()
    path = tmp_path / ("epoch-0002.weights.h5" if what == "weights" else "epoch-0002.json")
    if how == "cut":
        path.write_bytes(path.read_bytes()[:100])
    else:
        path.unlink()
    assert Checkpoints(tmp_path, "mine").restore(small_model()).epochs == 1


def test_training_goes_on_over_the_remains_of_a_crash(tmp_path: Path) -> None:
    for name in ("unfinished.weights.h5", "epoch-0001.unfinished"):
        (tmp_path / name).write_bytes(b"half")
    trained(tmp_path, epochs=4)
    assert {path.name for path in tmp_path.iterdir()} == {
        "epoch-0003.json",
        "epoch-0003.weights.h5",
        "epoch-0004.json",
        "epoch-0004.weights.h5",
    }


def test_the_code_of_every_package_decides_what_belongs_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "__file__", str(tmp_path / "options.py"))
    module = tmp_path / "learning" / "fit.py"
    module.parent.mkdir()
    channel = Channel([], np.empty(0, np.int32), np.empty((0, 2, 2, 3), np.uint8), [])
    job = options.Job(options.Places(*[tmp_path] * 6), hyperparameters.parse({}), None)

    def with_code(text: str) -> str:
        module.write_text(text)
        return fingerprint(job, ImageData(["good", "oil"], channel, channel), "float32")

    assert with_code("a = 1") == with_code("a = 1") != with_code("a = 2")
