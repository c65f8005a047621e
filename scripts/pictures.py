"""Write the pictures of the docs: a run's report as a browser shows it, and a plot.

python -m scripts.pictures               from the newest run in out/, as `make run` leaves it
python -m scripts.pictures out/RUN       from another one
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser

from scripts.browser import MILLISECONDS, NoBrowserError, open_browser

ROOT = Path(__file__).parent.parent
PLOTS = ("accuracy",)
WIDTH, HEIGHT = 1280, 1800  # pixels; a picture ends with the last section that fits whole
BOTTOM = 16  # pixels below that section
# How far down the page each section begins, and how far the page goes.
ENDS = """() => [...document.querySelectorAll("h2"), document.querySelector("footer")]
    .map((one) => one.getBoundingClientRect().top).concat(document.body.scrollHeight)"""


class RunError(Exception):
    """When a folder has no report; the message says how to get one."""


def newest_run(out: Path) -> Path:
    """Return the folder of the run whose report was written last.

    Raises:
        RunError: there is none.
    """
    reports = list(out.glob("*/report.html"))
    if not reports:
        raise RunError(f"There is no run in {out}: `make run` makes one.")
    return max(reports, key=lambda report: report.stat().st_mtime).parent


def write_pictures(browser: Browser, run: Path, docs: Path) -> list[Path]:
    """Write a run's pictures into a folder; return them.

    Raises:
        RunError: the run lacks its report or a plot.
    """
    report = run / "report.html"
    plots = [run / "plots" / f"{name}.png" for name in PLOTS]
    absent = [str(file) for file in (report, *plots) if not file.exists()]
    if absent:
        raise RunError(f"There is no {absent[0]}: give the folder of a run that ended well.")
    written = [docs / "report.png"]
    _photograph(browser, report, written[0])
    for plot in plots:
        written.append(docs / plot.name)
        shutil.copyfile(plot, written[-1])
    return written


def _photograph(browser: Browser, report: Path, picture: Path) -> None:
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
    page.set_default_timeout(MILLISECONDS)
    page.goto(report.resolve().as_uri())
    ends: list[float] = page.evaluate(ENDS)
    height = max((end for end in ends if end <= HEIGHT), default=HEIGHT) - BOTTOM
    page.screenshot(path=picture, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
    page.close()


def main() -> int:
    """Write the pictures into docs/."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("run", nargs="?", type=Path, help="folder of a run; default: the newest")
    options = parser.parse_args()
    try:
        run = options.run or newest_run(ROOT / "out")
        with open_browser() as browser:
            for picture in write_pictures(browser, run, ROOT / "docs"):
                print(f"{picture.relative_to(ROOT)} of {run.name}")
    except (NoBrowserError, RunError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
