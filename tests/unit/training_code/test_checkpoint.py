from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from checkpoint import Checkpoints, Progress

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning"  # between Keras 3.15 and numpy 2
)


def small_model() -> Any:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    model.compile(keras.optimizers.AdamW(0.1), "mse")
    return model


def trained(folder: Path, epochs: int) -> tuple[Any, Progress]:
    """A model after that many epochs, each with its checkpoint."""
    model, progress, checkpoints = small_model(), Progress(), Checkpoints(folder, "mine")
    data = np.arange(8.0).reshape(4, 2)
    for epoch in range(epochs):
        model.fit(data, data[:, :1], verbose=0)
        progress.add({"loss": 1.0 / (epoch + 1), "val_loss": 0.1 + 0.2})
        progress.seconds += 1.5
        checkpoints.save(model, progress)
    return model, progress


def weights(model: Any) -> list[Any]:
    return [variable.numpy() for variable in (*model.variables, *model.optimizer.variables)]


def test_all_of_the_state_comes_back(tmp_path: Path) -> None:
    model, progress = trained(tmp_path, epochs=3)
    resumed = small_model()
    assert Checkpoints(tmp_path, "mine").restore(resumed) == progress
    for one, other in zip(weights(model), weights(resumed), strict=True):
        np.testing.assert_array_equal(one, other)


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
