"""The status as one small page: no script, no link, and its pictures inside it. Pure.

It is opened from the console of a private bucket, where only this one object can be read. So each
key is shown as the command that downloads it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from pathlib import PurePosixPath
from typing import Literal

from common import clock, keys
from common.printable import printable
from common.status_document import Section, Status, StatusEntry
from common.wording import count, moment

TITLES: dict[Section | Literal["model"], str] = {
    "drop": "The drop",
    "run": "The newest training run",
    "model": "The model",
}
COLOURS = {
    "refused": "red",
    "failing": "red",
    "failed": "red",
    "not started": "red",
    "stopped": "amber",
    "capped": "amber",
    "candidate": "amber",
    "done": "green",
    "current": "green",
}
HEADLINE = ("state", "sentence", "updated_at", "as_of")
TIMES = ("until", "not_before")
KEYS = ("report", "review", "verdict")
COMMANDS = ("to_promote",)
SENTENCES = ("warnings", "machines_refused")
STYLE = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1d1f23; --faint: #5c6169;
        --blue: #2a5db0; --red: #b3261e; --amber: #9a5b00; --green: #1b6e3c; }
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #15171b; --ink: #e7e9ec; --faint: #a3a9b2;
          --blue: #8ab4f8; --red: #ff8a80; --amber: #e3b341; --green: #5ecb87; }
  img { filter: invert(.91) hue-rotate(180deg) } /* plots: white becomes dark, hues stay */
}
@media print { :root { color-scheme: light } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem;
       overflow-wrap: anywhere; background: var(--paper); color: var(--ink); }
section { border: 1px solid #8884; border-left: 6px solid var(--state); border-radius: 8px;
          padding: .25rem 1.25rem 1rem; margin: 1.25rem 0; }
h1 { font-size: 1.4rem } h2 { font-size: 1.05rem; margin-bottom: .25rem }
.state { color: var(--state); font-weight: 600 } time, dt { color: var(--faint); font-size: .85rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem }
dd { margin: 0 }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .4rem } }
img { max-width: 100%; border-radius: 6px }
code { font-size: .85rem; user-select: all }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def render(status: Status, bucket: str, pictures: Mapping[str, bytes]) -> str:
    """Render `status.json` as a page; `pictures` are PNGs by their keys."""
    sections = "".join(
        _section(title, status[name], bucket, pictures)
        for name, title in TITLES.items()
        if name in status
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<link rel="icon" href="data:,"><title>droptrain: {_text(status.get("state", ""))}</title>'
        f"<style>{STYLE}</style></head><body><h1>droptrain</h1>{sections}"
        f"<p>All runs: {_command(keys.fetch(bucket, keys.RUNS_HTML))}</p></body></html>\n"
    )


def _section(title: str, entry: StatusEntry, bucket: str, pictures: Mapping[str, bytes]) -> str:
    state, plots = entry["state"], entry.get("plots", [])
    rows = "".join(
        f"<dt>{_text(name.replace('_', ' '))}</dt><dd>{fact}</dd>"
        for name, fact in _facts(entry, bucket).items()
    )
    images = "".join(_picture(key, pictures[key]) for key in plots if key in pictures)
    return (
        f'<section style="--state: var(--{COLOURS.get(state, "blue")})"><h2>{_text(title)}</h2>'
        f'<p><span class="state">{_text(state)}</span> · '
        f"<time>{_text(_moment(entry['updated_at']))}</time></p>"
        f"<p>{_text(entry['sentence'])}</p><dl>{rows}</dl>{images}</section>"
    )


def _facts(entry: StatusEntry, bucket: str) -> dict[str, str]:
    """Return each fact as markup, those that are commands last."""
    facts = {
        name: _fact(name, value)
        for name, value in entry.items()
        if name not in (*HEADLINE, *KEYS, "plots") and value not in (None, "", {}, [])
    }
    for name in KEYS:
        if key := entry.get(name):
            facts[name] = _command(keys.fetch(bucket, str(key)))
    if plots := entry.get("plots"):
        folder = f"{PurePosixPath(plots[0]).parent}/"
        facts["plots"] = _command(keys.fetch_folder(bucket, folder, "plots"))
    return facts


def _fact(name: str, value: object) -> str:
    """Write a fact; each of several sentences, and each count, is on a line of its own."""
    if name in SENTENCES and isinstance(value, list):
        return "<br>".join(_text(sentence) for sentence in value)
    if name in COMMANDS:
        return _command(str(value))
    if isinstance(value, dict):
        return "<br>".join(_text(f"{of} ({_plain(number)})") for of, number in value.items())
    return _text(_moment(str(value)) if name in TIMES else value)


def _picture(key: str, body: bytes) -> str:
    address = f"data:image/png;base64,{base64.b64encode(body).decode()}"
    return f'<p><img src="{address}" alt="{_text(PurePosixPath(key).stem)}"></p>'


def _command(command: str) -> str:
    return f"<code>{_text(command)}</code>"


def _moment(text: str) -> str:
    return moment(clock.from_text(text))


def _text(value: object) -> str:
    """Write a value as text of the page, whatever it contains."""
    return escape(printable(_plain(value)))


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    return count(value) if isinstance(value, int) else str(value)
