"""What a line camera costs: a new image every five minutes, beside many that lie there.

Before, each split copied the whole dataset; now an image is copied once, when a run follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from textwrap import fill

from scripts.costs.bill import DAYS_OF_A_MONTH, Bill

IMAGES_A_DAY = 288
SIZES = (1_000, 20_000, 100_000)
MEGABYTES = 2.0  # of an image
KEYS_OF_A_LIST = 1000  # in S3's answer to one request
BYTES_OF_A_LINE = 220  # of a manifest, which has one an image

HEAD = (
    "| images | each is copied | copies a month | requests to list | GB of copies | US dollars |\n"
    "|---|---|---|---|---|---|\n"
)


@dataclass(frozen=True)
class Month:
    """What S3 is asked in a month, and what it keeps under datasets/ in the end."""

    copies: float
    lists: float
    gigabytes: float


def before(bill: Bill, images: int) -> Month:
    """Return what it came to when each dataset was a full copy, and listed once beside raw/."""
    splits = IMAGES_A_DAY * DAYS_OF_A_MONTH
    kept_days = bill.defaults["DatasetExpiryDays"] + bill.noncurrent_days()
    return Month(
        copies=splits * images,
        lists=splits * 2 * _pages(images),
        gigabytes=IMAGES_A_DAY * kept_days * _gigabytes(images),
    )


def now(bill: Bill, images: int) -> Month:
    """Return what it comes to; all copies are made again when half of their days are over."""
    splits = IMAGES_A_DAY * DAYS_OF_A_MONTH
    runs = bill.defaults["MaximumRunsPerDay"] * DAYS_OF_A_MONTH
    renewed_after = bill.defaults["DatasetExpiryDays"] / 2
    return Month(
        copies=splits + images * DAYS_OF_A_MONTH / renewed_after,
        lists=(splits * 2 + runs) * _pages(images),
        gigabytes=_gigabytes(images) * (1 + bill.noncurrent_days() / renewed_after),
    )


def section(bill: Bill) -> str:
    """Write the table and what it assumes."""
    return f"{fill(_assumptions(bill), 108)}\n\n{HEAD}{''.join(_rows(bill))}"


def dollars(bill: Bill, month: Month) -> float:
    """Return the price of a month."""
    usage = bill.prices.usage
    requests = (month.copies + month.lists) * usage["s3_write"].dollars
    return requests + month.gigabytes * usage["s3_storage"].dollars


def _rows(bill: Bill) -> Iterator[str]:
    for images in SIZES:
        for how, month in (
            ("for each split, as before", before(bill, images)),
            ("once", now(bill, images)),
        ):
            yield (
                f"| {images:,} | {how} | {month.copies:,.0f} | {month.lists:,.0f} "
                f"| {month.gigabytes:,.0f} | {dollars(bill, month):,.2f} |\n"
            )


def _assumptions(bill: Bill) -> str:
    expiry, noncurrent = bill.defaults["DatasetExpiryDays"], bill.noncurrent_days()
    runs = bill.defaults["MaximumRunsPerDay"]
    manifests = runs * DAYS_OF_A_MONTH * SIZES[1] * BYTES_OF_A_LINE / 1e9
    return (
        f"An image of {MEGABYTES:g} MB every five minutes, each with a split of its own, and as if "
        f"there were always so many images; {runs} runs a day follow (`MaximumRunsPerDay`). One "
        f"request lists {KEYS_OF_A_LIST:,} keys: each split lists raw/ and datasets/, datasets/ "
        f"again after it copied. A copy is kept for {expiry} + {noncurrent} days "
        "(`DatasetExpiryDays`, then as an old version), and made anew after "
        f"{expiry / 2:g}. Left out is what does not depend on the copies: the images, the runs, "
        "the functions, and the list of each dataset that was trained, under splits/ "
        f"({BYTES_OF_A_LINE} bytes an image, {manifests:.1f} GB a month with {SIZES[1]:,} images), "
        "which nothing deletes."
    )


def _pages(images: int) -> int:
    return ceil(images / KEYS_OF_A_LIST)


def _gigabytes(images: int) -> float:
    return images * MEGABYTES / 1000
