"""Parses the tags that the user wants on each training job: `CostCenter=42,Owner=quality`. Pure."""

from __future__ import annotations

import re

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Tag.html
# A comma separates two tags, the first "=" a key from its value.
KEY = re.compile(r"[A-Za-z0-9 _.:/+@-]{1,128}")
VALUE = re.compile(r"[A-Za-z0-9 _.:/=+@-]{0,256}")
# AWS reserves "aws:", in upper and lower case: https://docs.aws.amazon.com/general/latest/gr/aws_tagging.html
RESERVED = ("aws:", "droptrain:")
# A job may have 50 tags; droptrain adds four: see launch/request.py.
MAXIMUM_TAGS = 46


def read_tags(text: str) -> dict[str, str]:
    """Return the values by key; an empty text has no tags.

    Raises:
        ValueError: AWS wouldn't accept a tag, one appears twice, or there are too many.
    """
    tags: dict[str, str] = {}
    for item in text.split(",") if text else []:
        key, _, value = item.partition("=")
        fault = _fault(item, key, value, tags)
        if fault:
            raise ValueError(f"the tag {item!r} {fault}")
        tags[key] = value
    if len(tags) > MAXIMUM_TAGS:
        raise ValueError(f"there are {len(tags)} tags; at most {MAXIMUM_TAGS} are allowed")
    return tags


def _fault(item: str, key: str, value: str, before: dict[str, str]) -> str | None:
    faults = (
        ("=" not in item, "isn't a key and a value with = between them"),
        (not KEY.fullmatch(key), "has a key that AWS doesn't allow"),
        (not VALUE.fullmatch(value), "has a value that AWS doesn't allow"),
        (key.lower().startswith(RESERVED), f"begins with {' or '.join(RESERVED)}"),
        (key in before, "appears twice"),
    )
    return next((fault for applies, fault in faults if applies), None)
