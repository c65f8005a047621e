"""Fills the templates. Every value is escaped and printable; names come from outside."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from common import wording
from common.printable import printable

TEMPLATES = Path(__file__).parent / "templates"


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
    interval = _written(wording.interval)
    environment.filters |= {
        "unbroken": _unbroken,
        "percent": _written(wording.percent),
        "count": wording.count,
        "duration": wording.duration,
        "moment": wording.moment,
        "interval": lambda estimate: interval(estimate.low, estimate.high),
        "jpeg": _jpeg,
    }
    environment.globals |= {
        "interval": interval,
        "share_of": _written(wording.share_of),
        "rate": _written(wording.rate),
        "rate_of": _written(wording.rate_of),
    }
    return environment


def fill(template: str, **values: object) -> str:
    """Fill a template of the folder `templates`."""
    return _environment().get_template(template).render(**values)


def _shown(value: object) -> object:
    """Show the hidden characters of a name; markup is the templates' own."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _unbroken(text: str) -> str:
    """Keep each percent sign on the line of its number."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def _written(write: Callable[..., str]) -> Callable[..., str]:
    return lambda *values: _unbroken(write(*values))


def _jpeg(body: bytes) -> str:
    """Write a picture as an address that needs no request."""
    return f"data:image/jpeg;base64,{base64.b64encode(body).decode()}"
