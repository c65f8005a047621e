"""Predict against moto: each image answered once, whatever is delivered how often."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import pytest

from common import clock, keys
from common.current_model import CurrentModel
from predict import judge, scheduler
from predict.handler import handle
from predict.model import Model
from tests.support.answers import RUN, colour_model, picture
from tests.support.aws import Stack
from tests.support.context import LambdaContext

NOW = datetime(2031, 11, 27, 12, 0, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def environment(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIMUM_CONFIDENCE", "0.5")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "droptrain")
    monkeypatch.setenv("SCHEDULER_ROLE_ARN", "arn:aws:iam::123456789012:role/scheduler")
    monkeypatch.setenv("FAILURE_QUEUE_ARN", "arn:aws:sqs:us-east-1:123456789012:failures")
    queue = aws.sqs.create_queue(QueueName="inbox")["QueueUrl"]
    monkeypatch.setenv("INBOX_QUEUE_URL", queue)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(judge, "read_model", read_model)


def read_model(_: Any, run: str) -> Model:
    return colour_model(run)


def promote(aws: Stack, run: str = RUN, previous: str | None = None) -> None:
    current = CurrentModel(
        run=run, dataset="d", ended_at=NOW, since=NOW, by="gate", previous=previous
    )
    aws.put(keys.CURRENT_MODEL, current.to_json())


def message(key: str, name: str = "") -> dict[str, str]:
    record = {
        "eventName": "ObjectCreated:Put",
        "eventTime": "2031-11-27T12:00:00Z",
        "s3": {"object": {"key": quote_plus(key)}},
    }
    return {"messageId": name or key, "body": json.dumps({"Records": [record]})}


def send(*messages: dict[str, str], request: str = "request") -> list[str]:
    answer = handle({"Records": list(messages)}, LambdaContext(aws_request_id=request))
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def drop(aws: Stack, **colours: str) -> None:
    for number, (name, colour) in enumerate(colours.items()):
        aws.put(f"inbox/{name}.png", picture(colour, number))


def lines(aws: Stack) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for key in aws.keys("predictions/2031-")
        if key.endswith(".jsonl")
        for line in aws.get(key).splitlines()
    ]


def pages(day: str | None = "2031-11-27", kind: str = "pages") -> int:
    event = {"source": "droptrain.predictions", "kind": kind, "day": day}
    answers: int = handle(event, LambdaContext())["answers"]
    return answers


def table(aws: Stack, day: str = "2031-11-27") -> list[dict[str, str]]:
    text = aws.get(f"predictions/{day}.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_each_image_of_a_batch_has_a_line(aws: Stack):
    promote(aws)
    drop(aws, a="good", b="scratch", c="grey")

    assert send(*(message(f"inbox/{name}.png") for name in "abc")) == []

    found = {line["key"]: line for line in lines(aws)}
    assert found["inbox/a.png"]["class"] == "good"
    assert found["inbox/b.png"]["decision"] == "class"
    assert found["inbox/c.png"]["decision"] == "unsure"
    assert {line["run"] for line in found.values()} == {RUN}
    assert all(line["etag"] and '"' not in line["etag"] for line in found.values())


def test_what_cannot_be_read_is_answered_and_not_tried_again(aws: Stack):
    promote(aws)
    aws.put("inbox/notes.txt", b"no picture")
    aws.put("inbox/empty.png", b"")

    assert send(message("inbox/notes.txt"), message("inbox/empty.png")) == []

    assert {line["decision"] for line in lines(aws)} == {"unreadable"}
    assert all(line["reason"] and line["class"] is None for line in lines(aws))


def test_a_file_that_is_too_large_is_answered(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    promote(aws)
    drop(aws, a="good")
    for module in ("predict.judge", "predict.workflow"):
        monkeypatch.setattr(f"{module}.MAXIMUM_FILE_BYTES", 50)

    assert send(message("inbox/a.png")) == []

    assert lines(aws)[0]["reason"] == judge.TOO_LARGE


@pytest.mark.parametrize("key", ["inbox/", "inbox/a/", "inbox/.DS_Store", "inbox/__MACOSX/a.png"])
def test_junk_has_no_answer(aws: Stack, key: str):
    promote(aws)
    aws.put(key, b"")

    assert send(message(key)) == []

    assert aws.keys("predictions/") == []


def test_an_image_that_was_moved_meanwhile_has_none_either(aws: Stack):
    promote(aws)

    assert send(message("inbox/gone.png")) == []
    assert lines(aws) == []


def test_one_failure_leaves_the_other_images_answered(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    promote(aws)
    drop(aws, a="good", b="scratch")
    answer = judge.Judge.answer

    def fail(self: Any, key: str, *others: Any) -> Any:
        if key == "inbox/b.png":
            raise MemoryError
        return answer(self, key, *others)

    monkeypatch.setattr(judge.Judge, "answer", fail)
    poison = {"messageId": "poison", "body": '{"Records": ['}

    failed = send(message("inbox/a.png"), message("inbox/b.png", "second"), poison)

    assert failed == ["poison", "second"]
    assert [line["key"] for line in lines(aws)] == ["inbox/a.png"]


def test_events_that_come_twice_leave_each_image_once(aws: Stack):
    promote(aws)
    drop(aws, a="good", b="scratch")
    both = [message("inbox/a.png", "1"), message("inbox/b.png", "2")]

    send(*both, message("inbox/a.png", "3"), request="first")
    send(*both, request="second")

    assert len(lines(aws)) == 4  # two batches, each with each image once
    assert pages() == 2
    assert sorted(row["key"] for row in table(aws)) == ["inbox/a.png", "inbox/b.png"]


def test_the_pages_are_scheduled_once_for_the_end_of_the_minute(aws: Stack):
    promote(aws)
    drop(aws, a="good")

    send(message("inbox/a.png"), request="first")
    scheduler.seen.clear()
    send(message("inbox/a.png"), request="second")

    [(name, event)] = aws.schedules().items()
    assert name == "predict-pages-2031-11-27-1953547260"
    assert event["day"] == "2031-11-27"
    assert (event["source"], event["kind"]) == ("droptrain.predictions", "pages")


def test_pages_add_what_came_since_and_read_nothing_twice(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    promote(aws)
    drop(aws, a="good", b="scratch", c="oil")
    send(message("inbox/a.png"), request="first")
    pages()
    later = NOW + timedelta(hours=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    send(message("inbox/b.png"), request="second")
    read = []
    get = judge.Bucket.get

    def remember(self: Any, key: str) -> bytes | None:
        read.append(key)
        return get(self, key)

    monkeypatch.setattr(judge.Bucket, "get", remember)

    assert pages() == 2

    assert [key for key in read if "/1" in key and key.endswith(".jsonl")] == [
        "predictions/2031-11-27/150030-second.jsonl"
    ]
    assert [row["class"] for row in table(aws)] == ["good", "scratch"]


def test_a_batch_that_ended_late_is_not_overlooked(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    promote(aws)
    drop(aws, a="good", b="scratch")
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=1))
    send(message("inbox/a.png"), request="quick")
    pages()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    send(message("inbox/b.png"), request="slow")

    assert pages() == 2


def test_the_page_shows_answers_with_their_pictures(aws: Stack):
    promote(aws)
    drop(aws, a="good", b="grey")
    send(message("inbox/a.png"), message("inbox/b.png"))

    pages()

    page = aws.get("predictions/latest.html").decode()
    assert page.count("data:image/jpeg;base64,") == 2
    assert "inbox/a.png" in page
    assert "unsure" in page


def test_an_older_day_leaves_the_newest_page_alone(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    promote(aws)
    drop(aws, a="good", b="scratch")
    send(message("inbox/a.png"), request="first")
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=1))
    send(message("inbox/b.png"), request="second")
    pages("2031-11-28")
    newest = aws.get("predictions/latest.html")

    assert pages("2031-11-27") == 1

    assert aws.get("predictions/latest.html") == newest
    assert table(aws, "2031-11-27")[0]["key"] == "inbox/a.png"


def test_what_is_unsure_stays_in_the_review_for_days(aws: Stack, monkeypatch: pytest.MonkeyPatch):
    promote(aws)
    drop(aws, a="grey", b="good")
    send(message("inbox/a.png"), message("inbox/b.png"), request="first")
    pages()
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=1))
    aws.put("inbox/c.png", picture("grey", 9))
    send(message("inbox/c.png"), request="second")
    pages("2031-11-28")

    review = aws.get("predictions/review.html").decode()

    assert review.index("inbox/c.png") < review.index("inbox/a.png")
    assert "inbox/b.png" not in review
    assert "aws s3 mv" in review


def test_without_a_model_the_page_says_so_and_the_first_model_answers_all(aws: Stack):
    drop(aws, a="good", b="scratch")
    aws.put("inbox/.DS_Store", b"x")
    assert send(message("inbox/a.png"), message("inbox/b.png")) == []
    assert lines(aws) == []
    pages()
    assert b"as soon as the first run" in aws.get("predictions/latest.html")

    promote(aws)
    assert send(message(keys.CURRENT_MODEL)) == []
    asked = received(aws)
    assert send(*asked) == []

    assert sorted(line["key"] for line in lines(aws)) == ["inbox/a.png", "inbox/b.png"]


def test_a_later_model_answers_nothing_again(aws: Stack):
    drop(aws, a="good")
    promote(aws, "51af3dc0-cf6336ca-7393851c-2", previous=RUN)

    assert send(message(keys.CURRENT_MODEL)) == []

    assert received(aws) == []


def received(aws: Stack) -> list[dict[str, str]]:
    url = aws.sqs.get_queue_url(QueueName="inbox")["QueueUrl"]
    answer = aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [
        {"messageId": item["MessageId"], "body": item["Body"]}
        for item in answer.get("Messages", [])
    ]


def test_a_new_model_takes_over_with_the_next_batch(aws: Stack):
    promote(aws)
    drop(aws, a="good", b="good")
    send(message("inbox/a.png"), request="first")
    promote(aws, "51af3dc0-cf6336ca-7393851c-2", previous=RUN)

    send(message("inbox/b.png"), request="second")

    assert [line["run"][-1] for line in lines(aws)] == ["1", "2"]


@pytest.mark.parametrize(
    ("colours", "drifts"), [(["good", "scratch"] * 30, False), (["scratch"] * 60, True)]
)
def test_a_day_that_is_over_is_compared_with_validation(
    aws: Stack,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    colours: list[str],
    drifts: bool,
):
    promote(aws)
    rows = ["file,class,predicted,probability,p:good,p:oil,p:scratch"]
    rows += ["x,good,good,0.9,0.9,0.05,0.05", "y,scratch,scratch,0.9,0.05,0.05,0.9"] * 50
    aws.put(keys.run_predictions(RUN), "\n".join(rows).encode())
    for number, colour in enumerate(colours):
        aws.put(f"inbox/{number}.png", picture(colour, number))
    send(*(message(f"inbox/{number}.png") for number in range(len(colours))))
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=1))

    assert pages(None, "daily") == len(colours)

    sent = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    [drift] = [record["Drift"][0] for record in sent if "Drift" in record]
    shares = {record["answer"]: record["Share"][0] for record in sent if "Share" in record}
    assert (drift > 3) == drifts
    assert shares["scratch"] == (1.0 if drifts else 0.5)
    assert shares["unknown"] == 0
