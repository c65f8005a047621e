"""The browser that looks at our pages, for the tests and for the pictures of the docs.

python -m scripts.browser       say which one it is; exit 1 when none works, with what to install
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

SYSTEM = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
HOW = (
    "No Chromium works here, and the report's tests and pictures need one: run "
    "`.venv/bin/python -m playwright install --with-deps chromium`, or install it with the "
    "system's packages (Debian: `apt-get install chromium`), then `make browser`."
)
MILLISECONDS = 60_000  # a browser that cannot start says so at once; a busy machine takes its time


class NoBrowserError(Exception):
    """When no browser works; the message says what to install."""


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start the system's Chromium, or else Playwright's own; close it afterwards.

    Raises:
        NoBrowserError: there is none that can show a file.
    """
    with sync_playwright() as playwright:
        browser = _first_that_works(playwright)
        try:
            yield browser
        finally:
            browser.close()


def _first_that_works(playwright: Playwright) -> Browser:
    system = [Path(found) for name in SYSTEM if (found := shutil.which(name))]
    for path in [*system, Path(playwright.chromium.executable_path)]:
        browser = _started(playwright, path) if path.exists() else None
        if browser:
            return browser
    raise NoBrowserError(HOW)


def _started(playwright: Playwright, path: Path) -> Browser | None:
    """Start a browser and let it show a file: a snap starts, but sees no temporary folder."""
    try:
        browser = playwright.chromium.launch(executable_path=path, timeout=MILLISECONDS)
    except Error:
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text("<title>seen</title>")
        with suppress(Error):  # it is another browser's turn then
            page = browser.new_page()
            page.goto(file.as_uri(), timeout=MILLISECONDS)
            if page.title() == "seen":
                page.close()
                return browser
    browser.close()
    return None


def main() -> int:
    """Say which browser works here."""
    try:
        with open_browser() as browser:
            print(f"The browser for tests and pictures: Chromium {browser.version}")
    except NoBrowserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
