"""AWS's prices: one for whatever the template may run, each with its name and page."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

from operations.errors import OperationError
from operations.prices import read_prices

TEMPLATE = Path(__file__).resolve().parents[3] / "template.yaml"


def test_every_type_with_a_price_is_one_of_the_template_and_its_default_has_one():
    rule = yaml_parse(TEMPLATE.read_text())["Parameters"]["InstanceType"]
    priced = read_prices().instances

    assert rule["Default"] in priced
    assert all(re.fullmatch(rule["AllowedPattern"], name) for name in priced)


def test_a_type_without_a_price_is_an_error_that_says_so():
    with pytest.raises(OperationError, match=r"No price of ml\.p5\.48xlarge is known"):
        read_prices().instance("ml.p5.48xlarge")


def test_every_price_says_what_it_is_where_it_stands_and_when_it_was_seen():
    prices = read_prices()

    for price in (*prices.usage.values(), *prices.instances.values()):
        assert 0 < price.dollars < 10
        assert price.unit
        assert price.page.startswith("https://aws.amazon.com/")
        assert price.usage_type
        assert price.confirmed is None or isinstance(price.confirmed, dt.date)
