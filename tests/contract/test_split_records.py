"""The report reads what the split writes."""

from __future__ import annotations

import io

from plot.inputs import predictions
from plot.inputs.dataset import read_manifest, read_verdict
from split.drop.cleaning import clean
from split.drop.refusal import MAXIMUM_CLASSES
from split.drop.warnings import warnings_of_drop
from split.images import RawObject
from split.manifest import write_manifest
from split.partition.assignment import assign_sides
from split.partition.dataset import KnownSides, dataset_of
from split.verdict import verdict_of_dataset

NAMES = ('öl "alt"', "good", '"side": "validation"')


def test_manifest_and_verdict() -> None:
    keys = [f"raw/{name}/part {n}/{n}.jpg" for name in NAMES for n in range(12)]
    keys += ["raw/.DS_Store", "raw/_READY", "raw/good/"]
    cleaned = clean([RawObject(key, 9_000, f"{n:032x}") for n, key in enumerate(keys)], {})
    dataset = dataset_of(cleaned.images, assign_sides(cleaned.images, KnownSides(), 0.25, 0))
    written = write_manifest(cleaned, dataset)
    warnings = warnings_of_drop(cleaned)
    verdict = read_verdict(
        verdict_of_dataset(cleaned, dataset, {"validation_share": 0.25}, warnings).to_json()
    )

    manifest = read_manifest(io.BytesIO(written), dataset.identity)

    validated = [image for image in dataset.images if image.side == "validation"]
    expected = {image.image.source.key: image.image.source.content for image in validated}
    assert {image.key: image.content for image in manifest.validation.values()} == expected
    assert {file.split("/")[0] for file in manifest.validation} == set(NAMES)
    assert manifest.has_groups
    assert manifest.left_out["a hidden or system file"] == ("raw/.DS_Store",)
    assert verdict is not None
    assert verdict.classes == dataset.counts()
    assert verdict.left_out == {"a hidden or system file": 1}
    assert [warning.sentence for warning in verdict.warnings] == [
        warning.sentence for warning in warnings
    ]
    assert verdict.settings == {"validation_share": 0.25}


def test_the_report_bears_as_many_classes_as_the_split_takes() -> None:
    assert MAXIMUM_CLASSES <= predictions.MAXIMUM_CLASSES
