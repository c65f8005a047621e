"""What the split wrote, read line by line."""

from __future__ import annotations

import io
import json

from plot.inputs.dataset import Manifest, RawImage, read_manifest, read_verdict
from tests.support.runs import DATASET, Shape, manifest_of, verdict_of


class Trickle(io.BytesIO):
    """A stream that gives a few bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(7)


def test_keeps_validation_images_and_examples_of_skipped_objects() -> None:
    manifest = read_manifest(Trickle(manifest_of(Shape(images=30), left_out=9)), DATASET)
    assert len(manifest.validation) == 30
    file, image = next(iter(manifest.validation.items()))
    assert file.count("/") == 1
    assert image.key.startswith("raw/")
    assert len(manifest.left_out["a hidden or system file"]) == 5
    assert not manifest.has_groups


def test_skips_damaged_lines() -> None:
    whole = {"key": "raw/a", "content": "1", "side": "validation", "group": "g"}
    copy = {"copy": "datasets/validation/a/x.jpg"}
    lines = [
        json.dumps(whole | copy),
        json.dumps(whole),
        '"side": "validation"',
        '{"side": "validation"',
        "x" * 3_000_000,
        json.dumps(whole | copy | {"side": "train", "key": '"side": "validation"'}),
    ]
    manifest = read_manifest(io.BytesIO("\n".join(lines).encode()), DATASET)
    assert list(manifest.validation) == ["a/x.jpg"]
    assert manifest.has_groups


def test_reads_the_verdict_unless_it_is_damaged() -> None:
    verdict = read_verdict(verdict_of(Shape(images=30)))
    assert verdict is not None
    assert verdict.left_out == {"a hidden or system file": 3}
    assert set(verdict.classes["good"]) == {"train", "validation"}
    for damaged in (None, b"", b"[]", b'{"classes": 3}'):
        assert read_verdict(damaged) is None


def test_reads_old_manifests_of_datasets_with_their_own_copies() -> None:
    row = {"key": "raw/a", "content": "1", "side": "validation"}
    row |= {"copy": f"datasets/{DATASET}/validation/a/x.jpg"}

    assert set(read_manifest(io.BytesIO(json.dumps(row).encode()), DATASET).validation) == {
        "a/x.jpg"
    }


def test_an_image_is_recognised_by_its_content_under_any_name() -> None:
    digits = "0123456789abcdef"
    files = [f"a/new name-{digits}.jpg", f"b/x-{digits}.jpg", f"c/x-{digits}.jpg"]
    files.append(f"c/y-{digits[:8]}00000000.jpg")
    manifest = Manifest({file: RawImage(f"raw/{file}", file) for file in files})

    for earlier in (f"a/x-{digits[:8]}.jpg", f"a/x-{digits}{digits}.JPG", files[0]):
        image = manifest.raw_image(earlier)
        assert image is not None
        assert image.content == files[0]
    assert manifest.raw_image(f"c/z-{digits[:8]}.jpg") is None  # which of the two isn't known
    assert manifest.raw_image(f"d/x-{digits}.jpg") is None
    assert manifest.raw_image("a/x.jpg") is None
