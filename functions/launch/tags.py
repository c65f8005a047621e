"""Reads the tags that the user wants on each training job: `CostCenter=42,Owner=quality`."""

from __future__ import annotations

import re

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Tag.html
# A comma parts two tags, and the first "=" a key from its value.
KEY = re.compile(r"[A-Za-z0-9 _.:/+@-]{1,128}")
VALUE = re.compile(r"[A-Za-z0-9 _.:/=+@-]{0,256}")
# "aws:" is AWS's own in any case: https://docs.aws.amazon.com/general/latest/gr/aws_tagging.html
RESERVED = ("aws:", "droptrain:")
# Of the 50 that a job may have, four are droptrain's: see launch/request.py.
MAXIMUM_TAGS = 46


def read_tags(text: str) -> dict[str, str]:
    """Read tags by key; no text, no tags.

    Raises:
        ValueError: a tag is not as AWS wants it, is there twice, or there are too many.
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
        ("=" not in item, "is not a key and a value with = between them"),
        (not KEY.fullmatch(key), "has a key that AWS does not allow"),
        (not VALUE.fullmatch(value), "has a value that AWS does not allow"),
        (key.lower().startswith(RESERVED), f"begins with {' or '.join(RESERVED)}"),
        (key in before, "is there twice"),
    )
    return next((fault for applies, fault in faults if applies), None)
