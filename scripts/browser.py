"""The browser for the tests of the pages and for the pictures of the docs.

python -m scripts.browser       find or install one; exit 1 with instructions if none works
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

SYSTEM = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
NO_BROWSER = "no Chromium works here; `make browser` installs one or explains how to"
INSTRUCTIONS = (
    "No Chromium works here, and the report's tests and pictures need one. Install it with the "
    "system's packages (Debian: `apt-get install chromium`), or run `.venv/bin/python -m "
    "playwright install --with-deps chromium` where cdn.playwright.dev can be reached."
)
PLAYWRIGHTS_OWN = (sys.executable, "-m", "playwright", "install", "--no-shell", "chromium")
# Without a network both give up within a minute or two; apt-get asks no questions.
APT_GET = ("apt-get", "-o", "Acquire::http::Timeout=20", "-o", "Acquire::Retries=1")
ENVIRONMENT = {
    "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "10000",  # milliseconds, of each of five attempts
    "DEBIAN_FRONTEND": "noninteractive",
}
MILLISECONDS = 300_000  # a broken browser fails at once; a busy machine is slow


class NoBrowserError(Exception):
    """No browser works; the message says so."""


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start the system's Chromium, or else Playwright's own; close it afterwards.

    Raises:
        NoBrowserError: no browser can show a file.
    """
    with sync_playwright() as playwright:
        browser = _first_working(playwright)
        try:
            yield browser
        finally:
            browser.close()


def _first_working(playwright: Playwright) -> Browser:
    system = [Path(program) for name in SYSTEM if (program := shutil.which(name))]
    for path in [*system, Path(playwright.chromium.executable_path)]:
        browser = _start(playwright, path) if path.exists() else None
        if browser:
            return browser
    raise NoBrowserError(NO_BROWSER)


def _start(playwright: Playwright, path: Path) -> Browser | None:
    """Start a browser and let it show a file: a snap starts, but can't read temporary folders."""
    try:
        browser = playwright.chromium.launch(executable_path=path, timeout=MILLISECONDS)
    except Error:
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text("<title>shown</title>")
        with suppress(Error):  # then the next browser is tried
            page = browser.new_page()
            page.goto(file.as_uri(), timeout=MILLISECONDS)
            if page.title() == "shown":
                page.close()
                return browser
    browser.close()
    return None


def find_or_install() -> str:
    """Return the version of the browser that works; install one if none does.

    Raises:
        NoBrowserError: no browser works, and none could be installed.
    """
    environment = ENVIRONMENT | os.environ
    # The first installs into the user's own folder, which needs no rights.
    ways: list[list[tuple[str, ...]]] = [[], [PLAYWRIGHTS_OWN]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        ways.append([(*APT_GET, "update"), (*APT_GET, "install", "--yes", "chromium")])
    for commands in ways:
        for command in commands:
            print("Looking for a browser:", " ".join(command), flush=True)
            subprocess.run(command, env=environment, check=False)  # noqa: S603  # our own commands
        with suppress(NoBrowserError), open_browser() as browser:
            return browser.version
    raise NoBrowserError(INSTRUCTIONS)


def main() -> int:
    """Print which browser works here."""
    try:
        print(f"The browser for tests and pictures: Chromium {find_or_install()}")
    except NoBrowserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
