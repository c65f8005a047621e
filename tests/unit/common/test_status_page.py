"""The status page shows everything, runs nothing and loads nothing."""

from __future__ import annotations

import base64
import re
import shlex
from html import unescape
from typing import Any

import pytest

from common import status_page
from common.status_document import Status, StatusEntry

HOSTILE = '<script>alert("x")</script>'
BUCKET = "droptrain-bucket-1a2b3c4d5e6f"
ACCURACY = "runs/a-1/plots/accuracy.png"


NOON = "2026-11-22T12:00:00Z"


def status(**facts: Any) -> Status:
    entry: Any = {"state": "done", "sentence": "Done.", "updated_at": NOON}
    return {"state": "done", "run": entry | facts}


def render(shown: Status, pictures: dict[str, bytes] | None = None) -> str:
    return status_page.render(shown, BUCKET, pictures or {})


def commands(page: str) -> list[str]:
    return [unescape(text) for text in re.findall(r"<code>(.*?)</code>", page)]


def test_both_sections_are_shown():
    drop: StatusEntry = {"state": "ready", "sentence": "18 images.", "updated_at": NOON}
    page = render({**status(), "drop": drop})

    assert "The drop" in page
    assert "18 images." in page
    assert "The newest training run" in page


def test_names_from_outside_are_escaped():
    page = render(status(sentence=HOSTILE, run=HOSTILE, left_out={HOSTILE: 1}, state=HOSTILE))

    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_hidden_characters_in_a_name_are_shown():
    page = render(status(sentence="'a\u202eb'", left_out={"c\x1b": 1}))

    assert r"'a\u202eb'" in unescape(page)
    assert r"c\u001b (1)" in page


def test_each_count_is_on_a_line_of_its_own():
    page = render(status(left_out={"an archive": 1_200, "empty": 1}))

    assert "<dd>an archive (1,200)<br>empty (1)</dd>" in page


def test_pictures_are_in_the_page_and_nothing_is_fetched():
    page = render(status(plots=[ACCURACY, 'runs/a-1/plots/"/x.png']), {ACCURACY: b"a picture"})

    source = f"data:image/png;base64,{base64.b64encode(b'a picture').decode()}"
    assert f'<img src="{source}" alt="accuracy">' in page
    assert page.count("<img") == 1
    assert "<a " not in page
    assert re.findall(r'(?:src|href)="(?!data:)', page) == []
    assert "default-src 'none'" in page


def test_each_key_is_shown_as_the_command_that_downloads_it():
    page = render(status(report="runs/a-1/the report's.html", plots=[ACCURACY]))

    assert commands(page) == [
        f"aws s3 cp 's3://{BUCKET}/runs/a-1/the report'\"'\"'s.html' .",
        f"aws s3 sync s3://{BUCKET}/runs/a-1/plots/ plots",
        f"aws s3 cp s3://{BUCKET}/runs/index.html .",
    ]
    assert shlex.split(commands(page)[0])[3] == f"s3://{BUCKET}/runs/a-1/the report's.html"


@pytest.mark.parametrize("nothing", [None, "", {}, []])
def test_facts_without_a_value_are_not_shown(nothing: object):
    assert "best epoch" not in render(status(best_epoch=nothing))
    assert "best epoch" in render(status(best_epoch=3))


def test_an_empty_status_is_a_page():
    assert render({}).startswith("<!doctype html>")


def test_the_time_is_written_for_people():
    page = render(status(until="2026-11-22T12:30:00Z"))

    assert "2026-11-22 12:00 UTC" in page
    assert "<dd>2026-11-22 12:30 UTC</dd>" in page
