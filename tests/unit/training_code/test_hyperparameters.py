import pytest

import hyperparameters
from failure import JobError
from hyperparameters import RECIPES


def test_what_is_not_given_has_its_default() -> None:
    values = hyperparameters.parse({"epochs": "3"})
    assert values.by_name() == {
        "architecture": "cnn",
        "epochs": 3,
        "batch-size": 32,
        "learning-rate": 0.002,
        "image-size": 128,
        "patience": 0,
        "precision": "auto",
        "folds": 1,
        "minimum-images-per-class": 0,
        "seed": 0,
    }


def test_every_hyperparameter_given_is_taken() -> None:
    texts = {
        "architecture": "tutorial",
        "epochs": "7",
        "batch-size": "5",
        "learning-rate": "0.0001",
        "image-size": "16",
        "patience": "4",
        "precision": "float32",
        "folds": "3",
        "minimum-images-per-class": "4",
        "seed": "9",
    }
    values = hyperparameters.parse(texts).by_name()
    assert {name: str(value) for name, value in values.items()} == texts


@pytest.mark.parametrize(
    ("architecture", "size", "rate"),
    [("cnn", 128, 0.002), ("tutorial", 64, 0.001), ("resnet-50-v2", 224, 0.0003)],
)
def test_0_is_the_architecture_s_own(architecture: str, size: int, rate: float) -> None:
    zero = {"architecture": architecture, "image-size": "0", "learning-rate": "0"}
    values = hyperparameters.parse(zero)
    assert (values.image_size, values.learning_rate) == (size, rate)
    assert values == hyperparameters.parse({"architecture": architecture})
    assert values.recipe == RECIPES[architecture]


@pytest.mark.parametrize(("architecture", "folds"), [("cnn", 1), ("efficientnet-lite0", 5)])
def test_images_are_judged_by_folds_where_that_is_cheap(architecture: str, folds: int) -> None:
    assert hyperparameters.parse({"architecture": architecture}).folds == folds
    assert hyperparameters.parse({"architecture": architecture, "folds": "0"}).folds == folds
    assert hyperparameters.parse({"architecture": architecture, "folds": "2"}).folds == 2


def test_a_size_that_the_images_decide_stays_open() -> None:
    values = hyperparameters.parse({"architecture": "efficientnet-lite0"})
    assert values.image_size == 0
    assert hyperparameters.parse({"image-size": "0"} | {"architecture": "cnn"}).image_size == 128


def test_an_image_too_small_for_the_architecture_is_refused() -> None:
    assert hyperparameters.parse({"image-size": "31"}).image_size == 31
    with pytest.raises(JobError, match="mobilenet-v2 needs an image-size of 32 or more, not 31"):
        hyperparameters.parse({"architecture": "mobilenet-v2", "image-size": "31"})


@pytest.mark.parametrize(("name", "text"), [("architecture", "CNN"), ("precision", "float16")])
def test_a_word_that_is_none_of_the_choices_is_refused(name: str, text: str) -> None:
    with pytest.raises(JobError, match=rf"{name} must be one of .*, not '{text}'"):
        hyperparameters.parse({name: text})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("epochs", "0"),
        ("epochs", "3.5"),
        ("epochs", "many"),
        ("epochs", ""),
        ("batch-size", "0"),
        ("learning-rate", "1e-9"),
        ("learning-rate", "-0.1"),
        ("learning-rate", "nan"),
        ("learning-rate", "inf"),
        ("learning-rate", "0,1"),
        ("image-size", "15"),
        ("image-size", "4096"),
        ("patience", "-1"),
        ("seed", "-1"),
    ],
)
def test_an_illegal_value_is_refused_with_the_legal_ones(name: str, text: str) -> None:
    with pytest.raises(JobError) as refused:
        hyperparameters.parse({name: text})
    sentence = str(refused.value)
    assert name in sentence
    assert repr(text) in sentence
    assert " from " in sentence


def test_an_unknown_name_is_refused_and_the_likely_one_named() -> None:
    with pytest.raises(
        JobError, match=r"no hyperparameter 'batch_size'.*Did you mean batch-size\?"
    ):
        hyperparameters.parse({"batch_size": "8"})


def test_what_the_sdk_adds_is_left_alone() -> None:
    assert hyperparameters.parse({"sagemaker_program": "train.py"}).epochs == 80
