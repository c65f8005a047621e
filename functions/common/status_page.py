"""The status as one small page that needs nothing else: no script, no link, pictures inside it.

It is opened from a private bucket's console, where only this one object can be read: a key stands
as the command that fetches it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from pathlib import PurePosixPath
from typing import Any

from common import keys
from common.visible import visible

TITLES = {"drop": "The drop", "run": "The newest training run"}
COLOURS = {
    "refused": "#b3261e",
    "failing": "#b3261e",
    "failed": "#b3261e",
    "stopped": "#9a5b00",
    "capped": "#9a5b00",
    "not started": "#b3261e",
    "done": "#1b6e3c",
}
# Facts that are keys of the bucket.
KEYS = ("report", "verdict")
APART = {"state", "sentence", "updated_at", "as_of", "plots", *KEYS}
STYLE = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1d1f23; --faint: #5c6169; }
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #15171b; --ink: #e7e9ec; --faint: #a3a9b2; } .state { color: inherit !important }
}
@media print { :root { color-scheme: light } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem;
       overflow-wrap: anywhere; background: var(--paper); color: var(--ink); }
section { border: 1px solid #8884; border-left: 6px solid var(--state); border-radius: 8px;
          padding: .25rem 1.25rem 1rem; margin: 1.25rem 0; }
h1 { font-size: 1.4rem } h2 { font-size: 1.05rem; margin-bottom: .25rem }
.state { color: var(--state); font-weight: 600 } time, dt { color: var(--faint); font-size: .85rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem }
dd { margin: 0 } img { max-width: 100%; border-radius: 6px }
code { font-size: .85rem; user-select: all }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def render(board: Mapping[str, Any], bucket: str, pictures: Mapping[str, bytes]) -> str:
    """Render the whole of `status.json` as a page; `pictures` are PNGs by their keys."""
    sections = "".join(
        _section(TITLES[name], board[name], bucket, pictures)
        for name in ("drop", "run")
        if name in board
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<link rel="icon" href="data:,"><title>droptrain: {_text(board.get("state", ""))}</title>'
        f"<style>{STYLE}</style></head><body><h1>droptrain</h1>{sections}"
        f"<p>All runs: {_command(keys.fetch(bucket, keys.RUNS_HTML))}</p></body></html>\n"
    )


def _section(
    title: str, entry: Mapping[str, Any], bucket: str, pictures: Mapping[str, bytes]
) -> str:
    facts = {
        name: _fact(name, value)
        for name, value in entry.items()
        if name not in APART and value not in (None, "", {}, [])
    }
    facts |= {
        name: _command(keys.fetch(bucket, str(entry[name]))) for name in KEYS if entry.get(name)
    }
    plots = [str(key) for key in entry.get("plots", [])]
    if plots:
        folder = f"{PurePosixPath(plots[0]).parent}/"
        facts["plots"] = _command(keys.fetch_folder(bucket, folder, "plots"))
    rows = "".join(
        f"<dt>{_text(name.replace('_', ' '))}</dt><dd>{shown}</dd>" for name, shown in facts.items()
    )
    state = str(entry["state"])
    return (
        f'<section style="--state: {COLOURS.get(state, "#2a5db0")}"><h2>{_text(title)}</h2>'
        f'<p><span class="state">{_text(state)}</span> · '
        f"<time>{_text(_moment(str(entry['updated_at'])))}</time></p>"
        f"<p>{_text(entry['sentence'])}</p><dl>{rows}</dl>"
        f"{''.join(_picture(key, pictures[key]) for key in plots if key in pictures)}</section>"
    )


def _fact(name: str, value: Any) -> str:
    """Write a fact; each warning is a sentence, on a line of its own."""
    if name == "warnings" and isinstance(value, list):
        return "<br>".join(_text(item) for item in value)
    return _text(value)


def _picture(key: str, body: bytes) -> str:
    address = f"data:image/png;base64,{base64.b64encode(body).decode()}"
    return f'<p><img src="{address}" alt="{_text(PurePosixPath(key).stem)}"></p>'


def _command(command: str) -> str:
    return f"<code>{_text(command)}</code>"


def _moment(text: str) -> str:
    """Write an ISO 8601 time in UTC for people, to the second."""
    return f"{text[:19].replace('T', ' ')} UTC"


def _text(value: Any) -> str:
    """Write a value as text of the page, whatever it holds."""
    return escape(visible(_plain(value)))


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_plain(item)}" for name, item in value.items())
    return str(value)
