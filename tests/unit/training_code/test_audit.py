import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import f1_score

import audit
from channel import Channel
from documents import no_copies
from tests.unit.training_code.test_copies import Pixels, scene

PAGE = Path(__file__).parents[3] / "docs" / "model.md"
CLASSES = ["good", "oil", "scratch"]


def channel(pictures: list[Pixels], labels: npt.NDArray[np.int64]) -> Channel:
    files = [f"{CLASSES[label]}/{number}.png" for number, label in enumerate(labels)]
    return Channel(files, labels.astype(np.int32), np.stack(pictures), [])


def in_turn(count: int) -> npt.NDArray[np.int64]:
    return np.arange(count) % len(CLASSES)


def answers(labels: npt.NDArray[np.int64], wrong: int = 0) -> npt.NDArray[np.float32]:
    """Probabilities of a model that is wrong on the first images."""
    predicted = labels.copy()
    predicted[:wrong] = (predicted[:wrong] + 1) % len(CLASSES)
    return np.eye(len(CLASSES), dtype=np.float32)[predicted]


def audited(train: Channel, validation: Channel, **given: Any) -> dict[str, Any]:
    probabilities = given.get("probabilities", answers(validation.labels))
    warnings = given.get("warnings", [])
    return {**audit.of(CLASSES, train, validation, probabilities, warnings, no_copies())}


def codes(document: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in document["warnings"]]


def framed(label: int, seed: int) -> Pixels:
    """A scene of its own in a frame whose brightness is the class's."""
    picture = scene(seed).copy()
    frame = np.ones(picture.shape[:2], np.bool_)
    frame[4:-4, 4:-4] = False
    picture[frame] = 60 + 60 * label
    return picture


@pytest.fixture
def scenes() -> tuple[Channel, Channel]:
    """Scenes that say nothing about the class."""
    train, validation = in_turn(60), in_turn(30)
    return (
        channel([scene(number) for number in range(60)], train),
        channel([scene(1000 + number) for number in range(30)], validation),
    )


def test_an_honest_accuracy_is_left_in_peace(scenes: tuple[Channel, Channel]) -> None:
    document = audited(*scenes, probabilities=answers(in_turn(30), wrong=3))
    assert document["warnings"] == []
    assert document["model"] == {"accuracy": 0.9, "macro_f1": pytest.approx(0.9)}
    assert document["majority"]["class"] == "good"
    assert document["majority"]["accuracy"] == pytest.approx(1 / 3)
    assert document["near_copies"] == {
        "validation_images": 0,
        "share": 0,
        "same_class": None,
        "accuracy_without": 0.9,
        "images_without": 30,
        "examples": [],
    }
    assert document["neighbour"]["border"]["accuracy"] < 0.6
    assert document["neighbour"]["thumbnail"]["accuracy"] < 0.6
    assert json.loads(json.dumps(document)) == document


def test_a_border_that_tells_the_class_is_reported() -> None:
    train, validation = in_turn(60), in_turn(30)
    document = audited(
        channel([framed(label, number) for number, label in enumerate(train)], train),
        channel(
            [framed(label, 1000 + number) for number, label in enumerate(validation)], validation
        ),
    )
    assert codes(document) == ["border"]
    assert document["neighbour"]["border"]["accuracy"] == 1
    assert "right on 100.0 %, the model on 100.0 %" in document["warnings"][0]["sentence"]


def test_a_middle_that_tells_the_class_at_a_glance_is_reported() -> None:
    def patched(label: int, seed: int) -> Pixels:
        picture = scene(seed).copy() // 8
        picture[12:36, 12:36] += np.uint8(100 * label)
        return picture

    train, validation = in_turn(60), in_turn(30)
    document = audited(
        channel([patched(label, number) for number, label in enumerate(train)], train),
        channel(
            [patched(label, 999 + number) for number, label in enumerate(validation)], validation
        ),
    )
    assert codes(document) == ["thumbnail"]


def test_a_shortcut_does_not_explain_a_model_that_is_far_better() -> None:
    train, validation = in_turn(300), in_turn(300)
    hinted = [label if number % 2 else (number // 2) % 3 for number, label in enumerate(train)]
    document = audited(
        channel([framed(hint, number) for number, hint in enumerate(hinted)], train),
        channel([framed(hint, 1000 + number) for number, hint in enumerate(hinted)], validation),
    )
    assert 0.4 < document["neighbour"]["border"]["accuracy"] < 0.8
    assert document["warnings"] == []


def test_copies_on_both_sides_are_counted_named_and_taken_out(
    scenes: tuple[Channel, Channel],
) -> None:
    train, validation = scenes
    copied = channel([*train.pixels[:15], *validation.pixels[15:]], in_turn(30))
    wrong = answers(in_turn(30))
    wrong[15:21] = np.roll(wrong[15:21], 1, axis=1)
    document = audited(train, copied, probabilities=wrong)
    copies = document["near_copies"]
    assert "near_copies" in codes(document)
    assert (copies["validation_images"], copies["share"], copies["same_class"]) == (15, 0.5, 1)
    assert (copies["accuracy_without"], copies["images_without"]) == (0.6, 15)
    assert copies["examples"][0] == {
        "validation": "good/0.png",
        "train": "good/0.png",
        "distance": 0,
    }
    assert "15 of 30 validation images" in document["warnings"][0]["sentence"]
    assert "on the other 15 its accuracy is 60.0 %" in document["warnings"][0]["sentence"]


def test_when_all_are_copies_nothing_is_left_to_measure_on(scenes: tuple[Channel, Channel]) -> None:
    train, _ = scenes
    document = audited(train, train)
    assert document["near_copies"]["accuracy_without"] is None
    assert document["near_copies"]["images_without"] == 0
    assert len(document["near_copies"]["examples"]) == 20
    assert "no other image is left" in document["warnings"][0]["sentence"]


def test_a_fixed_camera_is_no_leak() -> None:
    """All pictures are near copies of each other, but that does not tell the class."""

    def again(seed: int) -> Pixels:
        noise = np.random.default_rng(seed).normal(0, 8, (48, 48, 3))
        return (scene(1) + noise).clip(0, 255).astype(np.uint8)

    document = audited(
        channel([again(number) for number in range(60)], in_turn(60)),
        channel([again(1000 + number) for number in range(30)], in_turn(30)),
    )
    assert document["near_copies"]["share"] > 0.9
    assert document["warnings"] == []


def test_a_model_that_always_says_the_same_is_told_so(scenes: tuple[Channel, Channel]) -> None:
    document = audited(*scenes, probabilities=answers(np.zeros(30, np.int64)))
    assert codes(document) == ["majority"]
    assert "always predicting 'good' is right on 33.3 %" in document["warnings"][0]["sentence"]


def test_a_model_that_finds_the_rare_class_has_learned_something() -> None:
    rare = np.array([0] * 57 + [1] * 3)
    validation = channel([scene(number) for number in range(60)], rare)
    found_one_and_cried_wolf = rare.copy()
    found_one_and_cried_wolf[[0, 1, 58, 59]] = [1, 1, 0, 0]
    document = audited(
        channel([scene(1000 + number) for number in range(60)], rare),
        validation,
        probabilities=answers(found_one_and_cried_wolf),
    )
    assert document["model"]["accuracy"] < document["majority"]["accuracy"]
    assert "majority" not in codes(document)


def test_what_others_warn_of_is_told_as_well(scenes: tuple[Channel, Channel]) -> None:
    other = {"code": "tflite", "sentence": "There is no model.tflite."}
    assert audited(*scenes, warnings=[other])["warnings"] == [other]


def test_of_many_images_a_sample_is_compared_and_counted(
    scenes: tuple[Channel, Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "_SIDES", {"train": 40, "validation": 10})
    document = audited(*scenes)
    assert document["images"] == {
        "train": 60,
        "validation": 30,
        "train_sampled": 40,
        "validation_sampled": 10,
    }
    assert document["near_copies"]["images_without"] == 10
    assert document == audited(*scenes)


@pytest.mark.parametrize("classes", [2, 5])
def test_macro_f1_is_the_one_everybody_means(classes: int) -> None:
    rng = np.random.default_rng(classes)
    labels, predicted = rng.integers(0, classes, (2, 200))
    labels[labels == 1] = 0  # a class that does not occur but is answered
    expected = f1_score(labels, predicted, average="macro", zero_division=0)
    assert audit.macro_f1(labels, predicted) == pytest.approx(expected)


def test_the_page_says_what_each_warning_means_and_how_many_images_are_compared() -> None:
    page = " ".join(PAGE.read_text("utf-8").split())
    table = page.partition("| warning | when | what to do |")[2].partition("## The worst")[0]
    assert set(re.findall(r"\| `(\w+)` \|", table)) == {
        *("majority", "near_copies", "border", "thumbnail"),
        *("dark", "unmeasured"),  # of what was read
        *("reading", "tflite"),  # of export.py
    }
    most = audit._SIDES
    assert f"{most['train']:,} training or {most['validation']:,} validation images" in page
