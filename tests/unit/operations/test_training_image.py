"""A deployment warns in time that AWS's training image gets no more patches."""

from __future__ import annotations

import datetime as dt

from operations.training_image import NOTICE, PATCHED_UNTIL, VERSION, image_warning
from scripts import training_images

DAY = dt.timedelta(days=1)


def test_long_before_the_end_nothing_is_said():
    assert image_warning(PATCHED_UNTIL - NOTICE - DAY) is None


def test_three_months_before_and_ever_after_it_says_what_to_do():
    soon, past = (image_warning(day) for day in (PATCHED_UNTIL - NOTICE, PATCHED_UNTIL + DAY))

    assert soon is not None
    assert past is not None
    assert "AWS patches it until 2027-07-10" in soon
    assert "AWS patched it until 2027-07-10" in past
    assert "git pull" in past


def test_it_speaks_of_the_templates_image():
    assert f"{VERSION}.0" == training_images.VERSION
