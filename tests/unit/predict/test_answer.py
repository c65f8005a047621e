"""The four decisions, and why."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from common.defect_decision import DefectDecision
from predict.answer import Answer, Rules, Subject, decide, unreadable

SUBJECT = Subject("inbox/a.jpg", '"e1"', datetime(2026, 11, 27, 9, 30, tzinfo=UTC), "run-1")
SURE = {"good": 0.97, "oil": 0.02, "stain": 0.01}


def operating_point(threshold: float, accepted_class: str = "good") -> DefectDecision:
    return DefectDecision.model_validate(
        {
            "run": "run-1", "class": "any other class", "accepted_class": accepted_class,
            "threshold": threshold, "wanted_miss_rate": 0.05, "proven": True,
            "proven_miss_rate": 0.04, "missed": 0, "defects": 90, "defect_parts": 90,
            "parts_needed": None, "measured_on": "out of sample", "temperature": 1.0,
            "false_rejects": {"value": 0.0, "low": 0.0, "high": 0.1, "hits": 0, "of": 50},
        }
    )  # fmt: skip


def answer(
    probabilities: dict[str, float], novelty: float | None = 0.5, threshold: float | None = 0.1
) -> Answer:
    point = None if threshold is None else operating_point(threshold)
    return decide(SUBJECT, probabilities, novelty, Rules(point, 0.8))


def test_a_sure_answer_is_its_class_on_one_line_of_json():
    line = answer(SURE).to_json()
    assert b"\n" not in line
    assert json.loads(line) == {
        "key": "inbox/a.jpg",
        "etag": '"e1"',
        "time": "2026-11-27T09:30:00Z",
        "run": "run-1",
        "decision": "class",
        "class": "good",
        "probabilities": SURE,
        "rejected": False,
        "novelty": 0.5,
        "reason": None,
    }
    assert Answer.model_validate_json(line) == answer(SURE)


def test_what_is_far_from_all_known_images_is_unknown_however_sure_the_network_is():
    unknown = answer(SURE, novelty=1.31)
    assert (unknown.decision, unknown.class_name) == ("unknown", "good")
    assert "1.31 times as far" in str(unknown.reason)
    assert answer(SURE, novelty=1.0).decision == "class"


def test_the_decision_follows_from_the_novelty_that_is_written():
    for novelty in (0.9999, 1.0001, 1.0004, 1.0006):
        written = answer(SURE, novelty)
        assert (written.decision == "unknown") == (float(written.novelty or 0) > 1)


def test_without_a_measure_nothing_is_unknown():
    assert answer(SURE, novelty=None).decision == "class"


def test_a_small_probability_is_unsure():
    unsure = answer({"good": 0.79, "oil": 0.21, "stain": 0.0}, threshold=None)
    assert (unsure.decision, unsure.rejected) == ("unsure", None)
    assert unsure.reason == (
        "the most probable class has 79.0 %, less than the 80.0 % that are wanted"
    )
    assert answer({"good": 0.8, "oil": 0.2, "stain": 0.0}, threshold=None).decision == "class"


def test_a_probable_good_one_that_the_operating_point_rejects_is_unsure():
    unsure = answer({"good": 0.9, "oil": 0.1, "stain": 0.0})
    assert (unsure.decision, unsure.class_name, unsure.rejected) == ("unsure", "good", True)
    assert unsure.reason == ("a defect has a probability of 0.1, and from 0.1 an image is rejected")


def test_a_probable_defect_that_the_operating_point_accepts_is_unsure():
    unsure = answer({"good": 0.1, "oil": 0.9, "stain": 0.0}, threshold=0.95)
    assert (unsure.decision, unsure.class_name, unsure.rejected) == ("unsure", "oil", False)
    assert "below 0.95 an image is accepted" in str(unsure.reason)


@pytest.mark.parametrize(("good", "is_rejected"), [(0.9000004, True), (0.9000006, False)])
def test_the_threshold_is_compared_to_six_digits(good: float, is_rejected: bool):
    assert answer({"good": good, "oil": 1 - good}).rejected is is_rejected


def test_a_rejected_defect_is_its_class():
    defect = answer({"good": 0.0, "oil": 1.0, "stain": 0.0})
    assert (defect.decision, defect.class_name, defect.rejected) == ("class", "oil", True)


def test_an_operating_point_of_another_class_says_nothing():
    rules = Rules(operating_point(0.1, accepted_class="fine"), 0.8)
    assert decide(SUBJECT, SURE, None, rules).rejected is None


def test_what_cannot_be_read_has_a_reason_and_no_class():
    line = json.loads(unreadable(SUBJECT, "empty file").to_json())
    assert (line["decision"], line["class"], line["reason"]) == ("unreadable", None, "empty file")
    assert (line["probabilities"], line["rejected"], line["novelty"]) == ({}, None, None)
