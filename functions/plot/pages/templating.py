"""Fills the templates of this folder."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from common.pages import templating

TEMPLATES = Path(__file__).parent / "templates"

fill = partial(templating.fill, TEMPLATES)
