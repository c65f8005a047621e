"""The pages in a browser: self-contained, and readable at any width, in dark mode and in print."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, JSHandle, Page, Route

from common import status_page
from common.current_model import CurrentModel
from plot.analysis import analyse
from plot.inputs.configuration import Configuration
from plot.inputs.results import Results
from plot.job_end import Costs
from plot.pages.runs import render_runs
from plot.reporting import describe_end
from plot.run_index import entry_of
from plot.run_record import make_record
from scripts.browser import MILLISECONDS, NoBrowserError, open_browser
from scripts.pictures import write_pictures
from tests.support.jobs import job_end
from tests.support.pages import (
    BUCKET,
    COSTS,
    HOSTILE,
    analysis_of,
    hostile_analysis,
    hostile_failure,
    hostile_index,
    hostile_review,
    page_of,
    usual_review,
)
from tests.support.runs import Shape, picture

PAGE_CHECKS = (Path(__file__).parents[1] / "support" / "page_checks.js").read_text()
WIDTHS = (390, 820, 1280)
OWN_SCRIPT = "<script>// Shows the buttons"  # of the review
LEAST = 200  # pixels of a cell with a sentence
CONTRAST = 4.5  # https://www.w3.org/TR/WCAG22/#contrast-minimum
LONG = "a_name_without_a_space_that_is_longer_than_any_column_of_any_table_may_ever_become"


def many(number: int) -> list[str]:
    return [LONG, *(f"class {n}" for n in range(1, number))]


def failed_late() -> str:
    history = analysis_of(Shape(images=40, epochs=7)).results.history
    analysis = analyse(Results(history, Configuration(), missing=("There are no results.",)))
    return page_of(analysis, job_end("Failed", failure_reason="AlgorithmError: " + 9 * LONG))


def list_of_runs() -> str:
    analysis = analysis_of(Shape((LONG, "good"), images=40, epochs=2))
    index = hostile_index()
    for number in range(8):
        job = job_end(run=f"51af3dc0-cf6336ca-7393851c-{number}")
        job = job.model_copy(update={"stopped_at": job.ended_at + timedelta(hours=number)})
        end = describe_end(job, analysis, [])
        end.model, end.facts["gate"] = "candidate", f"It became a candidate only: {LONG}."
        index = index.with_entry(entry_of(make_record(job, end, analysis, COSTS, [])))
    middle = index.runs[3]
    current = CurrentModel(
        **middle.model_dump(include={"run", "dataset", "ended_at"}),
        since=middle.ended_at,
        by="gate",
    )
    return render_runs(index, BUCKET, current)


def status() -> str:
    key = "runs/51af3dc0-cf6336ca-7393851c-1/plots/accuracy.png"
    entry = {"state": "done", "sentence": f"Done: {LONG}.", "updated_at": "2026-11-22T12:00:00Z"}
    left_out = {HOSTILE[0]: 3, "a hidden or system file": 12}
    drop = entry | {"state": "ready", "left_out": left_out, "verdict": "splits/0/verdict.json"}
    judgement = f"The model classifies 95.1 % of the validation images correctly. {LONG}"
    run = entry | {"validation_accuracy": "95.1 %", "judgement": judgement, "images": LONG}
    run |= {"report": "runs/r/report.html", "plots": [key], "epochs": 30}
    board = entry | {"drop": drop, "run": run}
    return status_page.render(board, BUCKET, {key: picture(0, heat=False)})


PAGES: dict[str, Callable[[], str]] = {
    "2 classes": lambda: page_of(analysis_of(Shape(("good", "scratch"), 400))),
    "4 classes": lambda: page_of(analysis_of(Shape())),
    "judged by folds": lambda: page_of(analysis_of(Shape(many(7), folds=5, skill=2.0))),
    "two classes judged by folds": lambda: page_of(
        analysis_of(Shape(("good", "scratch"), folds=5))
    ),
    "30 classes": lambda: page_of(analysis_of(Shape(many(30), 700, 80, 26))),
    "hostile": lambda: page_of(hostile_analysis()),
    "hostile failure": lambda: page_of(hostile_analysis(), hostile_failure(), Costs()),
    "failed": failed_late,
    "review": usual_review,
    "hostile review": hostile_review,
    "runs": list_of_runs,
    "status": status,
}


@dataclass
class OpenedPage:
    """A page in the browser, its requests and its messages."""

    page: Page
    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def open(self, file: Path) -> JSHandle:
        """Open a file, block every request, and note what the page tried."""
        own = file.as_uri()

        def decide(route: Route) -> None:
            if route.request.url == own:
                route.continue_()
            else:
                self.requests.append(route.request.url)
                route.abort()

        self.page.set_default_timeout(MILLISECONDS)
        self.page.route("**/*", decide)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.messages.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: (self.messages.append("dialog"), dialog.dismiss()))
        self.page.on("popup", lambda popup: self.requests.append(popup.url))
        self.page.goto(own)
        return self.page.evaluate_handle(PAGE_CHECKS)

    def _note(self, message: ConsoleMessage) -> None:
        self.messages.append(f"{message.type}: {message.text}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        with open_browser() as opened:
            yield opened
    except NoBrowserError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module", params=list(PAGES))
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("runs") / "run" / "report.html"
    path.parent.mkdir()
    path.write_text(PAGES[request.param](), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser: Browser) -> Iterator[OpenedPage]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield OpenedPage(page)
    page.close()


def test_it_loads_nothing_runs_nothing_and_has_no_broken_links(
    browser: Browser, file: Path, opened: OpenedPage
) -> None:
    checks = opened.open(file)
    assert (opened.requests, opened.messages) == ([], [])
    active = checks.evaluate("checks => checks.activeContent()")
    assert [tag for tag in active if not tag.startswith(OWN_SCRIPT)] == []
    assert checks.evaluate("checks => checks.brokenLinks()") == []
    assert all(checks.evaluate("checks => checks.images()"))
    # It must not depend on its own content security policy: the same again without it.
    context = browser.new_context(bypass_csp=True)
    bare = OpenedPage(context.new_page())
    bare.open(file)
    context.close()
    assert (bare.requests, bare.messages) == ([], [])


def test_it_is_readable_at_any_width_in_dark_mode_and_in_print(
    file: Path, opened: OpenedPage
) -> None:
    checks = opened.open(file)
    for width in WIDTHS:
        opened.page.set_viewport_size({"width": width, "height": 900})
        assert checks.evaluate("checks => checks.overflow()") == [], width
        assert checks.evaluate("checks => checks.cut()") == [], width
        assert checks.evaluate("(checks, least) => checks.squeezed(least)", LEAST) == [], width
    for scheme in ("light", "dark"):
        for media in ("screen", "print"):
            opened.page.emulate_media(media=media, color_scheme=scheme)
            contrast = checks.evaluate("(checks, least) => checks.lowContrast(least)", CONTRAST)
            assert contrast["seen"] > 20
            assert contrast["found"] == [], (scheme, media)
    assert opened.page.pdf(print_background=True).startswith(b"%PDF-")


def test_a_button_copies_the_commands_beside_it(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "review.html"
    file.write_text(hostile_review(), encoding="utf-8")
    for clipboard in ("read", "none"):
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        opened = OpenedPage(context.new_page())
        if clipboard == "none":  # as where the page isn't trusted
            opened.page.add_init_script("delete Navigator.prototype.clipboard")
        opened.open(file)
        paper = context.new_page()
        paper.set_content("<textarea></textarea>")
        for row in opened.page.locator(".commands").all()[:5]:
            opened.page.bring_to_front()
            row.get_by_role("button").click()
            row.get_by_role("button", name="Copied").wait_for()
            paper.bring_to_front()
            paper.locator("textarea").fill("")
            paper.keyboard.press("Control+V")
            assert paper.locator("textarea").input_value() == "\n".join(
                row.locator("code").all_text_contents()
            )
        assert (opened.requests, opened.messages) == ([], [])
        context.close()


def test_without_scripts_there_is_no_button(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "review.html"
    file.write_text(usual_review(), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator(".commands").count() > 10
    assert page.get_by_role("button").count() == 0
    context.close()


def test_the_pictures_of_the_docs_are_taken_from_it(browser: Browser, tmp_path: Path) -> None:
    run, docs = tmp_path / "run", tmp_path / "docs"
    (run / "plots").mkdir(parents=True)
    docs.mkdir()
    (run / "report.html").write_text(PAGES["4 classes"](), encoding="utf-8")
    (run / "plots" / "accuracy.png").write_bytes(picture(0, heat=False))
    write_pictures(browser, run, docs)
    assert {file.name for file in docs.iterdir()} == {"report.png", "accuracy.png"}
    with Image.open(docs / "report.png") as report:
        assert report.width == 1280
        assert 900 < report.height < 1800
        assert len(report.convert("RGB").getcolors(1 << 24) or ()) > 100  # it is not blank
    assert (docs / "accuracy.png").read_bytes() == picture(0, heat=False)
