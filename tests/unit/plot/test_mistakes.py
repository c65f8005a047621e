"""The gallery shows pictures and nothing else, and not too many bytes of them."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from plot.inputs import mistakes
from plot.inputs.lenient_json import LenientReader
from plot.inputs.mistakes import NAMES, Mistake
from tests.support.runs import Shape, files_of, picture


def listed(**changed: object) -> bytes:
    row = {"file": "a/x.jpg", "class": "a", "predicted": "b", "probability": 0.9}
    return json.dumps([row | {"image": NAMES[0], "heat_map": NAMES[1]} | changed]).encode()


def read_mistakes(
    body: bytes, pictures: dict[str, bytes], missing: list[str] | None = None
) -> tuple[Mistake, ...]:
    reading = LenientReader({**pictures, "mistakes.json": body}, {})
    read = mistakes.read_mistakes(reading)
    if missing is not None:
        missing += reading.missing
    return read


def test_pictures_become_small_jpegs() -> None:
    files = files_of(Shape(images=60, epochs=1, skill=1.0))
    read = read_mistakes(files["mistakes.json"], files)
    assert read
    for mistake in read:
        assert mistake.image is not None
        with Image.open(io.BytesIO(mistake.image)) as image:
            assert (image.format, image.size) == ("JPEG", (256, 144))


@pytest.mark.parametrize(
    "body",
    [b"", b"<svg onload=alert(1)>", picture(0, heat=False)[:300], b"\x89PNG\r\n\x1a\n" + bytes(50)],
)
def test_a_damaged_picture_is_not_shown(body: bytes) -> None:
    [mistake] = read_mistakes(listed(), {NAMES[0]: body, NAMES[1]: body})
    assert (mistake.image, mistake.heat_map) == (None, None)


def test_a_picture_with_too_many_pixels_is_not_decoded() -> None:
    output = io.BytesIO()
    Image.new("L", (4000, 2000)).save(output, format="PNG")
    [mistake] = read_mistakes(listed(), {NAMES[0]: output.getvalue()})
    assert mistake.image is None


def test_the_gallery_ends_before_it_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    files = files_of(Shape(images=60, epochs=1, skill=1.0))
    whole = read_mistakes(files["mistakes.json"], files)
    sizes = [len(item.image or b"") + len(item.heat_map or b"") for item in whole]
    monkeypatch.setattr(mistakes, "GALLERY_BYTES", sum(sizes[:3]))
    assert read_mistakes(files["mistakes.json"], files) == whole[:3]


def test_unexpected_rows_are_ignored_and_reported() -> None:
    for body, words in (
        (b"", "not JSON"),
        (b"{}", "not a list"),
        (b"[3]", "1 of 1 rows"),
        (listed(probability="x"), "1 of 1 rows"),
        (listed(probability=float("nan")), "1 of 1 rows"),
    ):
        missing: list[str] = []
        assert read_mistakes(body, {}, missing) == ()
        assert words in missing[0]
    assert read_mistakes(b"[]", {}) == ()
