"""Estimates the time and the cost of a run from the last runs like it. Pure."""

from __future__ import annotations

from statistics import median

from common.run_index import RunEntry, RunIndex
from common.wording import count
from launch.machines import Machines
from launch.prices import DOLLARS_AN_HOUR, REGION
from launch.run_name import RunName

RUNS = 5  # the newest; older ones say less about today's images


def estimate_of(index: RunIndex, run: RunName, machines: Machines, images: int) -> str | None:
    """Return an estimate of a run on so many images, with its basis; None without a basis.

    The basis are completed runs with the same settings and code on the most preferred of these
    machines that has any. Their times are scaled to the number of images, as if all of the time
    went into them.
    """
    by_type = {
        name: [entry for entry in index.runs if _is_like(entry, run, name)]
        for name in machines.types
    }
    name, entries = next(((name, found) for name, found in by_type.items() if found), ("", []))
    if not entries or not images:
        return None
    scaled = [_scaled(entry, images) for entry in entries[:RUNS]]
    minutes = [max(1, round(seconds / 60)) for seconds, _ in scaled]
    about = count(round(median(minutes)), "minute")
    price = DOLLARS_AN_HOUR.get(name)
    if price is not None:
        about += f" and {median(billed for _, billed in scaled) * price / 3600:.2f} US dollars"
    low, high = min(minutes), max(minutes)
    took = count(high, "minute") if low == high else f"{low:,} to {count(high, 'minute')}"
    cost = f"{price:g} dollars an hour, as in {REGION}" if price is not None else "price unknown"
    return (
        f"about {about}, from {_last(len(scaled))} with these settings on {name}: {took} for "
        f"{count(images, 'image')}, in proportion; {cost}"
    )


def _is_like(entry: RunEntry, run: RunName, instance_type: str) -> bool:
    other = RunName.parse(entry.run)
    return (
        entry.state == "done"
        and entry.instance_type == instance_type
        and other is not None
        and other.configuration == run.configuration
        and bool(entry.images and entry.billable_seconds)
    )


def _scaled(entry: RunEntry, images: int) -> tuple[float, float]:
    """Return the seconds that the run would take and those that would be billed."""
    billed = entry.billable_seconds or 0
    scale = images / (entry.images or images)
    return (entry.training_seconds or billed) * scale, billed * scale


def _last(runs: int) -> str:
    return "the last run" if runs == 1 else f"the last {runs} runs"
