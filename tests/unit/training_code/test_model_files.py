"""The exported forms of one small network: loaded again, asked again, broken on purpose."""

import functools
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from exporting import model_files
from failure import JobError
from judging import calibration
from learning import networks
from loading.channel import Channel
from loading.dataset import ImageData
from reading import images
from tests.unit.training_code.container import files
from tests.unit.training_code.pictures import picture

# Keras 3.15 asks TensorFlow's arrays for themselves in a way numpy 2 no longer likes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SIDE = 24
CLASSES = ["a", "b", "ü"]
PAGE = Path(__file__).parents[3] / "docs" / "model.md"
LOADING = PAGE.read_text("utf-8").split("\n## Loading it\n")[1].split("\n## ")[0]


def validation(root: Path, count: int = 11) -> Channel:
    """Photographs that lie on their side and one PNG, as files and as pixels."""
    root.mkdir()
    names = ["0.png", *(f"{number}.jpg" for number in range(1, count))]
    for number, name in enumerate(names):
        photograph = picture((20 * number, 90, 200 - 10 * number), number, (80, 60))
        exif = photograph.getexif()
        exif[0x0112] = 6
        photograph.save(root / name, **({"exif": exif} if name.endswith(".jpg") else {}))
    pixels = np.stack([images.read(root / name, SIDE).pixels for name in names])
    return Channel(names, np.zeros(count, np.int32), pixels, [])


def dataset(validation: Channel) -> ImageData:
    return ImageData(CLASSES, validation, validation)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("job")


@pytest.fixture(scope="module")
def channel(root: Path) -> Channel:
    return validation(root / "validation")


@pytest.fixture(scope="module")
def trained() -> Any:
    """A network as it is on several machines with 16 bits, its averages moved by some training."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        keras.utils.set_random_seed(0)
        model = networks.build_cnn(SIDE, len(CLASSES), batch_size=4, synchronized=True)
        pixels = np.random.default_rng(0).integers(0, 256, (8, SIDE, SIDE, 3)).astype(np.float32)
        for _ in range(3):
            model(pixels, training=True)
    finally:
        keras.config.set_dtype_policy(before)
    return model


@pytest.fixture(scope="module")
def exported(trained: Any, root: Path, channel: Channel) -> model_files.Exported:
    return model_files.save(trained, dataset(channel), root / "model", root / "validation")


def test_all_forms_are_there(exported: model_files.Exported, root: Path) -> None:
    expected = {"model.keras", "model.tflite", "labels.json", "preprocessing.json"}
    assert expected | {"saved_model/saved_model.pb"} <= files(root / "model")
    assert json.loads((root / "model" / "labels.json").read_text("utf-8")) == CLASSES
    described = json.loads((root / "model" / "preprocessing.json").read_text("utf-8"))
    assert described["image_size"] == [SIDE, SIDE]
    assert exported.warnings == []


def test_the_saved_model_reads_image_files_as_the_training_does(
    exported: model_files.Exported, root: Path, channel: Channel
) -> None:
    served = tf.saved_model.load(str(root / "model" / "saved_model"))
    data = [(root / "validation" / name).read_bytes() for name in channel.files]
    answered = served.signatures["serving_default"](image_bytes=tf.constant(data))
    expected = exported.predict(channel.pixels, batch_size=4)
    assert expected.shape == (11, 3)
    np.testing.assert_allclose(answered["probabilities"], expected, atol=1e-5)


def test_the_saved_model_takes_pixels_that_were_scaled_elsewhere(
    exported: model_files.Exported, channel: Channel
) -> None:
    pixels = tf.constant(channel.pixels, tf.float32)
    answered = exported.service.signatures["serve_pixels"](pixels=pixels)["probabilities"]
    np.testing.assert_allclose(answered, exported.predict(channel.pixels, 5), atol=1e-5)


def test_what_is_exported_computes_in_32_bits_on_one_device(
    exported: model_files.Exported, trained: Any, root: Path, channel: Channel
) -> None:
    loaded = keras.models.load_model(root / "model" / "model.keras")
    assert {layer.compute_dtype for layer in trained.layers} > {"bfloat16"}
    assert {layer.compute_dtype for layer in (loaded, *loaded.layers)} == {"float32"}
    assert not any(getattr(layer, "synchronized", False) for layer in loaded.layers)
    pixels = channel.pixels.astype(np.float32)
    np.testing.assert_allclose(loaded(pixels), exported.predict(channel.pixels, 11), atol=1e-6)
    np.testing.assert_allclose(trained(pixels), exported.predict(channel.pixels, 11), atol=0.05)


def test_the_lite_model_holds_half_the_bytes_and_agrees(
    exported: model_files.Exported, root: Path, channel: Channel
) -> None:
    content = (root / "model" / "model.tflite").read_bytes()
    assert len(content) < 2.5 * exported.model.count_params()
    answered = model_files.answers_of_lite(content, channel.pixels.astype(np.float32))
    np.testing.assert_allclose(answered, exported.predict(channel.pixels, 11), atol=1e-2)


def test_every_form_answers_as_sure_as_the_temperature_says(
    exported: model_files.Exported, trained: Any, channel: Channel, root: Path
) -> None:
    before = exported.predict(channel.pixels, 11)
    folder = root / "calibrated"
    scaled = model_files.save(trained, dataset(channel), folder, root / "validation", 2.5)
    expected = calibration.apply(before, 2.5)
    assert np.abs(expected - before).max() > 0.05
    np.testing.assert_allclose(scaled.predict(channel.pixels, 11), expected, atol=1e-5)
    pixels = channel.pixels.astype(np.float32)
    loaded = keras.models.load_model(folder / "model.keras")
    np.testing.assert_allclose(loaded(pixels), expected, atol=1e-5)
    content = (folder / "model.tflite").read_bytes()
    np.testing.assert_allclose(model_files.answers_of_lite(content, pixels), expected, atol=1e-2)
    np.testing.assert_allclose(scaled.model(pixels), expected, atol=1e-5)


def test_branches_and_frozen_layers_are_copied() -> None:
    inputs = keras.Input((8, 8, 3))
    x = layers.BatchNormalization(synchronized=True, dtype="mixed_bfloat16")(inputs)
    x = layers.Add()([x, layers.Conv2D(3, 1, dtype="mixed_bfloat16")(x)])
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, layers.Dense(2, activation="softmax", dtype="float32")(x))
    model.layers[1].trainable = False
    model.layers[1].set_weights([np.full(3, value) for value in (2.0, 1.0, 0.5, 4.0)])

    copy = model_files.in_32_bits(model)

    assert [layer.trainable for layer in copy.layers] == [layer.trainable for layer in model.layers]
    pixels = np.random.default_rng(0).random((4, 8, 8, 3)).astype(np.float32)
    np.testing.assert_allclose(copy(pixels), model(pixels), atol=0.02)


def test_a_model_that_answers_nonsense_is_not_handed_over(channel: Channel, root: Path) -> None:
    model = networks.build_cnn(SIDE, classes=3, batch_size=4)
    model.layers[-1].bias.assign([float("nan")] * 3)
    with pytest.raises(JobError, match="isn't a number"):
        model_files.save(model, dataset(channel), root / "nonsense", root / "validation")


@pytest.mark.parametrize(
    ("save", "place"),
    [
        (model_files._save_keras, "model.keras"),
        (functools.partial(model_files._save_service, depth=16), "saved_model"),
    ],
)
def test_a_form_that_disagrees_is_not_handed_over(
    exported: model_files.Exported, channel: Channel, tmp_path: Path, save: Any, place: str
) -> None:
    other = exported.predict(channel.pixels, 11) + np.float32([[0, 0.01, -0.01]])
    with pytest.raises(JobError, match=f"{place} differs from the trained model by 0.01"):
        save(exported.model, tmp_path / place, channel.pixels, other)


def test_a_lite_model_that_cannot_be_made_or_disagrees_is_left_out(
    exported: model_files.Exported,
    channel: Channel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file, expected = tmp_path / "model.tflite", exported.predict(channel.pixels, 11)

    def convert(*_: Any) -> bytes:
        raise ValueError("no such\n operation")

    def save() -> str | None:
        file.write_bytes(b"of an earlier start")
        return model_files._save_lite(exported.model, file, channel.pixels, expected)

    monkeypatch.setattr(model_files, "convert_to_lite", convert)
    assert save() == "There is no model.tflite: no such operation"
    assert not file.exists()

    monkeypatch.setattr(model_files, "convert_to_lite", lambda *_: b"a model")
    monkeypatch.setattr(model_files, "answers_of_lite", lambda *_: expected * np.nan)
    assert "predicts something that isn't a number" in str(save())
    assert not file.exists()

    monkeypatch.setattr(model_files, "answers_of_lite", lambda *_: expected + 0.009)
    assert save() is None
    assert file.read_bytes() == b"a model"


def test_weights_have_32_bits_where_16_change_the_answers(
    exported: model_files.Exported,
    channel: Channel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file, expected = tmp_path / "model.tflite", exported.predict(channel.pixels, 11)
    convert, answers = model_files.convert_to_lite, model_files.answers_of_lite
    small = convert(model_files.with_features(exported.model))

    def rounded(content: bytes, pixels: Any) -> Any:
        return expected + 0.0129 if content == small else answers(content, pixels)

    monkeypatch.setattr(model_files, "answers_of_lite", rounded)
    assert model_files._save_lite(exported.model, file, channel.pixels, expected) is None
    assert len(file.read_bytes()) > 1.7 * len(small)


def test_files_that_are_read_otherwise_are_named_however_many_they_are(
    exported: model_files.Exported, channel: Channel, root: Path
) -> None:
    places = [root / "validation" / name for name in channel.files]
    expected = dict(zip(places, exported.predict(channel.pixels, 11), strict=True))
    assert model_files._check_from_bytes(exported.service, expected) is None
    expected[places[3]] = expected[places[3]] + np.float32(0.01)
    sentence = str(model_files._check_from_bytes(exported.service, expected))
    assert "reads 1 of 11 image files differently from the training: 3.jpg." in sentence
    others = {place: answer + np.float32(0.01) for place, answer in expected.items()}
    assert "reads 11 of 11" in str(model_files._check_from_bytes(exported.service, others))


def test_a_trained_model_is_handed_over_though_no_file_is_read_alike(
    trained: Any, channel: Channel, root: Path
) -> None:
    (root / "photos").mkdir()
    for name in channel.files:
        (root / "photos" / name).write_bytes(b"what TensorFlow cannot decode")
    saved = model_files.save(trained, dataset(channel), root / "unlike", root / "photos")
    assert [warning["code"] for warning in saved.warnings] == ["reading"]
    assert (root / "unlike" / "saved_model" / "saved_model.pb").is_file()

    known = replace(channel, differing=dict.fromkeys(channel.files, "TIFF"))
    saved = model_files.save(trained, dataset(known), root / "unlike", root / "photos")
    assert saved.warnings == []  # it was told before the first epoch


def test_tensorflow_does_not_chat_while_it_converts(
    exported: model_files.Exported, channel: Channel, capfd: pytest.CaptureFixture[str]
) -> None:
    model_files.answers_of_lite(
        model_files.convert_to_lite(exported.model), channel.pixels[:1].astype(np.float32)
    )
    assert capfd.readouterr() == ("", "")


@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated:UserWarning")
@pytest.mark.parametrize(
    "snippet",
    re.findall(r"```python\n(.*?)```", LOADING, re.DOTALL),
    ids=["SavedModel", "Keras", "TensorFlow Lite"],
)
def test_each_way_of_loading_works_as_the_page_says(
    snippet: str,
    exported: model_files.Exported,
    channel: Channel,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (root / "picture.jpg").write_bytes((root / "validation" / "7.jpg").read_bytes())
    monkeypatch.chdir(root)
    names: dict[str, Any] = {}
    exec(snippet, names)
    expected = exported.predict(channel.pixels[7:8], 1)[0]
    np.testing.assert_allclose(names["probabilities"], expected, atol=0.02)
