"""A year's growth: from the template's days and defaults, in gigabytes and dollars."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from operations.growth import Growth, growth, growth_table

ROOT = Path(__file__).resolve().parents[3]


def rows(images: int, **changes: Any) -> dict[str, Growth]:
    template = yaml_parse((ROOT / "template.yaml").read_text())
    for name, value in changes.items():
        template["Parameters"][name]["Default"] = value
    return {row.what: row for row in growth(template, images, megabytes=2)}


def test_runs_add_up_and_copies_do_not():
    year = rows(1000)

    assert year["models"].gigabytes == pytest.approx(365 * 0.013)
    assert year["copies"].gigabytes == year["images"].gigabytes == 2
    assert year["manifests"].gigabytes == pytest.approx(0.0803)


def test_a_checkpoint_is_kept_as_long_as_its_rule_says():
    year = rows(1000, Epochs=10)

    # Two days of versions of each epoch, thirty of the newest.
    assert year["checkpoints"].gigabytes == pytest.approx((2 * 10 + 30) * 0.011)


def test_the_table_ends_with_the_sum():
    *body, last = [line.split("|") for line in growth_table().splitlines()[2:]]

    assert float(last[3]) == pytest.approx(sum(float(row[3]) for row in body), abs=0.04)
    assert float(last[4]) == pytest.approx(float(last[3]) * 0.023, abs=0.006)
