"""Loads the example events, each a fresh copy that a test may change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).resolve().parents[2] / "events"


def event_names(source: str = "") -> list[str]:
    """List the events of one source, or all: `s3/object_created`, sorted."""
    return sorted(
        path.relative_to(EVENTS).with_suffix("").as_posix()
        for path in (EVENTS / source).rglob("*.json")
    )


def load_event(name: str) -> dict[str, Any]:
    """Load one event, for example `s3/object_created`."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event
