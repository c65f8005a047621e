"""AWS's prices: each with its name in AWS's list."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
import yaml
from samtranslator.yaml_helper import yaml_parse

from operations.errors import OperationError
from operations.prices import FILE, read_prices

TEMPLATE = Path(__file__).resolve().parents[3] / "template.yaml"


def test_every_type_with_a_price_is_one_of_the_template_and_its_default_has_one():
    rule = yaml_parse(TEMPLATE.read_text())["Parameters"]["InstanceType"]
    priced = read_prices().instances

    assert rule["Default"] in priced
    assert all(re.fullmatch(rule["AllowedPattern"], name) for name in priced)


def test_a_type_without_a_price_is_an_error_that_says_so():
    with pytest.raises(OperationError, match=r"No price of ml\.p5\.48xlarge is known"):
        read_prices().instance("ml.p5.48xlarge")


def test_every_price_has_its_unit_and_its_name_in_the_price_list():
    document = yaml.safe_load(FILE.read_text())

    for entry in document["usage"].values():
        assert entry["unit"]
        assert entry["service"].startswith("A")
        assert entry["usage_type"]
    for entry in (*document["usage"].values(), *document["instances"].values()):
        assert 0 < entry["dollars"] < 10
        assert entry["confirmed"] is None or isinstance(entry["confirmed"], dt.date)
