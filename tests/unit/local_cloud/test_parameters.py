"""Values that the template allows, and those it does not."""

from __future__ import annotations

import pytest

from local_cloud.cloud.parameters import ParameterError, check_parameters, declared_parameters


@pytest.fixture(scope="module")
def declared():
    return declared_parameters()


def test_every_default_is_allowed(declared):
    check_parameters(declared, {name: str(rule["Default"]) for name, rule in declared.items()})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Epochs", "1"),
        ("LearningRate", "1e-3"),
        ("ValidationShare", "0.5"),
        ("QuietPeriodSeconds", "0"),
        ("UseSpot", "true"),
        ("NotificationEmail", "a@b.example"),
        ("LogRetentionDays", "7"),
    ],
)
def test_allowed(declared, name: str, value: str):
    check_parameters(declared, {name: value})


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("Epochs", "0", "a whole number from 1 to 10000"),
        ("Epochs", "1.5", "a whole number"),
        ("Epochs", "", "a whole number"),
        ("LearningRate", "-1", "a number from 0 to 1"),
        ("LearningRate", "nan", "a number"),
        ("ValidationShare", "0.51", "from 0.05 to 0.5"),
        ("UseSpot", "yes", "one of true, false"),
        ("InstanceType", "ml.trn1.2xlarge", "of families that docs/parameters.md lists"),
        ("NotificationEmail", "nobody", "an e-mail address, or nothing"),
        ("Epoch", "3", "no parameter Epoch; it has Architecture"),
    ],
)
def test_not_allowed(declared, name: str, value: str, says: str):
    with pytest.raises(ParameterError, match=says):
        check_parameters(declared, {name: value})
