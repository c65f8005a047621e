"""review.json: what a person should look at again, with thumbnails that fit into the report."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from auditing import review
from auditing.gallery import Gallery
from documents import ReviewDocument
from judging.folds import Judged
from loading.channel import Channel
from loading.dataset import ImageData
from tests.unit.training_code.test_near_copies import Pixels, as_jpeg, scene

CLASSES = ["good", "oil"]
Reviewed = Callable[..., ReviewDocument]


def channel(root: Path, pictures: list[Pixels], labels: list[int]) -> Channel:
    """Images that are also files, PNGs of another size than the pixels."""
    files = [f"{CLASSES[label]}/{number}.png" for number, label in enumerate(labels)]
    for file, picture in zip(files, pictures, strict=True):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).resize((300, 150)).save(root / file)
    digests = np.array([hash(picture.tobytes()) % 2**64 for picture in pictures], np.uint64)
    return Channel(files, np.array(labels, np.int32), np.stack(pictures), [], digests=digests)


@pytest.fixture
def reviewed(tmp_path: Path) -> Reviewed:
    def of(
        train: list[tuple[Pixels, int]],
        validation: list[tuple[Pixels, int]],
        probabilities: npt.NDArray[np.float32] | None = None,
        features: npt.NDArray[np.float32] | None = None,
    ) -> ReviewDocument:
        sides = [
            channel(tmp_path / name, [picture for picture, _ in side], [label for _, label in side])
            for name, side in (("train", train), ("validation", validation))
        ]
        count = len(train) + len(validation)
        judged = Judged(np.arange(count), probabilities, np.ones(count, np.int64), features)
        data = ImageData(CLASSES, *sides)
        exported = np.tile(np.array([0.9, 0.1], np.float32), (len(validation), 1))
        gallery = Gallery(tmp_path, data, tmp_path / "train", tmp_path / "validation")
        return review.of(data, judged, exported, gallery)

    return of


def scenes(count: int, first: int = 0) -> list[tuple[Pixels, int]]:
    return [(scene(first + number), number % 2) for number in range(count)]


def sure_of(labels: list[int]) -> npt.NDArray[np.float32]:
    return np.eye(2, dtype=np.float32)[labels] * 0.8 + np.float32(0.1)


def test_a_wrong_label_is_shown_with_images_of_the_suggested_class(
    reviewed: Reviewed, tmp_path: Path
) -> None:
    truth = [number % 2 for number in range(30)]
    train = scenes(20)
    train[4] = (train[4][0], 1)  # is 0
    features = np.eye(2, dtype=np.float32)[truth] + np.float32(0.01) * np.arange(30)[:, None]
    document = reviewed(train, scenes(10, first=100), sure_of(truth), features)
    assert (document["images"], document["judged_images"]) == (30, 30)
    assert (document["candidates_total"], document["estimated_wrong"]) == (1, 1)
    [candidate] = document["candidates"]
    assert candidate["file"] == "oil/4.png"
    assert (candidate["side"], candidate["class"], candidate["suggested"]) == (
        *("train", "oil"),
        "good",
    )
    assert (candidate["probability"], candidate["own_probability"]) == pytest.approx((0.9, 0.1))
    assert [image["class"] for image in candidate["neighbours"]] == ["good"] * 3
    for image in [candidate, *candidate["neighbours"]]:
        with Image.open(tmp_path / str(image["image"])) as picture:
            assert (picture.format, picture.size) == ("JPEG", (96, 48))


def test_without_folds_only_the_validation_images_are_judged(reviewed: Reviewed) -> None:
    document = reviewed(scenes(20), scenes(10, first=100))
    assert (document["images"], document["judged_images"]) == (30, 10)
    assert {image["side"] for image in document["candidates"]} == {"validation"}
    assert [image["file"] for image in document["candidates"]] == [
        f"oil/{number}.png" for number in range(1, 10, 2)
    ]
    assert document["candidates"][0]["neighbours"] == []
    assert (document["odd"], document["odd_total"]) == ([], 0)


def test_equal_images_in_two_classes_are_no_near_copies_as_well(reviewed: Reviewed) -> None:
    train = scenes(20)
    train[5] = (train[0][0], 1)
    document = reviewed(train, scenes(10, first=100), sure_of([n % 2 for n in range(30)]))
    [group] = document["in_two_classes"]
    assert [image["file"] for image in group["images"]] == ["good/0.png", "oil/5.png"]
    assert document["near_copies_across_classes"] == []


def test_near_copies_are_listed_by_class_and_by_side(reviewed: Reviewed) -> None:
    train, validation = scenes(20), scenes(10, first=100)
    train[7] = (as_jpeg(train[2][0], 60), 1)
    validation[4] = (as_jpeg(train[6][0], 60), 0)
    document = reviewed(train, validation, sure_of([n % 2 for n in range(30)]))
    [by_class] = document["near_copies_across_classes"]
    assert [image["file"] for image in by_class["images"]] == ["good/2.png", "oil/7.png"]
    assert 0 <= by_class["distance"] <= 20
    [by_side] = document["near_copies_across_sides"]
    assert [(image["side"], image["file"]) for image in by_side["images"]] == [
        ("train", "good/6.png"),
        ("validation", "good/4.png"),
    ]
    assert document["near_copies_across_classes_total"] == 1
    assert document["near_copies_across_sides_total"] == 1


def test_what_one_camera_sees_is_not_one_part(
    reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "_ONE_PART", 5)
    again = [(as_jpeg(scene(1), 40 + number), number % 2) for number in range(12)]
    document = reviewed(again, scenes(10, first=100))
    assert document["near_copies_across_classes"] == []


def test_an_odd_image_is_listed_with_its_distance(reviewed: Reviewed) -> None:
    rng = np.random.default_rng(0)
    features = (10 + rng.normal(0, 1, (40, 20))).astype(np.float32)
    features[12] = rng.normal(0, 10, 20)
    document = reviewed(
        scenes(30), scenes(10, first=100), sure_of([n % 2 for n in range(40)]), features
    )
    [odd] = document["odd"]
    assert (odd["file"], document["odd_total"]) == ("good/12.png", 1)
    assert odd["distance"] > 0.3


def test_thumbnails_keep_to_their_room_and_are_shared(
    reviewed: Reviewed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything_wrong = sure_of([1 - n % 2 for n in range(40)])
    features = np.random.default_rng(0).normal(0, 1, (40, 5)).astype(np.float32)
    whole = reviewed(scenes(30), scenes(10, first=100), everything_wrong, features)
    assert whole["candidates_total"] == len(whole["candidates"]) == 40
    names = [image["image"] for image in whole["candidates"]]
    assert len({*names}) == 40
    assert len(list((tmp_path / "review").iterdir())) == 40

    monkeypatch.setattr(review, "_CANDIDATE_BYTES", 10_000)
    cut = reviewed(scenes(30), scenes(10, first=100), everything_wrong, features)
    size = sum(path.stat().st_size for path in (tmp_path / "review").iterdir())
    assert 10_000 <= size < 16_000
    assert [image["file"] for image in cut["candidates"]] == [
        image["file"] for image in whole["candidates"]
    ]
    assert cut["candidates"][-1]["image"] is None


def test_of_many_candidates_those_that_are_probably_wrong_are_listed(
    reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "_PICTURED", 3)
    monkeypatch.setattr(review, "_LISTED", 8)
    document = reviewed(scenes(30), scenes(10, first=100), sure_of([1 - n % 2 for n in range(40)]))
    assert document["candidates_total"] == 40
    assert len(document["candidates"]) == 8
    assert [image["image"] is None for image in document["candidates"]] == [False] * 3 + [True] * 5
