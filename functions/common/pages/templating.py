"""Fills the templates. Every value is escaped and printable; names come from outside."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from common import wording
from common.printable import printable

SHARED = Path(__file__).parent / "templates"


@cache
def _environment(templates: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([templates, SHARED]),
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


def fill(templates: Path, template: str, **values: object) -> str:
    """Fill a template of a folder, which may build on the shared ones."""
    return _environment(templates).get_template(template).render(**values)


def copying_script() -> tuple[Markup, str]:
    """Return the script that copies commands, and its source for the content security policy."""
    script = (SHARED / "copy_commands.js").read_text(encoding="utf-8")
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    return Markup(script), f"'sha256-{digest}'"  # noqa: S704  # our own file


def _shown(value: object) -> object:
    """Show the hidden characters of a name; markup is the templates' own."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _unbroken(text: str) -> str:
    """Keep each percent sign, and each sign before a number, on the line of its number."""
    return re.sub(r" (?=%)|(?<=[<>]) (?=\d)", "\N{NO-BREAK SPACE}", text)


def _written(write: Callable[..., str]) -> Callable[..., str]:
    return lambda *values: _unbroken(write(*values))


def _jpeg(body: bytes) -> str:
    """Write a picture as an address that needs no request."""
    return f"data:image/jpeg;base64,{base64.b64encode(body).decode()}"
