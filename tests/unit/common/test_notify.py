"""Subjects and messages that SNS accepts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.notify import SUBJECT_CHARACTERS, as_message, as_subject


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


@pytest.mark.parametrize("text", ["x" * 300_000, "日" * 100_000, "\ud800" * 300_000])
def test_a_message_is_as_long_as_sns_accepts(text: str):
    message = as_message(text)

    assert len(message.encode()) <= 256 * 1024
    assert message.endswith("[shortened]")


def test_a_message_that_fits_stays_as_it_is():
    assert as_message("Öl: 3 of 4") == "Öl: 3 of 4"
