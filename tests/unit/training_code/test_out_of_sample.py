"""Every image judged, or the reason why not; and the temperature by what there is."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hyperparameters
from failure import Interrupted, JobError
from judging import calibration, clusters, fold_training, out_of_sample
from judging.clusters import Clusters
from learning.checkpoint import Progress
from learning.fit import Learner
from learning.transfer import Features
from loading.channel import Channel
from loading.dataset import ImageData
from options import Job, Places

TRAIN, VALIDATION = 6, 4
LABELS = np.array([0, 1, 0, 1, 0, 1, 0, 1, 0, 1], np.int32)
ANSWERS = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.4, 0.6], [0.8, 0.2]] * 2, np.float32)
EXPORTED = np.array([[0.6, 0.4], [0.1, 0.9], [0.7, 0.3], [0.2, 0.8]], np.float32)


def side(labels: Any) -> Channel:
    files = [f"{label}/{row}.png" for row, label in enumerate(labels)]
    return Channel(files, labels, np.zeros((len(labels), 1, 1, 3), np.uint8), [])


DATA = ImageData(["good", "oil"], side(LABELS[:TRAIN]), side(LABELS[TRAIN:]))
FROZEN = Features(
    np.arange(24, dtype=np.float32).reshape(2, TRAIN, 2),
    np.arange(8, dtype=np.float32).reshape(VALIDATION, 2),
    np.zeros(2, np.float32),
    np.ones(2, np.float32),
)


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Clusters(np.array([0, 1, 2, 3, 4, 5, 0, 7, 8, 9]), ["Some look alike."])
    monkeypatch.setattr(clusters, "find", lambda *_: found)
    for name in ("of_heads", "of_networks"):
        monkeypatch.setattr(fold_training, name, lambda *arguments: ANSWERS)


def judge(
    folder: Path,
    *,
    frozen: bool = True,
    seconds: float = 60.0,
    most: float | None = None,
    check: Any = lambda: None,
    **given: str,
) -> Any:
    architecture = "efficientnet-lite0" if frozen else "cnn"
    settings = hyperparameters.parse({"architecture": architecture, "epochs": "1", **given})
    job = Job(Places(*[folder] * 6), settings, None, most)
    progress = Progress({"loss": [0.5]}, seconds)
    learner = Learner(lambda _: EXPORTED, None, FROZEN if frozen else None)
    return out_of_sample.every_image(job, DATA, learner, progress, folder, check)


def test_the_temperature_is_that_of_the_folds_answers_to_the_training_images(
    tmp_path: Path,
) -> None:
    judged, document = judge(tmp_path)
    temperature = calibration.fit(ANSWERS[:TRAIN], LABELS[:TRAIN])
    assert document == {
        "temperature": temperature,
        "fitted_on": "folds",
        "images": TRAIN,
        "folds": 5,
        "clusters": 9,
        "reason": None,
        "remarks": ["Some look alike."],
    }
    np.testing.assert_allclose(judged.probabilities, calibration.apply(ANSWERS, temperature))
    assert judged.folds[0] == judged.folds[6]
    assert set(judged.folds) == {1, 2, 3, 4, 5}
    np.testing.assert_array_equal(judged.features, [*FROZEN.train[0], *FROZEN.validation])


def test_a_network_trained_whole_is_judged_by_folds_when_asked_for(tmp_path: Path) -> None:
    judged, document = judge(tmp_path, frozen=False, folds="3")
    assert (document["folds"], document["fitted_on"], judged.features) == (3, "folds", None)


def assert_by_validation(judged: Any, document: Any, reason: str) -> None:
    temperature = calibration.fit(EXPORTED, LABELS[TRAIN:])
    assert (judged.probabilities, judged.folds) == (None, None)
    assert (document["fitted_on"], document["images"], document["folds"]) == (
        *("validation", VALIDATION, 0),
    )
    assert document["temperature"] == pytest.approx(temperature)
    assert document["reason"] == reason


def test_without_folds_the_validation_images_decide_and_the_remedy_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reason = (
        "For cnn each fold costs a whole training. Set folds to 5 to judge every image, in about "
        "5 minutes more."
    )
    judged, document = judge(tmp_path, frozen=False)
    assert_by_validation(judged, document, reason)
    assert judged.clusters.tolist() == [0, 1, 2, 3, 4, 5, 0, 7, 8, 9]
    assert reason in capsys.readouterr().out


def test_folds_can_be_declined(tmp_path: Path) -> None:
    reason = "It was asked for with folds = 1. Leave folds out to judge every image."
    assert_by_validation(*judge(tmp_path, folds="1"), reason)


TOO_LONG = (
    "It takes longer than the 18 minutes that are left of the job's 30. Let the job run longer, or "
    "set folds to fewer."
)


def test_folds_that_the_job_has_no_time_for_are_not_begun(tmp_path: Path) -> None:
    given = {"frozen": False, "most": 1800.0, "seconds": 540.0}
    assert_by_validation(*judge(tmp_path, folds="3", **given), TOO_LONG)
    assert judge(tmp_path, folds="2", **given)[1]["folds"] == 2


def test_judging_ends_when_the_job_s_time_is_nearly_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter([0.0, 1079.0, 1081.0])
    monkeypatch.setattr(out_of_sample.time, "monotonic", lambda: next(moments))

    def of_heads(_: Any, __: Any, plan: fold_training.FoldPlan) -> Any:
        plan.check()
        plan.check()

    monkeypatch.setattr(fold_training, "of_heads", of_heads)
    assert_by_validation(*judge(tmp_path, most=1800.0, seconds=540.0), TOO_LONG)


def test_a_job_that_is_asked_to_stop_judges_nothing(tmp_path: Path) -> None:
    def check() -> None:
        raise Interrupted

    judged, document = judge(tmp_path, check=check)
    reason = "The job was asked to stop. Start it again to judge every image."
    assert_by_validation(judged, document, reason)
    assert judged.clusters.tolist() == list(range(TRAIN + VALIDATION))


def test_a_single_cluster_cannot_be_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "find", lambda *_: Clusters(np.zeros(10, np.int64), []))
    reason = (
        "All images are equal or in one group, so none can be judged by the others. Photograph "
        "more parts."
    )
    assert_by_validation(*judge(tmp_path), reason)


def test_no_room_for_the_images_of_a_fold_is_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_networks(*_: Any) -> Any:
        raise JobError("There is no room.")

    monkeypatch.setattr(fold_training, "of_networks", of_networks)
    assert_by_validation(*judge(tmp_path, frozen=False, folds="2"), "There is no room.")


def test_patience_judges_by_the_epoch_that_is_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = []
    monkeypatch.setattr(fold_training, "of_heads", lambda *given: plans.append(given[2]) or ANSWERS)
    monkeypatch.setattr(Progress, "exported_epoch", lambda _, patience: 7 if patience else 9)
    judge(tmp_path, patience="3")
    judge(tmp_path)
    assert [plan.epochs for plan in plans] == [7, 9]
