"""Long tests: what they counted goes into a table (`make test-long`)."""

from __future__ import annotations

import datetime as dt
import platform
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from local_cloud.cloud.server import LocalCloud
from tests.end_to_end.conftest import Chain
from tests.support.long_table import Figures, Row, render, scenario_of, this_machine
from tests.support.requests import Recorder, follow_requests

FIGURES = pytest.StashKey[Figures]()
# Seconds. As in AWS, where it is one minute and two, whatever made an event wait is over by then.
RETRY_DELAYS = (5.0, 10.0)
ROWS = pytest.StashKey[list[Row]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--table", type=Path, help="where to write the table of counts")
    parser.addoption("--merge", action="store_true", help="keep the rows of tests not run now")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ROWS] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("long")
            item.add_marker(pytest.mark.timeout(4 * 3600))  # seconds; ends what hangs


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call" or report.failed:
        figures = item.stash.get(FIGURES, Figures())
        row = Row(scenario_of(item.name), figures, report.passed, call.duration)
        item.config.stash[ROWS].append(row)
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    rows = config.stash[ROWS]
    if not rows:
        return
    table = config.getoption("--table")
    earlier = table.read_text() if config.getoption("--merge") and table.exists() else ""
    today = dt.datetime.now(dt.UTC).date()
    page = render(rows, today, this_machine(), platform.python_version(), earlier)
    terminalreporter.write_line(page)
    if table:
        table.write_text(page)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """What this test counts, for the table."""
    return request.node.stash.setdefault(FIGURES, Figures())


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recording = Recorder()
    follow_requests(monkeypatch, recording)
    return recording


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    with LocalCloud(tmp_path / "cloud", retry_delays=RETRY_DELAYS) as cloud:
        chain = Chain(cloud, tmp_path)
        chain.patience = 3600
        yield chain
