"""No test depends on the speed of the machine; the last line says what was not looked at."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("any speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any speed")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    """Print a last line, below pytest's own, when tests in a browser were skipped."""
    yield
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None:  # a worker of pytest-xdist
        return
    reasons = [
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminal.stats.get("skipped", [])
        if report.nodeid.startswith("tests/browser/")
    ]
    if reasons:
        terminal.write_line(f"{len(reasons)} tests in a browser were skipped: {reasons[0]}.")
