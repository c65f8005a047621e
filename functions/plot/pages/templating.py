"""Fills the templates. Whatever is filled in is escaped and visible; names come from outside."""

from __future__ import annotations

import base64
import math
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from common.printable import printable
from plot.statistics.intervals import Estimate

TEMPLATES = Path(__file__).parent / "templates"
NOTHING = "\N{EN DASH}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": percent,
        "interval": interval,
        "amount": amount,
        "duration": duration,
        "moment": moment,
        "jpeg": jpeg,
    }
    return environment


def _shown(value: object) -> object:
    """Make visible what hides in a name; markup is the templates' own."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def fill(template: str, **values: Any) -> str:
    """Fill a template of the folder `templates`."""
    return _environment().get_template(template).render(**values)


def percent(value: float | None, digits: int = 1) -> str:
    """Write a share, for example `95.0 %`; never 100 % for what is less."""
    if value is None or math.isnan(value):
        return NOTHING
    shown = round(100 * value, digits)
    if (shown >= 100 and value < 1) or (shown <= 0 and value > 0):
        return f"{100 * value:.{digits + 2}f} %"
    return f"{shown:.{digits}f} %"


def interval(estimate: Estimate) -> str:
    """Write the ends of an interval, for example `91.4 to 97.1 %`."""
    return f"{100 * estimate.low:.1f} to {100 * estimate.high:.1f} %"


def amount(number: int, noun: str = "", plural: str = "") -> str:
    """Write a number with its noun in the right form."""
    if not noun:
        return f"{number:,}"
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def duration(seconds: float | None) -> str:
    """Write a time for people: `41 s`, `10 min 11 s`, `2 h 5 min`."""
    if seconds is None:
        return NOTHING
    whole = round(seconds)
    minutes, hours = whole // 60, whole // 3600
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


def moment(value: datetime) -> str:
    """Write a time in UTC to the minute."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def jpeg(body: bytes) -> str:
    """Write a picture as an address that asks nobody."""
    return f"data:image/jpeg;base64,{base64.b64encode(body).decode()}"
