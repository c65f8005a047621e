"""The pictures of the docs: the report of a run as a browser shows it, and a plot."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import Browser

from scripts.browser import MILLISECONDS, NoBrowserError, open_browser

ROOT = Path(__file__).resolve().parent.parent
PLOT = "accuracy.png"
WIDTH, HEIGHT = 1280, 1800  # pixels; the picture ends with the last section that fits
BOTTOM = 16  # pixels below that section
# How far down the page each section begins, and the length of the page.
ENDS = """() => [...document.querySelectorAll("h2"), document.querySelector("footer")]
    .map((element) => element.getBoundingClientRect().top).concat(document.body.scrollHeight)"""


class RunError(Exception):
    """A folder has no finished run; the message says how to get one."""


def newest_run(out: Path) -> Path:
    """Return the folder of the run whose report was written last.

    Raises:
        RunError: there is no run.
    """
    reports = list(out.glob("*/report.html"))
    if not reports:
        raise RunError(f"There is no run in {out}: `make run` makes one.")
    return max(reports, key=lambda report: report.stat().st_mtime).parent


def write_pictures(browser: Browser, run: Path, docs: Path) -> None:
    """Write the pictures of a run into a folder.

    Raises:
        RunError: the run has no report, or lacks a plot.
    """
    report, plot = run / "report.html", run / "plots" / PLOT
    if missing := [str(file) for file in (report, plot) if not file.exists()]:
        raise RunError(f"There is no {missing[0]}: the run didn't finish.")
    _photograph(browser, report, docs / "report.png")
    shutil.copyfile(plot, docs / PLOT)


def _photograph(browser: Browser, report: Path, picture: Path) -> None:
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
    page.set_default_timeout(MILLISECONDS)
    page.goto(report.resolve().as_uri())
    ends: list[float] = page.evaluate(ENDS)
    height = max((end for end in ends if end <= HEIGHT), default=HEIGHT) - BOTTOM
    page.screenshot(path=picture, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
    page.close()


def renew_pictures() -> str:
    """Write the pictures of the newest run into docs/; return what was done, in a sentence."""
    try:
        run = newest_run(ROOT / "out")
        with open_browser() as browser:
            write_pictures(browser, run, ROOT / "docs")
    except (NoBrowserError, RunError) as error:
        return f"The pictures stay as they are. {error}"
    return f"wrote the pictures of {run.name}"
