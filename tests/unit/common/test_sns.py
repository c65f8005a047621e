"""Subjects and messages that SNS accepts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.sns import CUT, SUBJECT_CHARACTERS, as_message, as_subject


@given(st.text())
def test_any_text_becomes_a_subject_that_sns_accepts(text: str):
    subject = as_subject(text)

    assert 1 <= len(subject) <= SUBJECT_CHARACTERS
    assert re.fullmatch(r"[!-~]([ -~]*[!-~])?", subject)


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("droptrain: done", "droptrain: done"),
        ("two\nlines", "two lines"),
        ("Öl", "?l"),
        ("", "droptrain"),
        ("x" * 200, "x" * 100),
    ],
)
def test_subjects(text: str, subject: str):
    assert as_subject(text) == subject


def test_no_name_adds_a_line_or_reverses_one() -> None:
    message = as_message(["Left out: 'a\nreport: s3://elsewhere', 'b\u202e'.", "", "Details: …"])

    assert message.split("\n") == [
        r"Left out: 'a\u000areport: s3://elsewhere', 'b\u202e'.",
        "",
        "Details: …",
    ]


def test_a_message_that_is_too_long_is_truncated_and_says_so() -> None:
    message = as_message(["\N{SNOWMAN}" * 100_000])

    assert len(message.encode()) < 256 * 1024
    assert message.startswith("\N{SNOWMAN}")
    assert message.endswith(CUT)
