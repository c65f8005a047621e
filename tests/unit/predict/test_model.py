"""A network in LiteRT, made of the files that a job exports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from common import keys
from common.model_files import KNOWN_IMAGES, LABELS, NETWORK, NOVELTY, PREPROCESSING
from exporting import model_files, novelty
from learning import networks
from predict.errors import ModelError
from predict.model import FEATURES, model_of, read_model
from tests.support.memory_bucket import MemoryBucket
from tests.unit.training_code.test_novelty import space

# Keras 3.15 asks TensorFlow's arrays for themselves in a way numpy 2 no longer likes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SIDE = 24
CLASSES = ["good", "oil", "two words ü"]


@pytest.fixture(scope="module")
def network() -> Any:
    keras.utils.set_random_seed(1)
    return networks.build_cnn(SIDE, len(CLASSES), batch_size=4)


@pytest.fixture(scope="module")
def squares() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (9, SIDE, SIDE, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def features(network: Any, squares: np.ndarray) -> np.ndarray:
    extractor = keras.Model(network.input, network.layers[-1].input)
    return np.asarray(extractor(squares.astype(np.float32)))


@pytest.fixture(scope="module")
def files(
    network: Any, features: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    folder: Path = tmp_path_factory.mktemp("model")
    novelty.write(folder, space(features[:6]), seed=0)
    described = {"image_size": [SIDE, SIDE], "depth": 12}
    return {
        NETWORK: model_files.convert_to_lite(model_files.with_features(network)),
        LABELS: json.dumps(CLASSES).encode(),
        PREPROCESSING: json.dumps(described).encode(),
        **{name: (folder / name).read_bytes() for name in (KNOWN_IMAGES, NOVELTY)},
    }


def test_it_answers_as_the_network_that_was_trained(
    network: Any, squares: np.ndarray, features: np.ndarray, files: dict[str, bytes]
):
    model = model_of("run-1", files)
    assert (model.run, model.classes, model.size, model.depth) == ("run-1", (*CLASSES,), SIDE, 12)
    predicted = model.judge(squares)
    expected = np.asarray(network(squares.astype(np.float32)))
    np.testing.assert_allclose(predicted.probabilities, expected, atol=1e-2)
    assert predicted.novelty is not None
    assert model.known_images is not None
    np.testing.assert_allclose(
        predicted.novelty, model.known_images.novelty(features), rtol=0.02, atol=0.02
    )
    assert (predicted.novelty[:6] < 1).all()  # their own neighbours are among the compared


def test_it_is_read_from_the_folder_of_its_run(squares: np.ndarray, files: dict[str, bytes]):
    objects = {keys.run_model_file("run-1", name): body for name, body in files.items()}
    model = read_model(MemoryBucket("bucket", objects), "run-1")
    np.testing.assert_array_equal(
        model.judge(squares).probabilities, model_of("run-1", files).judge(squares).probabilities
    )
    with pytest.raises(ModelError, match=r"run-2 is incomplete: model\.tflite, labels\.json"):
        read_model(MemoryBucket("bucket", objects), "run-2")


def test_a_model_of_an_earlier_version_answers_without_novelty(
    network: Any, squares: np.ndarray, files: dict[str, bytes]
):
    earlier = {
        NETWORK: model_files.convert_to_lite(network),
        LABELS: files[LABELS],
        PREPROCESSING: json.dumps({"image_size": [SIDE, SIDE]}).encode(),
    }
    model = model_of("run-1", earlier)
    assert model.depth == 16
    assert FEATURES not in model.runner.get_output_details()
    assert model.judge(squares).novelty is None
    mixed = earlier | {name: files[name] for name in (KNOWN_IMAGES, NOVELTY)}
    assert model_of("run-1", mixed).judge(squares).novelty is None


@pytest.mark.parametrize(
    ("name", "body"),
    [(NETWORK, b"not a network"), (NETWORK, b""), (LABELS, b"{"), (PREPROCESSING, b"[]"),
     (PREPROCESSING, b"{}"), (KNOWN_IMAGES, b"not an archive"), (NOVELTY, b"{}")],
)  # fmt: skip
def test_a_damaged_file_is_an_error_of_the_model(name: str, body: bytes, files: dict[str, bytes]):
    with pytest.raises(ModelError, match="can't be"):
        model_of("run-1", files | {name: body})
