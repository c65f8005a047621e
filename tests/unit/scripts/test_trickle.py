"""A trickle's bill: by hand for one size, and by what the split really asks and writes."""

from __future__ import annotations

from hashlib import md5

import pytest

from scripts.costs import trickle
from scripts.costs.__main__ import read_bill
from scripts.costs.bill import Bill
from split import records
from split.naming import dataset_of
from split.objects import Cleaned, Image, RawObject


@pytest.fixture(scope="module")
def bill() -> Bill:
    return read_bill()


def test_before_each_split_paid_for_all_images(bill: Bill):
    month = trickle.before(bill, 20_000)

    assert month.copies == 288 * 30 * 20_000
    assert month.lists == 288 * 30 * (20 + 20)
    assert month.gigabytes == 288 * (90 + 30) * 40


def test_now_a_month_pays_for_its_images_and_for_those_that_are_renewed(bill: Bill):
    month = trickle.now(bill, 20_000)

    assert month.copies == pytest.approx(288 * 30 + 20_000 * 30 / 45)
    assert month.lists == 288 * 30 * (20 + 20) + 4 * 30 * 20
    assert month.gigabytes == pytest.approx(40 * (1 + 30 / 45))


def test_dollars_are_those_of_requests_and_storage(bill: Bill):
    month = trickle.Month(copies=1_000_000, lists=1_000_000, gigabytes=1000)

    assert trickle.dollars(bill, month) == pytest.approx(5 + 5 + 23)


def test_a_shorter_life_of_copies_is_billed(bill: Bill):
    short = read_bill()
    short.defaults["DatasetExpiryDays"] = 20

    assert trickle.now(short, 1000).copies > trickle.now(bill, 1000).copies
    assert trickle.before(short, 1000).gigabytes < trickle.before(bill, 1000).gigabytes


def test_a_page_begun_needs_a_request_of_its_own(bill: Bill):
    assert trickle.before(bill, 1001).lists == 2 * trickle.before(bill, 1000).lists


def test_the_section_has_two_rows_for_each_size(bill: Bill):
    rows = [line for line in trickle.section(bill).splitlines() if line.startswith("| ")]

    assert len(rows) == 1 + 2 * len(trickle.SIZES)


def test_a_line_of_a_manifest_is_as_long_as_is_billed():
    images = [
        Image(RawObject(f"raw/scratch/IMG_{n:04}.jpg", 2_000_000 + n, digest), "scratch")
        for n in range(100)
        for digest in [md5(str(n).encode(), usedforsecurity=False).hexdigest()]
    ]
    dataset = dataset_of(images, {image.source.content: "train" for image in images})

    body = records.manifest(Cleaned(images, []), dataset)

    assert len(body) / len(images) == pytest.approx(trickle.BYTES_OF_A_LINE, rel=0.1)
