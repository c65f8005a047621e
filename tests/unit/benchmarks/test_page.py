"""The sections of docs/benchmarks.md that the benchmarks write."""

from __future__ import annotations

import os

import pytest

from benchmarks import page
from scripts.blocks import replace_block

SECTIONS = ("copy", "plan", "input", "step", "accuracy", "accuracy-generated", "rendering")


@pytest.mark.parametrize("section", SECTIONS)
def test_the_page_has_a_block_for_each_section(section: str):
    text = page.PAGE.read_text()

    assert "measured anew" in replace_block(text, section, "measured anew\n")
    assert "measured anew" not in text


def test_a_target_is_met_or_missed():
    assert page.at_least("speed", 2.204, 2.2) == ["speed", "2.20", "at least 2.2", "met"]
    assert page.at_most("memory", 1.6, 1.5) == ["memory", "1.60", "at most 1.5", "**missed**"]
    assert page.above_zero("gain", -0.5)[1:] == ["-0.5", "above 0", "**missed**"]


def test_a_measurement_runs_in_another_process():
    assert page.in_a_process((), os.getpid) != os.getpid()
