"""Manifest and verdict state each decision, and are the same for the same drop."""

from __future__ import annotations

import json

from common.documents import DropWarning
from split.drop.cleaning import clean
from split.drop.reasons import ADVICE, TWO_CLASSES
from split.drop.refusal import refusal_of_classes
from split.manifest import labelled_contents, write_manifest
from split.partition.assignment import assign_sides
from split.partition.dataset import KnownSides, dataset_of
from split.verdict import verdict_of_dataset, verdict_of_refusal
from tests.unit.split.builders import raw

WARNING = DropWarning(code="odd-name", sentence="The name is odd.")


def drop():
    objects = [raw(f"raw/{c}/{n}.jpg") for c in ("öl", "good") for n in range(10)]
    objects += [raw("raw/.DS_Store"), raw("raw/good/copy.jpg", "raw/good/1.jpg")]
    objects += [raw("raw/_READY"), raw("raw/good/")]
    cleaned = clean(objects, {})
    sides = assign_sides(cleaned.images, KnownSides(), 0.2, 0)
    return cleaned, dataset_of(cleaned.images, sides)


def test_the_manifest_names_class_and_group():
    cleaned = clean([raw("raw/good/1.jpg"), raw("raw/good/part 7/left/1.jpg")], {})

    rows = [json.loads(line) for line in write_manifest(cleaned, None).splitlines()]

    assert [(row["class"], row["group"]) for row in rows] == [("good", None), ("good", "part 7")]


def test_the_manifest_tells_what_was_taken_in_and_as_what():
    cleaned, dataset = drop()

    labelled = labelled_contents(write_manifest(cleaned, dataset))

    assert labelled == {
        (item.image.class_name, item.image.source.content) for item in dataset.images
    }


def test_the_manifest_is_the_same_bytes_again():
    cleaned, dataset = drop()
    cleaned_again, dataset_again = drop()

    assert write_manifest(cleaned, dataset) == write_manifest(cleaned_again, dataset_again)


def test_the_verdict_of_a_dataset():
    cleaned, dataset = drop()

    verdict = json.loads(
        verdict_of_dataset(cleaned, dataset, {"split_seed": 0}, [WARNING]).to_json()
    )

    assert verdict["status"] == "ready"
    assert verdict["dataset"] == dataset.identity
    assert verdict["classes"]["öl"] == {"train": 8, "validation": 2}
    assert verdict["left_out"] == {
        "a hidden or system file": 1,
        "the same content as another image": 1,
    }
    assert verdict["settings"] == {"split_seed": 0}
    assert verdict["warnings"] == [{"code": "odd-name", "sentence": "The name is odd."}]


def test_the_verdict_of_a_refusal():
    cleaned = clean([raw("raw/good/1.jpg")], {})
    refusal = refusal_of_classes(cleaned, 10)
    assert refusal is not None

    verdict = json.loads(verdict_of_refusal(cleaned, refusal, {}, [WARNING]).to_json())

    assert verdict["status"] == "refused"
    assert verdict["code"] == "one-class"
    assert verdict["sentence"] == refusal.sentence
    assert verdict["remedy"] == refusal.remedy
    assert verdict["warnings"] == [{"code": "odd-name", "sentence": "The name is odd."}]


def test_the_verdict_names_examples_of_what_was_left_out_and_what_to_do():
    objects = [raw(f"raw/{c}/{n}.jpg") for c in ("a", "b") for n in range(10)]
    objects += [raw(f"raw/a/both {n}.jpg", "both") for n in range(6)] + [
        raw("raw/b/both.jpg", "both")
    ]
    objects += [raw("raw/a/Thumbs.db")]
    cleaned = clean(objects, {})
    dataset = dataset_of(cleaned.images, assign_sides(cleaned.images, KnownSides(), 0.2, 0))

    verdict = json.loads(verdict_of_dataset(cleaned, dataset, {}, []).to_json())

    assert verdict["left_out_details"] == [
        {
            "reason": "the same content in more than one class",
            "count": 7,
            "what_to_do": ADVICE[TWO_CLASSES],
            "examples": [f"raw/a/both {n}.jpg" for n in range(5)],
        },
        {
            "reason": "a hidden or system file",
            "count": 1,
            "what_to_do": None,
            "examples": ["raw/a/Thumbs.db"],
        },
    ]
