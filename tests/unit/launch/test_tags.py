"""Tags as the user writes them."""

from __future__ import annotations

import pytest

from launch.settings import MAXIMUM_TAGS, read_tags


def test_an_empty_text_has_no_tags():
    assert read_tags("") == {}


def test_keys_and_values():
    text = "CostCenter=42,Owner=quality team,Link=https://x/a=b,Empty="

    assert read_tags(text) == {
        "CostCenter": "42",
        "Owner": "quality team",
        "Link": "https://x/a=b",
        "Empty": "",
    }


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("CostCenter", "with = between"),
        ("=42", "key that AWS doesn't allow"),
        ("a=1,,b=2", "with = between"),
        ("a=1,", "with = between"),
        ("k" * 129 + "=1", "key that AWS doesn't allow"),
        ("a*=1", "key that AWS doesn't allow"),
        ("a=" + "v" * 257, "value that AWS doesn't allow"),
        ("a=<b>", "value that AWS doesn't allow"),
        ("aws:a=1", "begins with aws:"),
        ("AWS:a=1", "begins with aws:"),
        ("droptrain:stack=other", "begins with aws: or droptrain:"),
        ("a=1,a=2", "appears twice"),
        (",".join(f"k{n}=" for n in range(MAXIMUM_TAGS + 1)), "47 tags"),
    ],
)
def test_a_tag_that_aws_would_refuse_is_named(text: str, fault: str):
    with pytest.raises(ValueError, match=fault):
        read_tags(text)


def test_the_longest_tags_are_accepted():
    assert read_tags("k" * 128 + "=" + "v" * 256) == {"k" * 128: "v" * 256}
