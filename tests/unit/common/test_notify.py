"""Subjects that SNS accepts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.notify import SUBJECT_CHARACTERS, as_subject


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
