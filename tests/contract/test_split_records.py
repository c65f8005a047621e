"""The report reads what the split writes."""

from __future__ import annotations

import io
import json

from plot.inputs import predictions
from plot.inputs.dataset import read_manifest, read_verdict
from split import records
from split.cleaning import clean
from split.drop_warnings import warnings_of_drop
from split.naming import dataset_of
from split.objects import Known, RawObject
from split.partition import partition
from split.refusal import MAXIMUM_CLASSES

NAMES = ('öl "alt"', "good", '"side": "validation"')


def test_manifest_and_verdict() -> None:
    keys = [f"raw/{name}/part {n}/{n}.jpg" for name in NAMES for n in range(12)]
    keys += ["raw/.DS_Store", "raw/_READY", "raw/good/"]
    cleaned = clean([RawObject(key, 9_000, f"{n:032x}") for n, key in enumerate(keys)], {})
    dataset = dataset_of(cleaned.images, partition(cleaned.images, Known(), 0.25, 0))
    written = records.manifest(cleaned, dataset)
    verdict = read_verdict(
        records.verdict_of_dataset(
            cleaned, dataset, {"validation_share": 0.25}, warnings_of_drop(cleaned)
        )
    )

    manifest = read_manifest(io.BytesIO(written), dataset.identity)

    validated = [one for one in dataset.images if one.side == "validation"]
    expected = {one.image.source.key: one.image.source.content for one in validated}
    assert {one.key: one.content for one in manifest.validation.values()} == expected
    assert {file.split("/")[0] for file in manifest.validation} == set(NAMES)
    assert manifest.has_groups
    assert manifest.left_out["a hidden or system file"] == ("raw/.DS_Store",)
    assert verdict is not None
    assert verdict.classes == dataset.counts()
    assert verdict.left_out == {"a hidden or system file": 1}
    assert [warning.code for warning in verdict.warnings] == [
        warning["code"] for warning in json.loads(verdict.model_dump_json())["warnings"]
    ]
    assert verdict.settings == {"validation_share": 0.25}


def test_the_report_bears_as_many_classes_as_the_split_takes() -> None:
    assert MAXIMUM_CLASSES <= predictions.MAXIMUM_CLASSES
