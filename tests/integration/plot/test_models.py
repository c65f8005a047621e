"""Which run's model becomes the current one: by the gate when it ends, and by a person."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from common import keys
from common.current_model import CurrentModel, read_current_model, read_history
from common.model_files import NETWORK
from common.s3 import Bucket
from plot import admission, gate, workflow
from tests.integration.plot.conftest import BUCKET, Stack
from tests.integration.plot.test_results import (
    SHAPE,
    completed,
    metrics_of,
    page_of,
    put_dataset,
    put_run,
    run_named,
    runs_of,
)
from tests.support.events import load_event
from tests.support.runs import archive_of, files_of

Plot = Callable[[dict[str, Any]], dict[str, Any]]


def put_model(
    stack: Stack, number: int, *, mistakes: int = 0, tested: int = 0, failed: int = 0
) -> None:
    """Put a run with a model, which is wrong about so many of its 60 images, and no others.

    It was `tested` on so many more images, and `failed` on some.
    """
    files = files_of(replace(SHAPE, tested=tested))
    files["predictions.csv"] = with_mistakes(files["predictions.csv"], mistakes)
    if tested:
        files["test_predictions.csv"] = with_mistakes(files["test_predictions.csv"], failed)
    put_run(stack, number, files)
    stack.put(keys.run_model_archive(run_named(number)), archive_of({NETWORK: b"a network"}))


def with_mistakes(table: bytes, mistakes: int) -> bytes:
    """Change a table of predictions so that the first few are wrong and all others right."""
    header, *rows = table.decode().splitlines()
    truth, predicted = (header.split(",").index(name) for name in ("class", "predicted"))
    cells = [row.split(",") for row in rows]
    for place, row in enumerate(cells):
        others = [name for name in SHAPE.classes if name != row[truth].strip('"')]
        row[predicted] = others[0] if place < mistakes else row[truth]
    return "\n".join([header, *map(",".join, cells)]).encode()


def run_to_the_end(stack: Stack, plot: Plot, number: int, **model: int) -> None:
    put_model(stack, number, **model)
    plot(completed(number))


def current() -> CurrentModel:
    model = read_current_model(Bucket(BUCKET))
    assert model is not None
    return model


def history(stack: Stack) -> list[tuple[str, str, str | None]]:
    lines = read_history(stack.get(keys.MODEL_HISTORY))
    return [(line.by, line.run, line.previous) for line in lines]


def asked(plot: Plot, kind: str, run: str = "") -> dict[str, Any]:
    return plot({"source": "droptrain.model", "kind": kind, "run": run})


def page_of_runs(stack: Stack) -> str:
    return stack.get(keys.RUNS_HTML).decode()


def test_the_first_run_becomes_the_current_model(stack: Stack, plot: Plot) -> None:
    put_dataset(stack)
    run_to_the_end(stack, plot, 1)

    assert (current().run, current().by, current().previous) == (run_named(1), "gate", None)
    assert history(stack) == [("gate", run_named(1), None)]
    record = metrics_of(stack, 1)
    sentence = record["facts"]["gate"]
    assert record["model"] == "current"
    assert sentence.startswith("It became the current model: there was none before.")
    assert "It became the current model: there was none before." in page_of(stack)
    assert "droptrain promote" not in page_of(stack)
    [message] = stack.messages()
    assert sentence in message["Message"].splitlines()
    status = stack.status()
    assert status["run"]["gate"] == sentence
    assert status["model"]["state"] == "current"
    assert status["model"]["sentence"].startswith(f"{run_named(1)} has been the current model")
    assert status["state"] == "done"
    assert runs_of(stack)[0]["model"] == "current"
    assert "current model" in page_of_runs(stack)


def test_a_worse_run_waits_and_everything_names_the_command(stack: Stack, plot: Plot) -> None:
    put_dataset(stack)
    run_to_the_end(stack, plot, 1)
    stack.messages()
    run_to_the_end(stack, plot, 2, mistakes=9)

    command = f"droptrain promote {run_named(2)}"
    assert current().run == run_named(1)
    record = metrics_of(stack, 2)
    assert record["model"] == "candidate"
    assert record["facts"]["gate"].startswith(
        f"It became a candidate only: it is worse than the current model, {run_named(1)}: on the "
        "60 validation images that both runs share, 0 went from wrong to right and 9 from right to "
        "wrong"
    )
    assert command in page_of(stack, 2)
    assert command in page_of_runs(stack)
    assert page_of_runs(stack).count("<b>current model</b>") == 1
    [message] = stack.messages()
    assert f"to make it the current model: {command}" in message["Message"].splitlines()
    model = stack.status()["model"]
    assert (model["state"], model["to_promote"]) == ("candidate", command)
    assert f"{run_named(1)} has been the current model" in model["sentence"]
    assert f"<code>{command}</code>" in stack.get(keys.STATUS_HTML).decode()


def test_a_run_that_is_not_worse_replaces_the_current_model(stack: Stack, plot: Plot) -> None:
    put_dataset(stack)
    run_to_the_end(stack, plot, 1, mistakes=2)
    run_to_the_end(stack, plot, 2, mistakes=2)

    assert history(stack) == [
        ("gate", run_named(1), None),
        ("gate", run_named(2), run_named(1)),
    ]
    assert current().run == run_named(2)


def test_a_run_is_compared_with_the_current_model_not_with_the_run_before(
    stack: Stack, plot: Plot
) -> None:
    put_dataset(stack)
    run_to_the_end(stack, plot, 1)
    run_to_the_end(stack, plot, 2, mistakes=20)
    run_to_the_end(stack, plot, 3, mistakes=10)

    record = metrics_of(stack, 3)
    assert record["figures"]["comparison"]["run_before"] == run_named(2)
    assert record["figures"]["comparison"]["verdict"] == "better"
    assert record["model"] == "candidate"
    assert run_named(1) in record["facts"]["gate"]


def test_the_sealed_test_set_decides_and_each_run_is_a_look_at_it(stack: Stack, plot: Plot) -> None:
    put_dataset(stack)
    run_to_the_end(stack, plot, 1, mistakes=9, tested=60)
    run_to_the_end(stack, plot, 2, tested=60, failed=8)
    plot(completed(2))

    assert current().run == run_named(1)
    record = metrics_of(stack, 2)
    assert (
        "on the 60 sealed test images that both runs share, 0 went from wrong to right and 8"
        in record["facts"]["gate"]
    )
    tested = record["figures"]["sealed_test"]
    assert (tested["looks"], tested["accuracy"]["hits"]) == (2, 52)
    assert len(stack.get(keys.TEST_LOOKS).splitlines()) == 2
    assert "This run is number 2 that was measured on these 60 images" in page_of(stack, 2)
    kept = keys.run_file(run_named(2), "test_predictions.csv")
    assert kept in record["files"]


@pytest.mark.parametrize(("undecided", "expected"), [("true", 2), ("false", 1)])
def test_runs_that_share_no_image_are_decided_by_the_parameter(
    stack: Stack, plot: Plot, monkeypatch: pytest.MonkeyPatch, undecided: str, expected: int
) -> None:
    monkeypatch.setenv("PROMOTE_WHEN_UNDECIDED", undecided)
    run_to_the_end(stack, plot, 1)  # without a manifest no image can be matched
    run_to_the_end(stack, plot, 2)

    assert current().run == run_named(expected)
    assert "too few images tell" in metrics_of(stack, 2)["facts"]["gate"]


def test_a_run_below_the_least_macro_f1_waits(
    stack: Stack, plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINIMUM_MACRO_F1", "0.9")
    put_dataset(stack)
    run_to_the_end(stack, plot, 1, mistakes=12)

    assert read_current_model(Bucket(BUCKET)) is None
    assert "below MinimumMacroF1, 90.0 %" in metrics_of(stack, 1)["facts"]["gate"]
    model = stack.status()["model"]
    assert (model["state"], model["to_promote"]) == (
        "candidate",
        f"droptrain promote {run_named(1)}",
    )


def test_a_run_that_left_no_model_or_failed_is_no_candidate(stack: Stack, plot: Plot) -> None:
    put_run(stack, 1, files_of(SHAPE))
    plot(completed(1))
    plot(completed(2, load_event("sagemaker/job_failed")))

    for number in (1, 2):
        assert "model" not in metrics_of(stack, number)
        assert "gate" not in metrics_of(stack, number)["facts"]
    assert "model" not in stack.status()


def test_the_same_event_again_changes_nothing(stack: Stack, plot: Plot) -> None:
    put_dataset(stack)
    run_to_the_end(stack, plot, 1)
    run_to_the_end(stack, plot, 2, mistakes=9)
    before = stack.versions()

    plot(completed(1))
    plot(completed(2))

    assert stack.versions() == before


def test_a_late_event_of_an_older_run_does_not_replace_a_newer_model(
    stack: Stack, plot: Plot
) -> None:
    put_dataset(stack)
    put_model(stack, 1)
    run_to_the_end(stack, plot, 2, mistakes=12)
    plot(completed(1))

    assert current().run == run_named(2)
    assert metrics_of(stack, 1)["model"] == "candidate"
    assert "was trained later" in metrics_of(stack, 1)["facts"]["gate"]
    # A candidate that is older than the current model doesn't wait for anybody.
    assert stack.status()["model"]["state"] == "current"


def test_drawing_again_decides_nothing_again(stack: Stack, plot: Plot) -> None:
    put_dataset(stack)
    run_to_the_end(stack, plot, 1, mistakes=1)
    run_to_the_end(stack, plot, 2, mistakes=1)
    asked(plot, "rollback")
    before = metrics_of(stack, 2)

    event = completed(2)
    plot({**event, "detail": {**event["detail"], "DrawAgain": True}})

    assert current().run == run_named(1)
    assert metrics_of(stack, 2) == before


def test_a_run_that_ended_before_a_person_chose_waits(stack: Stack, plot: Plot) -> None:
    put_dataset(stack)
    run_to_the_end(stack, plot, 1)
    run_to_the_end(stack, plot, 2)
    asked(plot, "promote", run_named(1))  # now, long after the third run's end
    run_to_the_end(stack, plot, 3)

    assert current().run == run_named(1)
    assert "was chosen by hand" in metrics_of(stack, 3)["facts"]["gate"]


def test_an_attempt_that_died_after_the_change_is_completed_by_the_next(
    stack: Stack, plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_dataset(stack)
    put_model(stack, 1)
    with monkeypatch.context() as patch:
        patch.setattr(workflow.publish, "write_report", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            plot(completed(1))
    since = current().since

    plot(completed(1))

    assert (current().run, current().since) == (run_named(1), since)
    assert metrics_of(stack, 1)["facts"]["gate"].startswith("It became the current model: there")
    assert len(history(stack)) == 1


def test_an_attempt_that_died_between_change_and_history_is_completed(
    stack: Stack, plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_dataset(stack)
    put_model(stack, 1)
    put = Bucket.put

    def dying(bucket: Bucket, key: str, *arguments: Any, **options: Any) -> str:
        if key == keys.MODEL_HISTORY:
            raise TimeoutError
        return put(bucket, key, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Bucket, "put", dying)
        with pytest.raises(TimeoutError):
            plot(completed(1))
    assert current().run == run_named(1)
    assert keys.MODEL_HISTORY not in stack.versions()

    plot(completed(1))

    assert history(stack) == [("gate", run_named(1), None)]


def test_a_model_that_became_current_meanwhile_is_what_a_run_is_compared_with(
    stack: Stack, plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_dataset(stack)
    put_model(stack, 1)
    put_model(stack, 2, mistakes=12)
    decide, seen = gate.decide, []

    def meanwhile(macro_f1: Any, before: str | None, *others: Any) -> gate.GateDecision:
        seen.append(before)
        if len(seen) == 1:
            plot(completed(1))
        return decide(macro_f1, before, *others)

    monkeypatch.setattr(admission.gate, "decide", meanwhile)
    plot(completed(2))

    assert seen == [None, None, run_named(1)]  # this run, the other, and this again
    assert current().run == run_named(1)
    assert "it is worse" in metrics_of(stack, 2)["facts"]["gate"]


def test_a_person_promotes_a_candidate_and_goes_back(stack: Stack, plot: Plot) -> None:
    put_dataset(stack)
    run_to_the_end(stack, plot, 1)
    run_to_the_end(stack, plot, 2, mistakes=9)

    promoted = asked(plot, "promote", run_named(2))
    assert promoted == {
        "outcome": "changed",
        "sentence": f"{run_named(2)} is the current model now, after {run_named(1)}.",
        "run": run_named(2),
        "previous": run_named(1),
    }
    model = stack.status()["model"]
    assert (model["state"], "to_promote" in model) == ("current", False)
    assert f"{run_named(2)} has been the current model" in model["sentence"]
    assert "candidate" not in page_of_runs(stack)

    assert asked(plot, "rollback")["run"] == run_named(1)
    assert asked(plot, "rollback")["run"] == run_named(2)
    assert history(stack) == [
        ("gate", run_named(1), None),
        ("promote", run_named(2), run_named(1)),
        ("rollback", run_named(1), run_named(2)),
        ("rollback", run_named(2), run_named(1)),
    ]


@pytest.mark.parametrize("kind", ["promote", "rollback"])
def test_a_request_that_is_repeated_is_fulfilled_once(stack: Stack, plot: Plot, kind: str) -> None:
    put_dataset(stack)
    run_to_the_end(stack, plot, 1, mistakes=1)
    run_to_the_end(stack, plot, 2, mistakes=1)
    assert asked(plot, kind, run_named(1))["outcome"] == "changed"
    assert asked(plot, kind, run_named(1)) == {
        "outcome": "unchanged",
        "sentence": f"{run_named(1)} is the current model already.",
        "run": run_named(1),
        "previous": None,
    }
    assert len(history(stack)) == 3


def test_a_request_that_can_t_be_fulfilled_is_answered_with_the_remedy(
    stack: Stack, plot: Plot
) -> None:
    plot(completed(1, load_event("sagemaker/job_failed_capacity")))
    put_run(stack, 2, files_of(SHAPE))
    plot(completed(2))

    answers = {
        "failed": asked(plot, "promote", run_named(1)),
        "no model": asked(plot, "promote", run_named(2)),
        "unknown": asked(plot, "promote", "nothing"),
        "first": asked(plot, "rollback"),
    }

    assert {answer["outcome"] for answer in answers.values()} == {"refused"}
    assert "AWS had no free machine" in answers["failed"]["sentence"]
    assert keys.run_model_archive(run_named(2)) in answers["no model"]["sentence"]
    assert keys.RUNS_HTML in answers["unknown"]["sentence"]
    assert "`droptrain promote RUN`" in answers["first"]["sentence"]
    assert stack.s3.list_objects_v2(Bucket=BUCKET, Prefix=keys.MODELS)["KeyCount"] == 0


def test_a_run_of_an_earlier_version_gets_the_files_that_answering_needs(
    stack: Stack, plot: Plot
) -> None:
    put_dataset(stack)
    run_to_the_end(stack, plot, 1)
    record = metrics_of(stack, 1)
    network = keys.run_model_file(run_named(1), NETWORK)
    record["files"].remove(network)
    for key in (network, keys.CURRENT_MODEL, keys.MODEL_HISTORY):
        stack.s3.delete_object(Bucket=BUCKET, Key=key)
    stack.put(keys.run_metrics(run_named(1)), json.dumps(record).encode())

    assert asked(plot, "promote", run_named(1))["outcome"] == "changed"
    assert stack.get(network) == b"a network"


def test_the_time_of_the_change_is_in_the_pointer(stack: Stack, plot: Plot) -> None:
    before = datetime.now(UTC)
    run_to_the_end(stack, plot, 1)

    document = json.loads(stack.get(keys.CURRENT_MODEL))
    assert before <= datetime.fromisoformat(document["since"]) <= datetime.now(UTC)
    assert document["ended_at"] == metrics_of(stack, 1)["ended_at"]
