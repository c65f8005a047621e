import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import beta
from sklearn.metrics import f1_score

from auditing import audit, copy_audit
from judging.folds import Judged
from loading.channel import Channel
from loading.dataset import ImageData
from tests.unit.training_code.test_near_copies import Pixels, as_jpeg, scene

PAGE = Path(__file__).parents[3] / "docs" / "model.md"
CLASSES = ["good", "oil", "scratch"]


def channel(pictures: list[Pixels], labels: npt.NDArray[np.int64]) -> Channel:
    files = [f"{CLASSES[label]}/{number}.png" for number, label in enumerate(labels)]
    return Channel(files, labels.astype(np.int32), np.stack(pictures), [])


def in_turn(count: int) -> npt.NDArray[np.int64]:
    return np.arange(count) % len(CLASSES)


def answers(labels: npt.NDArray[np.int64], wrong: int = 0) -> npt.NDArray[np.float32]:
    """Probabilities of a model that is wrong on the first images."""
    said = labels.copy()
    said[:wrong] = (said[:wrong] + 1) % len(CLASSES)
    return np.eye(len(CLASSES), dtype=np.float32)[said]


def audited(train: Channel, validation: Channel, **given: Any) -> dict[str, Any]:
    data = ImageData(CLASSES, train, validation)
    probabilities = given.get("probabilities", answers(validation.labels))
    known = audit.Answers(probabilities, given.get("judged"), given.get("groups"))
    return {**audit.of(data, known, given.get("warnings", []))}


def codes(found: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in found["warnings"]]


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
    found = audited(*scenes, probabilities=answers(in_turn(30), wrong=3))
    assert found["warnings"] == []
    assert found["model"] == {"accuracy": 0.9, "macro_f1": pytest.approx(0.9)}
    assert found["majority"]["class"] == "good"
    assert found["majority"]["accuracy"] == pytest.approx(1 / 3)
    assert found["near_copies"] == {
        "validation_images": 0,
        "share": 0,
        "same_class": None,
        "accuracy_without": 0.9,
        "images_without": 30,
        "in_other_groups": 0,
        "fixed_camera": False,
        "accuracy_at_most": 0.9,
        "examples": [],
    }
    assert found["neighbour"]["border"]["accuracy"] < 0.6
    assert found["neighbour"]["thumbnail"]["accuracy"] < 0.6
    assert json.loads(json.dumps(found)) == found


def test_a_border_that_tells_the_class_is_reported() -> None:
    train, validation = in_turn(60), in_turn(30)
    found = audited(
        channel([framed(label, number) for number, label in enumerate(train)], train),
        channel(
            [framed(label, 1000 + number) for number, label in enumerate(validation)], validation
        ),
    )
    assert codes(found) == ["border"]
    assert found["neighbour"]["border"]["accuracy"] == 1
    assert "right on 100.0 %, the model on 100.0 %" in found["warnings"][0]["sentence"]


def test_a_border_is_reported_where_images_are_few_and_most_are_of_one_class() -> None:
    """The border is right on 27 of 28, the model on fewer; the majority class has 21."""
    counts = [81, 14, 13]
    train = np.repeat([0, 1, 2], counts)
    validation = np.repeat([0, 1, 2], [21, 4, 3])
    odd = framed(0, 5000)
    pictures = [framed(label, 1000 + number) for number, label in enumerate(validation)]
    found = audited(
        channel([framed(label, number) for number, label in enumerate(train)], train),
        channel([*pictures[:-1], odd], validation),
        probabilities=answers(validation, wrong=4),
    )
    assert found["neighbour"]["border"]["accuracy"] == pytest.approx(27 / 28)
    assert codes(found) == ["border"]


def test_a_middle_that_tells_the_class_at_a_glance_is_reported() -> None:
    def patched(label: int, seed: int) -> Pixels:
        picture = scene(seed).copy() // 8
        picture[12:36, 12:36] += np.uint8(100 * label)
        return picture

    train, validation = in_turn(60), in_turn(30)
    found = audited(
        channel([patched(label, number) for number, label in enumerate(train)], train),
        channel(
            [patched(label, 999 + number) for number, label in enumerate(validation)], validation
        ),
    )
    assert codes(found) == ["thumbnail"]


def test_a_shortcut_does_not_explain_a_model_that_is_far_better() -> None:
    train, validation = in_turn(300), in_turn(300)
    hinted = [label if number % 2 else (number // 2) % 3 for number, label in enumerate(train)]
    found = audited(
        channel([framed(hint, number) for number, hint in enumerate(hinted)], train),
        channel([framed(hint, 1000 + number) for number, hint in enumerate(hinted)], validation),
    )
    assert 0.4 < found["neighbour"]["border"]["accuracy"] < 0.8
    assert found["warnings"] == []


def bursts(parts: int, images: int, first: int = 0) -> list[Pixels]:
    """So many images of each part, one after the other."""
    return [as_jpeg(scene(first + part), 50 + n) for part in range(parts) for n in range(images)]


def judged_wrong(labels: npt.NDArray[np.int64], wrong: int) -> Judged:
    """Models that saw nothing like the image they judge, and are wrong on the last ones."""
    return Judged(np.arange(len(labels)), answers(labels[::-1], wrong)[::-1])


def test_copies_on_both_sides_are_counted_and_named() -> None:
    """15 of 40 validation images are copies, and the model is wrong on 10 others."""
    train, labels = in_turn(60), in_turn(40)
    pictures = bursts(15, 1) + [scene(100 + number) for number in range(25)]
    probabilities = answers(labels[::-1], wrong=10)[::-1]
    found = audited(
        channel([scene(number) for number in range(60)], train),
        channel(pictures, labels),
        probabilities=probabilities,
    )
    copies = found["near_copies"]
    assert codes(found) == ["near_copies"]
    assert (copies["validation_images"], copies["share"], copies["same_class"]) == (15, 0.375, 1)
    assert (copies["accuracy_without"], copies["images_without"]) == (0.6, 25)
    assert copies["examples"][0]["validation"].split("/")[1] in {
        f"{number}.png" for number in range(15)
    }
    sentence = found["warnings"][0]["sentence"]
    assert "15 of 40 validation images have a near copy" in sentence


@pytest.mark.parametrize(("unseen_wrong", "right", "of"), [(None, 5, 25), (45, 55, 100)])
def test_copies_give_a_bound_and_no_clean_remainder(
    unseen_wrong: int | None, right: int, of: int
) -> None:
    """Judged by models that saw no copy, their accuracy limits it; else the rest's does."""
    train, labels = in_turn(60), in_turn(40)
    found = audited(
        channel([scene(number) for number in range(60)], train),
        channel(bursts(15, 1) + [scene(100 + number) for number in range(25)], labels),
        probabilities=answers(labels[::-1], wrong=10 if unseen_wrong else 20)[::-1],
        judged=None
        if unseen_wrong is None
        else judged_wrong(np.concatenate([train, labels]), unseen_wrong),
    )
    bound = beta.ppf(0.95, right + 1, of - right)  # Clopper and Pearson's limit
    assert found["near_copies"]["accuracy_at_most"] == pytest.approx(bound, abs=1e-5)
    sentence = found["warnings"][0]["sentence"]
    assert sentence.startswith(f"On new parts it is right on at most {100 * bound:.1f} %: 15 of 40")
    assert "on the other" not in sentence
    assert "Only groups can tell: put the photographs of each part into a folder" in sentence


def test_a_handful_gets_no_percentage(scenes: tuple[Channel, Channel]) -> None:
    """Of 30 images 15 are no copies: their accuracy would say nothing."""
    train, validation = scenes
    found = audited(
        train,
        channel([*train.pixels[:15], *validation.pixels[15:]], in_turn(30)),
        probabilities=answers(in_turn(30)[::-1], wrong=6)[::-1],
    )
    assert found["near_copies"]["images_without"] == 15
    assert found["near_copies"]["accuracy_without"] is None
    warning = found["warnings"][0]
    assert warning["sentence"].startswith("How good it is on new parts can't be told: 15 of 30")
    assert "%" not in warning["sentence"]


def test_a_few_validation_images_are_counted_in_words() -> None:
    train, validation = in_turn(60), in_turn(12)
    found = audited(
        channel([framed(label, number) for number, label in enumerate(train)], train),
        channel(
            [framed(label, 99 + number) for number, label in enumerate(validation)], validation
        ),
        probabilities=answers(validation, wrong=1),
    )
    assert codes(found) == ["border"]
    assert "right on 12 of 12, the model on 11 of 12" in found["warnings"][0]["sentence"]
    found = audited(
        channel([scene(number) for number in range(60)], train),
        channel([scene(99 + number) for number in range(12)], validation),
        probabilities=answers(np.zeros(12, np.int64)),
    )
    assert "right on 4 of 12 validation images; always" in found["warnings"][0]["sentence"]
    assert "%" not in found["warnings"][0]["sentence"]


def test_when_all_are_copies_nothing_is_left_to_measure_on(scenes: tuple[Channel, Channel]) -> None:
    train, _ = scenes
    found = audited(train, train)
    assert found["near_copies"]["accuracy_without"] is None
    assert found["near_copies"]["images_without"] == 0
    assert len(found["near_copies"]["examples"]) == 20
    assert "can't be told: 60 of 60" in found["warnings"][0]["sentence"]


def grouped(count: int, prefix: str) -> list[str]:
    return [f"{prefix} {number}" for number in range(count)]


def test_parts_that_look_alike_but_are_in_groups_raise_no_alarm() -> None:
    """Each validation image has a near copy of its class, of a part that the user told apart."""
    train, labels = in_turn(60), in_turn(30)
    sides = (
        channel([scene(number) for number in range(60)], train),
        channel(bursts(30, 1), labels),
    )
    apart = [*grouped(60, "part"), *grouped(30, "other part")]
    right = judged_wrong(np.concatenate([train, labels]), 0)
    assert "near_copies" in codes(audited(*sides, judged=right))
    found = audited(*sides, judged=right, groups=apart)
    assert "near_copies" not in codes(found)
    assert found["near_copies"]["in_other_groups"] == 30
    straddling = [*grouped(60, "part"), *grouped(30, "part")]
    assert "near_copies" in codes(audited(*sides, judged=right, groups=straddling))


def test_groups_whose_copies_flatter_the_model_are_reported_all_the_same() -> None:
    train, labels = in_turn(60), in_turn(30)
    found = audited(
        channel([scene(number) for number in range(60)], train),
        channel(bursts(30, 1), labels),
        judged=judged_wrong(np.concatenate([train, labels]), 20),
        groups=[*grouped(60, "part"), *grouped(30, "other part")],
    )
    assert codes(found)[0] == "near_copies"
    assert "at most 84.8 %" in found["warnings"][0]["sentence"]  # 70 of 90, and chance


def fixed_camera(count: int, first: int) -> list[Pixels]:
    """The same scene again and again, with the noise of a camera."""

    def again(seed: int) -> Pixels:
        noise = np.random.default_rng(seed).normal(0, 8, (48, 48, 3))
        return (scene(1) + noise).clip(0, 255).astype(np.uint8)

    return [again(first + number) for number in range(count)]


def test_of_a_fixed_camera_nothing_can_be_told() -> None:
    """All pictures are near copies of each other, whatever they show."""
    sides = (
        channel(fixed_camera(60, 0), in_turn(60)),
        channel(fixed_camera(30, 1000), in_turn(30)),
    )
    found = audited(*sides)
    assert found["near_copies"]["share"] > 0.9
    assert codes(found) == ["fixed-camera"]
    assert found["near_copies"]["accuracy_at_most"] is None
    groups = [*grouped(60, "part"), *grouped(30, "other part")]
    assert audited(*sides, groups=groups)["warnings"] == []


def test_a_fixed_camera_is_recognised_in_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copy_audit, "_CLUSTERED", 20)
    found = audited(
        channel(fixed_camera(60, 0), in_turn(60)), channel(fixed_camera(30, 1000), in_turn(30))
    )
    assert codes(found) == ["fixed-camera"]


def test_a_model_that_always_says_the_same_is_told_so(scenes: tuple[Channel, Channel]) -> None:
    found = audited(*scenes, probabilities=answers(np.zeros(30, np.int64)))
    assert codes(found) == ["majority"]
    assert "always predicting 'good' is right on 33.3 %" in found["warnings"][0]["sentence"]


def test_a_model_that_finds_the_rare_class_has_learned_something() -> None:
    rare = np.array([0] * 57 + [1] * 3)
    validation = channel([scene(number) for number in range(60)], rare)
    found_one_and_cried_wolf = rare.copy()
    found_one_and_cried_wolf[[0, 1, 58, 59]] = [1, 1, 0, 0]
    found = audited(
        channel([scene(1000 + number) for number in range(60)], rare),
        validation,
        probabilities=answers(found_one_and_cried_wolf),
    )
    assert found["model"]["accuracy"] < found["majority"]["accuracy"]
    assert "majority" not in codes(found)


def test_what_others_warn_of_is_told_as_well(scenes: tuple[Channel, Channel]) -> None:
    other = {"code": "tflite", "sentence": "There is no model.tflite."}
    assert audited(*scenes, warnings=[other])["warnings"] == [other]


def test_of_many_images_a_sample_is_compared_and_counted(
    scenes: tuple[Channel, Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "_SIDES", {"train": 40, "validation": 10})
    found = audited(*scenes)
    assert found["images"] == {
        "train": 60,
        "validation": 30,
        "train_sampled": 40,
        "validation_sampled": 10,
    }
    assert found["near_copies"]["images_without"] == 10
    assert found == audited(*scenes)


@pytest.mark.parametrize("classes", [2, 5])
def test_macro_f1_is_the_one_everybody_means(classes: int) -> None:
    rng = np.random.default_rng(classes)
    labels, predicted = rng.integers(0, classes, (2, 200))
    labels[labels == 1] = 0  # a class that does not occur but is answered
    expected = f1_score(labels, predicted, average="macro", zero_division=0)
    assert audit.macro_f1(labels, predicted) == pytest.approx(expected)


def test_the_page_says_what_each_warning_means_and_how_many_images_are_compared() -> None:
    page = " ".join(PAGE.read_text("utf-8").split())
    table = page.partition("| warning | when | what to do |")[2].partition(" ## ")[0]
    assert set(re.findall(r"\| `([\w-]+)` \|", table)) == {
        *("majority", "near_copies", "border", "thumbnail", "fixed-camera"),
        *("dark", "unmeasured", "files-left-out"),  # of what was read
        *("copies-in-two-classes", "copies-on-both-sides"),
        *("reading", "tflite"),  # of model_files.py
    }
    most = audit._SIDES
    assert f"{most['train']:,} training or {most['validation']:,} validation images" in page
