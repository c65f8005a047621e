import pytest

import hyperparameters
from failure import JobError


def test_what_is_not_given_has_its_default() -> None:
    values = hyperparameters.parse({"epochs": "3"})
    assert values.by_name() == {
        "epochs": 3,
        "batch-size": 32,
        "learning-rate": 0.002,
        "image-size": 128,
        "seed": 0,
    }


def test_every_hyperparameter_given_is_taken() -> None:
    given = {
        "epochs": "7",
        "batch-size": "5",
        "learning-rate": "1e-3",
        "image-size": "16",
        "seed": "9",
    }
    assert hyperparameters.parse(given).by_name() == {
        name: float(text) for name, text in given.items()
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("epochs", "0"),
        ("epochs", "3.5"),
        ("epochs", "many"),
        ("epochs", ""),
        ("batch-size", "0"),
        ("learning-rate", "0"),
        ("learning-rate", "-0.1"),
        ("learning-rate", "nan"),
        ("learning-rate", "inf"),
        ("learning-rate", "0,1"),
        ("image-size", "15"),
        ("image-size", "4096"),
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
    assert hyperparameters.parse({"sagemaker_program": "train.py"}).epochs == 30
