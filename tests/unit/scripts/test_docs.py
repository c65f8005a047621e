"""The blocks of files that `make docs` writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.blocks import replace_block

ROOT = Path(__file__).resolve().parents[3]
MARKDOWN = "before\n<!-- costs: written by `make docs` -->\nold\n<!-- /costs -->\nafter\n"
YAML = "  - # <costs: written by `make docs`>\n    - old\n    # </costs>\n  - after\n"


@pytest.mark.parametrize("text", [MARKDOWN, YAML])
def test_a_block_is_replaced_and_the_rest_stays(text: str):
    changed = replace_block(text, "costs", "new\\1\n")

    [line] = [line for line in text.splitlines() if line.strip() in ("old", "- old")]
    assert changed == text.replace(line, "new\\1")
    assert replace_block(changed, "costs", line + "\n") == text


@pytest.mark.parametrize("text", ["# Costs\n", MARKDOWN * 2, MARKDOWN.replace("/costs", "costs")])
def test_a_page_without_its_marks_is_refused(text: str):
    with pytest.raises(ValueError, match="one block 'costs'"):
        replace_block(text, "costs", "new\n")


def test_everything_generated_is_up_to_date():
    """Parameters, instance types, regions, training images and costs, in docs and template."""
    command = [sys.executable, "-m", "scripts.docs", "--check"]

    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr
