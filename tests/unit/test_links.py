"""Links, anchors, paths and tests that the Markdown files name exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path for pattern in ("*.md", "docs/**/*.md", "events/*.md") for path in ROOT.glob(pattern)
)
LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(?:#([^)\s]*))?\)")
# A path in backquotes, such as `functions/common/keys.py`; with a test's name it ends before `::`.
PATH = re.compile(
    r"`((?:benchmarks|docs|droptrain|events|functions|layers|local_cloud|operations|requirements"
    r"|scripts|tests|training_code)/[\w./-]*)(?:::\w+)?`"
)
# A test in backquotes, with or without its file: `test_jobs.py::test_a_job_is_killed`.
TEST = re.compile(r"`(test_\w+)(?:\.py)?(?:::(test_\w+))?`")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> Iterator[str]:
    """Yield the anchors that GitHub gives to the headings of a page."""
    for heading in re.findall(r"^#+ (.*)$", FENCED.sub("", page.read_text("utf-8")), re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(page: Path) -> None:
    text = FENCED.sub("", page.read_text("utf-8"))
    for target, anchor in LINK.findall(text):
        linked = (page.parent / target).resolve() if target else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), f"{target}#{anchor}"
    for path in PATH.findall(text):
        assert (ROOT / path).exists(), path


def test_named_tests_exist() -> None:
    files = list((ROOT / "tests").rglob("test_*.py"))
    # A module of the functions may be about a test set.
    known = {file.stem for file in (*files, *(ROOT / "functions").rglob("test_*.py"))}
    known.update(*(re.findall(r"def (test_\w+)", file.read_text("utf-8")) for file in files))

    named = {
        name for page in PAGES for match in TEST.findall(page.read_text("utf-8")) for name in match
    }

    assert named - known <= {""}


def test_an_anchor_is_github_s() -> None:
    assert "what-auditjson-contains" in anchors(ROOT / "docs" / "model.md")
