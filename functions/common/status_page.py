"""The status as one small page without scripts; names from outside are escaped."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import quote

TITLES = {"drop": "The drop", "run": "The newest training run"}
COLOURS = {
    "refused": "#b3261e",
    "failing": "#b3261e",
    "failed": "#b3261e",
    "stopped": "#9a5b00",
    "capped": "#9a5b00",
    "done": "#1b6e3c",
}
STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
section { border: 1px solid #8884; border-left: 6px solid var(--state); border-radius: 8px;
          padding: .25rem 1.25rem 1rem; margin: 1.25rem 0; }
h1 { font-size: 1.4rem } h2 { font-size: 1.05rem; margin-bottom: .25rem }
.state { color: var(--state); font-weight: 600 } time, dt { opacity: .7; font-size: .85rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem }
dd { margin: 0; overflow-wrap: anywhere } img { max-width: 100%; border-radius: 6px }
"""


def render(board: dict[str, Any]) -> str:
    """Render the whole of `status.json` as a page."""
    sections = "".join(
        _section(TITLES[name], board[name]) for name in ("drop", "run") if name in board
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>droptrain: {escape(str(board.get('state', '')))}</title>"
        f"<style>{STYLE}</style></head><body><h1>droptrain</h1>{sections}</body></html>\n"
    )


def _section(title: str, entry: dict[str, Any]) -> str:
    state = str(entry["state"])
    facts = {
        name: value
        for name, value in entry.items()
        if name not in {"state", "sentence", "updated_at", "plots"} and value not in (None, "")
    }
    rows = "".join(
        f"<dt>{escape(name.replace('_', ' '))}</dt><dd>{_fact(name, value)}</dd>"
        for name, value in facts.items()
    )
    images = "".join(
        f'<p><a href="{quote(key)}"><img src="{quote(key)}" alt="{escape(key)}"></a></p>'
        for key in entry.get("plots", [])
    )
    return (
        f'<section style="--state: {COLOURS.get(state, "#2a5db0")}"><h2>{escape(title)}</h2>'
        f'<p><span class="state">{escape(state)}</span> · '
        f"<time>{escape(_moment(str(entry['updated_at'])))}</time></p>"
        f"<p>{escape(str(entry['sentence']))}</p><dl>{rows}</dl>{images}</section>"
    )


def _fact(name: str, value: Any) -> str:
    """Write a fact; the report's key is a link, which the page can follow from where it lies."""
    if name == "warnings" and isinstance(value, list):
        return "<br>".join(escape(_text(item)) for item in value)
    text = escape(_text(value))
    return f'<a href="{quote(str(value))}">{text}</a>' if name == "report" else text


def _moment(text: str) -> str:
    """Write an ISO 8601 time in UTC for people, to the second."""
    return f"{text[:19].replace('T', ' ')} UTC"


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_text(item)}" for name, item in value.items())
    return str(value)
