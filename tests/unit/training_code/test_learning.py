from pathlib import Path

import numpy as np
import pytest

import cnn
import learning
import recipe
from channel import Channel
from checkpoint import Checkpoints, Progress
from dataset import Dataset
from hyperparameters import Hyperparameters
from interruption import Interrupted

SETTINGS = Hyperparameters(epochs=2, batch_size=2, learning_rate=0.01, image_size=16, seed=0)


def test_a_request_to_stop_is_heard_after_the_next_batch(tmp_path: Path) -> None:
    pixels = np.zeros((8, 16, 16, 3), np.uint8)
    channel = Channel([str(n) for n in range(8)], np.arange(8, dtype=np.int32) % 2, pixels, [])
    model = cnn.build(16, classes=2, batch_size=2)
    recipe.compile_model(model, SETTINGS, images=8)
    progress = Progress()
    end = learning.EpochEnd(model, progress, Checkpoints(tmp_path, "mine"), 2, tmp_path)

    def stop() -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        learning.run(model, Dataset(["a", "b"], channel, channel), SETTINGS, end, stop)
    assert int(model.optimizer.iterations) == 1
    assert progress.epochs == 0
    assert list(tmp_path.iterdir()) == []
