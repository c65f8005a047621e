"""The sealed test set: measured by the exported model alone, without what the training has seen."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from auditing import sealed_test
from auditing.sealed_test import SealedAnswers
from exporting import outputs
from loading import dataset
from loading.dataset import ImageData
from reading.pixels import Pixels
from tests.unit.training_code.pictures import COLOURS, channel, picture

CLASSES = sorted(COLOURS)


@pytest.fixture
def data(tmp_path: Path) -> ImageData:
    folders = (channel(tmp_path / "train", 3), channel(tmp_path / "validation", 1))
    return dataset.load(*folders, size=16, check=lambda: None)


@pytest.fixture
def tested(tmp_path: Path) -> Path:
    return channel(tmp_path / "test", 2)


def by_colour(pixels: Pixels) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    """Answer with the class whose colour is nearest, as a good model would."""
    means = pixels.mean(axis=(1, 2))
    colours = np.array([COLOURS[name] for name in CLASSES])
    distances = np.abs(means[:, None] - colours).sum(axis=2)
    return np.eye(len(CLASSES), dtype=np.float32)[distances.argmin(axis=1)]


def measure(root: Path, data: ImageData, manifest: Path | None = None) -> SealedAnswers:
    measured = sealed_test.measure(root, manifest, data, by_colour, lambda: None)
    assert measured is not None
    return measured


def test_each_image_is_measured_and_written(data: ImageData, tested: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()

    outputs.write_sealed_test(tmp_path / "out", data.classes, measure(tested, data))

    document = json.loads((tmp_path / "out" / "test.json").read_text("utf-8"))
    assert (document["images"], document["accuracy"], document["macro_f1"]) == (6, 1.0, 1.0)
    assert document["recall"] == dict.fromkeys(CLASSES, 1.0)
    assert len(document["contents"]) == 6
    table = (tmp_path / "out" / "test_predictions.csv").read_text("utf-8").splitlines()
    rows = list(csv.DictReader(table))
    assert [row["file"].partition("/")[0] for row in rows] == [row["class"] for row in rows]
    assert {row["class"] for row in rows} == set(CLASSES)
    assert all(row["predicted"] == row["class"] for row in rows)


def test_a_mistake_counts(data: ImageData, tested: Path) -> None:
    odd = tested / "mint" / "odd.png"
    picture(COLOURS["copper"], seed=77).save(odd)

    document = measure(tested, data).document

    assert document["accuracy"] == pytest.approx(6 / 7)
    assert document["recall"] == {"copper": 1.0, "mint": pytest.approx(2 / 3), "two words ü": 1.0}


def test_a_picture_that_was_trained_or_validated_on_is_left_out_in_any_format(
    data: ImageData, tested: Path, tmp_path: Path
) -> None:
    Image.open(tmp_path / "train" / "mint" / "1.png").save(tested / "mint" / "again.bmp")
    shutil.copy(tmp_path / "validation" / "copper" / "0.png", tested / "copper" / "seen.png")

    measured = measure(tested, data)

    assert measured.document["copies"] == [
        {"file": "test/copper/seen.png", "copy_of": "validation/copper/0.png"},
        {"file": "test/mint/again.bmp", "copy_of": "train/mint/1.png"},
    ]
    assert measured.document["images"] == len(measured.probabilities) == 6
    assert not {"copper/seen.png", "mint/again.bmp"} & set(measured.channel.files)
    assert len(measured.document["contents"]) == 8  # the test set itself is what it is


def test_what_can_t_be_measured_is_named(data: ImageData, tested: Path) -> None:
    (tested / "mint" / "cut.png").write_bytes((tested / "mint" / "0.png").read_bytes()[:60])
    (tested / "dent").mkdir()
    picture((9, 9, 9), seed=1).save(tested / "dent" / "1.png")

    document = measure(tested, data).document

    assert [item["file"] for item in document["unreadable"]] == ["test/mint/cut.png"]
    assert document["unknown_classes"] == {"dent": 1}
    assert document["images"] == 6


def test_a_test_set_of_copies_alone_has_no_figures(data: ImageData, tmp_path: Path) -> None:
    (tmp_path / "test" / "mint").mkdir(parents=True)
    shutil.copy(tmp_path / "train" / "mint" / "0.png", tmp_path / "test" / "mint" / "0.png")

    measured = measure(tmp_path / "test", data)
    outputs.write_sealed_test(tmp_path / "out", data.classes, measured)

    assert (measured.document["images"], measured.document["accuracy"]) == (0, None)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["test.json"]


def test_nothing_is_measured_without_a_file(data: ImageData, tmp_path: Path) -> None:
    (tmp_path / "test" / "mint").mkdir(parents=True)

    assert sealed_test.measure(tmp_path / "test", None, data, by_colour, lambda: None) is None


def test_results_of_an_earlier_start_are_removed(data: ImageData, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for name in ("test.json", "test_predictions.csv"):
        (tmp_path / "out" / name).write_text("of an earlier start")

    outputs.write_data(tmp_path / "out", data)

    assert not list((tmp_path / "out").glob("test*"))


def test_the_manifest_decides_what_is_measured_and_who_belongs_together(
    data: ImageData, tested: Path, tmp_path: Path
) -> None:
    rows = [
        {"side": "test", "copy": f"datasets/test/{name}", "group": "part 7"}
        for name in ("mint/0.png", "copper/1.png", "mint/gone.png")
    ]
    rows.append({"side": "train", "copy": "datasets/train/mint/0.png"})
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows))

    measured = measure(tested, data, manifest)

    assert measured.channel.files == ["copper/1.png", "mint/0.png"]
    assert len(set(measured.clusters.tolist())) == 1
    assert measured.document["unreadable"] == [
        {"file": "test/mint/gone.png", "reason": "not in the channel"}
    ]


def test_the_test_set_is_known_by_bytes_and_classes_not_by_names(
    data: ImageData, tested: Path, tmp_path: Path
) -> None:
    def identity() -> str:
        return measure(tested, data).document["test_set"]

    first = identity()
    (tested / "mint" / "0.png").rename(tested / "mint" / "renamed.png")
    assert identity() == first
    (tested / "mint" / "renamed.png").rename(tested / "copper" / "renamed.png")
    relabelled = identity()
    picture(COLOURS["mint"], seed=5).save(tested / "mint" / "more.png")
    assert len({first, relabelled, identity()}) == 3
