"""From SageMaker's event to plots, a status and exactly one notification."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from PIL import Image

from common import keys
from common.errors import BusyError
from common.observability import logger
from common.sns import Topic
from common.status import StatusBoard
from common.time_limit import TimeLimitError
from plot import publish
from plot.analysis import Analysis
from plot.errors import MissingArchiveError
from plot.figures.canvas import Caption
from plot.figures.collection import Drawing
from plot.handler import handle
from tests.integration.plot.conftest import Stack
from tests.support.archives import HISTORY, PREDICTIONS, member, output_archive, pack
from tests.support.context import LambdaContext
from tests.support.events import event_names, load_event
from tests.support.jobs import RUN
from tests.support.waiting import HANG_SECONDS

Plot = Callable[[dict[str, Any]], dict[str, Any]]

PLOTS = ["accuracy", "loss", "confusion-matrix", "classes", "calibration", "dataset"]
RESULTS = {
    keys.run_file(RUN, "history.json"),
    keys.run_predictions(RUN),
    keys.run_file(RUN, "config.json"),
    keys.run_file(RUN, "skipped.json"),
    *(keys.run_plot(RUN, name) for name in PLOTS),
}
PAGES = {keys.run_report(RUN), keys.run_metrics(RUN), keys.RUNS_JSON, keys.RUNS_HTML}
COMPLETED = load_event("sagemaker/job_completed")


def raising(error: BaseException) -> Callable[[Analysis], dict[str, Drawing]]:
    """Make a stand-in for `plots_of` whose first drawing fails."""

    def draw(caption: Caption) -> bytes:
        raise error

    return lambda analysis: {"accuracy": draw}


def ended(seconds_ago: float, event: dict[str, Any] = COMPLETED) -> dict[str, Any]:
    """Return the event as if the job had ended that long ago."""
    moment = int((time.time() - seconds_ago) * 1000)
    return {**event, "detail": {**event["detail"], "TrainingEndTime": moment}}


@pytest.mark.parametrize("name", [name for name in event_names("sagemaker") if "completed" in name])
def test_a_completed_job_leaves_plots_a_status_and_a_message(
    stack: Stack, plot: Plot, name: str
) -> None:
    stack.put_archive()

    answer = plot(load_event(name))

    assert answer == {"run": RUN, "state": "done", "notified": True}
    assert set(stack.versions()) >= RESULTS | PAGES
    assert json.loads(stack.get(keys.run_file(RUN, "history.json"))) == HISTORY
    assert stack.get(keys.run_predictions(RUN)).decode("utf-8-sig").encode() == PREDICTIONS
    run = stack.status()["run"]
    assert run["state"] == "done"
    assert run["best_epoch"] == 2
    assert run["exported_epoch"] == 3
    assert run["plots"] == [keys.run_plot(RUN, name) for name in PLOTS]
    assert run["report"] == keys.run_report(RUN)
    [message] = stack.messages()
    assert message["Subject"] == "droptrain: training done, accuracy 75.0 % on validation images"
    ended, judgement, *_ = message["Message"].splitlines()
    assert (ended, judgement) == (run["sentence"], run["judgement"])
    fetch = keys.fetch("droptrain-bucket-1a2b3c4d5e6f", keys.run_report(RUN))
    assert f"to open the report: {fetch}" in message["Message"]


def test_the_plots_are_pictures(stack: Stack, plot: Plot, pencil: Callable[[], None]) -> None:
    pencil()
    stack.put_archive()
    plot(COMPLETED)
    for name in PLOTS:
        with Image.open(io.BytesIO(stack.get(keys.run_plot(RUN, name)))) as image:
            assert image.format == "PNG"


def test_content_types_let_a_browser_show_the_results(stack: Stack, plot: Plot) -> None:
    stack.put_archive()
    plot(COMPLETED)
    types = {
        key.rsplit(".", 1)[-1]: stack.s3.head_object(
            Bucket="droptrain-bucket-1a2b3c4d5e6f", Key=key
        )["ContentType"]
        for key in RESULTS | PAGES
    }
    assert types == {
        "html": "text/html; charset=utf-8",
        "png": "image/png",
        "json": "application/json",
        "csv": "text/csv; charset=utf-8",
    }


def test_the_same_event_again_changes_nothing_and_notifies_nobody(stack: Stack, plot: Plot) -> None:
    stack.put_archive()
    plot(COMPLETED)
    stack.messages()
    before = stack.versions()

    answer = plot(COMPLETED)

    assert answer["notified"] is False
    assert stack.versions() == before
    assert stack.messages() == []


def test_a_retry_writes_only_what_is_missing(stack: Stack, plot: Plot) -> None:
    stack.put_archive()
    plot(COMPLETED)
    stack.s3.delete_object(Bucket="droptrain-bucket-1a2b3c4d5e6f", Key=keys.run_plot(RUN, "loss"))
    before = stack.versions()

    plot(COMPLETED)

    changed = {key for key, version in stack.versions().items() if before.get(key) != version}
    assert changed - {keys.run_metrics(RUN)} == {keys.run_plot(RUN, "loss")}


@pytest.mark.parametrize(
    ("name", "state", "words"),
    [
        ("job_failed", "failed", "no image in the training channel could be read"),
        ("job_failed_string_times_tag_list", "failed", "no image in the training channel"),
        ("job_failed_capacity", "failed", "AWS had no free machine"),
        ("job_stopped", "stopped", "stopped by hand"),
        ("job_stopped_max_runtime", "stopped", "in the time allowed"),
    ],
)
def test_a_job_that_failed_or_stopped_is_explained(
    stack: Stack, plot: Plot, name: str, state: str, words: str
) -> None:
    answer = plot(load_event(f"sagemaker/{name}"))

    assert answer == {"run": RUN, "state": state, "notified": True}
    run = stack.status()["run"]
    assert run["state"] == state
    assert words in run["sentence"]
    assert run["what_to_do"] in run["sentence"]
    [message] = stack.messages()
    assert message["Subject"] == f"droptrain: training {state}"
    assert words in message["Message"]
    assert not RESULTS & set(stack.versions())


def test_a_stopped_job_with_results_gets_its_plots(stack: Stack, plot: Plot) -> None:
    stack.put_archive()
    plot(load_event("sagemaker/job_stopped"))
    assert set(stack.versions()) >= RESULTS
    assert "It had completed 3 epochs." in stack.status()["run"]["sentence"]


def test_a_failed_job_with_a_damaged_archive_is_still_explained(stack: Stack, plot: Plot) -> None:
    stack.put_archive(b"half an archive")
    assert plot(load_event("sagemaker/job_failed"))["state"] == "failed"


def test_a_missing_archive_is_waited_for(stack: Stack, plot: Plot) -> None:
    with pytest.raises(MissingArchiveError):
        plot(ended(seconds_ago=5))
    assert stack.versions() == {}
    assert stack.messages() == []

    stack.put_archive()
    assert plot(ended(seconds_ago=65))["state"] == "done"


def test_an_archive_that_never_comes_is_reported(stack: Stack, plot: Plot) -> None:
    answer = plot(ended(seconds_ago=190))
    assert answer == {"run": RUN, "state": "failed", "notified": True}
    assert "output.tar.gz is not in the bucket" in stack.status()["run"]["failure_reason"]
    assert "can't be read" in stack.messages()[0]["Message"]


@pytest.mark.parametrize(
    "archive",
    [
        b"",
        b"no archive",
        output_archive()[:200],
        pack([member("../history.json", b"{}"), member("/history.json", b"{}")]),
        pack([member("history.json", b"{}")]),
        pack([member("history.json", bytes(17 * 1024 * 1024))]),
    ],
    ids=["empty", "no archive", "cut off", "hostile", "no metrics", "too big"],
)
def test_a_completed_job_with_unusable_results_is_reported(
    stack: Stack, plot: Plot, archive: bytes
) -> None:
    stack.put_archive(archive)

    answer = plot(ended(seconds_ago=1))

    assert answer == {"run": RUN, "state": "failed", "notified": True}
    assert stack.status()["run"]["failure_reason"]
    assert len(stack.messages()) == 1
    assert not RESULTS & set(stack.versions())


def test_a_model_of_the_users_own_needs_a_history_only(stack: Stack, plot: Plot) -> None:
    stack.put_archive(pack([member("history.json", json.dumps(HISTORY).encode())]))
    assert plot(COMPLETED)["state"] == "done"
    assert keys.run_plot(RUN, "accuracy") in stack.versions()
    assert plot(COMPLETED)["notified"] is False


def test_a_retry_completes_interrupted_writes(
    stack: Stack, plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.put_archive()
    with monkeypatch.context() as patch:
        patch.setattr(publish, "plots_of", raising(OSError("killed")))
        with pytest.raises(OSError, match="killed"):
            plot(COMPLETED)
    assert stack.messages() == []

    assert plot(COMPLETED)["notified"] is True
    assert set(stack.versions()) >= RESULTS
    assert len(stack.messages()) == 1


def test_a_failing_plot_is_in_the_status_until_it_succeeds(
    stack: Stack, plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.put_archive()
    stack.put(keys.STATUS_JSON, board_of(RUN, datetime(2026, 3, 14, tzinfo=UTC)))
    with monkeypatch.context() as patch:
        patch.setattr(publish, "plots_of", raising(MemoryError()))
        with pytest.raises(MemoryError):
            plot(COMPLETED)

    run = stack.status()["run"]
    assert (run["state"], run["run"], stack.status()["state"]) == ("failing", RUN, "failing")
    assert "an unexpected MemoryError" in run["sentence"]
    assert "`droptrain plots`" in run["sentence"]
    plot(COMPLETED)
    assert stack.status()["run"]["state"] == "done"


def test_a_plot_that_takes_too_long_says_so(
    stack: Stack, plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plot.handler.report_run", lambda *_: time.sleep(HANG_SECONDS))

    with pytest.raises(TimeLimitError):
        handle(COMPLETED, LambdaContext(remaining_milliseconds=5_050))

    run = stack.status()["run"]
    assert run["state"] == "failing"
    assert "it took longer than the 5 s that Lambda allows" in run["sentence"]


def test_a_person_may_have_everything_drawn_again(stack: Stack, plot: Plot) -> None:
    stack.put_archive()
    plot(COMPLETED)
    stack.messages()
    written = [*RESULTS, keys.run_report(RUN), keys.run_metrics(RUN)]
    for key in written:
        stack.put(key, b"as it was")
    stack.put(keys.STATUS_JSON, board_of(RUN, datetime(2026, 3, 14, tzinfo=UTC)))
    again = {**COMPLETED, "detail": {**COMPLETED["detail"], "DrawAgain": True}}

    answer = plot(again)

    assert answer == {"run": RUN, "state": "done", "notified": False}
    assert [key for key in written if stack.get(key) == b"as it was"] == []
    assert stack.messages() == []
    assert stack.status()["run"]["state"] == "done"


def test_a_failing_plot_does_not_hide_newer_or_final_states(
    stack: Stack, plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = board_of(RUN[:-1] + "2", datetime.now(UTC))
    done = newer.replace(b"training", b"done").replace(RUN[:-1].encode() + b"2", RUN.encode())
    monkeypatch.setattr("plot.handler.report_run", lambda *_: 1 / 0)
    for board in (newer, done):
        stack.put(keys.STATUS_JSON, board)

        with pytest.raises(ZeroDivisionError):
            plot(COMPLETED)

        assert stack.get(keys.STATUS_JSON) == board


def test_a_failed_notification_is_retried_and_sent_once(
    stack: Stack, plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.put_archive()
    refusal = ClientError({"Error": {"Code": "Throttled", "Message": ""}}, "Publish")
    with monkeypatch.context() as patch:
        patch.setattr(Topic, "publish", lambda *_: (_ for _ in ()).throw(refusal))
        with pytest.raises(ClientError):
            plot(COMPLETED)
    assert stack.messages() == []

    assert plot(COMPLETED)["notified"] is True
    assert plot(COMPLETED)["notified"] is False
    assert len(stack.messages()) == 1


def test_an_event_during_the_notification_of_another_is_retried(stack: Stack, plot: Plot) -> None:
    stack.put_archive()
    lock = {"state": "held", "expires_at": time.time() + 3600}
    stack.put(keys.notification_lock("notified", RUN), json.dumps(lock).encode())
    with pytest.raises(BusyError):
        plot(COMPLETED)
    assert stack.messages() == []


def test_the_lock_of_a_dead_invocation_expires(stack: Stack, plot: Plot) -> None:
    stack.put_archive()
    lock = {"state": "held", "expires_at": time.time() - 1}
    stack.put(keys.notification_lock("notified", RUN), json.dumps(lock).encode())
    assert plot(COMPLETED)["notified"] is True


def test_a_slow_status_takes_no_time_of_the_lock(
    stack: Stack, plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise another invocation could take the lock over, and people be notified twice."""
    stack.put_archive()
    locked: list[bool] = []
    report = StatusBoard.report_run

    def look(*arguments: Any, **facts: Any) -> None:
        locked.append(keys.notification_lock("notified", RUN) in stack.versions())
        report(*arguments, **facts)

    monkeypatch.setattr(StatusBoard, "report_run", look)
    plot(COMPLETED)
    assert locked == [False]


def test_the_lock_expires_before_lambda_s_retry(
    stack: Stack, plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.put_archive()
    seen: list[tuple[float, float]] = []
    lock = keys.notification_lock("notified", RUN)

    def publish(*_: object) -> None:
        seen.append((json.loads(stack.get(lock))["expires_at"], time.time()))

    monkeypatch.setattr(Topic, "publish", publish)
    before = time.time()
    plot(COMPLETED)
    [(expires_at, told_at)] = seen
    first_retry_seconds = 60
    assert before < expires_at < told_at + first_retry_seconds


def board_of(run: str, updated_at: datetime) -> bytes:
    entry = {"state": "training", "sentence": "…", "updated_at": updated_at.isoformat(), "run": run}
    return json.dumps({**entry, "run": entry}).encode()


def test_a_late_event_does_not_hide_a_newer_run(stack: Stack, plot: Plot) -> None:
    stack.put_archive()
    newer = RUN[:-1] + "2"
    stack.put(keys.STATUS_JSON, board_of(newer, datetime.now(UTC)))

    assert plot(COMPLETED)["notified"] is True

    assert stack.status()["run"]["run"] == newer
    assert len(stack.messages()) == 1
    assert set(stack.versions()) >= RESULTS


def test_an_older_run_in_the_status_is_replaced(stack: Stack, plot: Plot) -> None:
    stack.put_archive()
    older = datetime.fromisoformat(COMPLETED["time"]) - timedelta(hours=1)
    stack.put(keys.STATUS_JSON, board_of("51af3dc0-00000000-7393851c-1", older))
    plot(COMPLETED)
    assert stack.status()["run"]["run"] == RUN


def test_the_drop_in_the_status_stays(stack: Stack, plot: Plot) -> None:
    stack.put_archive()
    drop = {"state": "waiting", "sentence": "s", "updated_at": "2026-03-14T09:00:00Z"}
    stack.put(keys.STATUS_JSON, json.dumps({**drop, "drop": drop}).encode())
    plot(COMPLETED)
    assert stack.status()["drop"] == drop


def test_log_lines_and_metrics(
    stack: Stack,
    plot: Plot,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack.put_archive()
    # Powertools keeps the standard output of the time when it was imported.
    log = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", log)

    plot(load_event("sagemaker/job_completed_tag_list"))

    *_, line = [json.loads(line) for line in log.getvalue().splitlines()]
    assert line["message"] == "the end of a run was recorded"
    assert line["correlation_id"] == "split-window-1773480600"
    [measured] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert measured["PlotsWritten"] == [float(len(PLOTS))]
    assert measured["PlotSeconds"][0] > 0
