"""The review of the labels in the bucket: page, table and script, and what leads to them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from common import keys
from tests.integration.plot.conftest import BUCKET, Stack
from tests.support.events import load_event
from tests.support.jobs import RUN
from tests.support.reviews import usual_drop, usual_files
from tests.support.runs import DATASET, Shape, archive_of, files_of

Plot = Callable[[dict[str, Any]], dict[str, Any]]

COMPLETED = load_event("sagemaker/job_completed")
PAGE, TABLE, SCRIPT = (keys.run_review(RUN, kind) for kind in ("html", "csv", "sh"))
DROP = usual_drop()
FILES = files_of(Shape(images=40, epochs=1, mistakes=0))


def put_run(stack: Stack, files: dict[str, bytes]) -> None:
    stack.put(keys.run_output_archive(RUN), archive_of(FILES | files))
    stack.put(keys.manifest(DATASET), DROP.manifest)


def test_page_table_and_script_name_the_objects_of_the_drop(stack: Stack, plot: Plot) -> None:
    put_run(stack, usual_files(DROP))

    plot(COMPLETED)

    page, script = stack.get(PAGE).decode(), stack.get(SCRIPT).decode()
    assert page.count("data:image/jpeg;base64,") == 12 * 4 + 8
    moved = f"s3://{BUCKET}/raw/good/IMG_0001.jpg"
    assert moved in page
    assert f"\nBUCKET={BUCKET}\n" in script
    assert '\n# aws s3 mv "s3://$BUCKET/"raw/good/IMG_0001.jpg "s3://$BUCKET/"raw/oil/' in script
    table = stack.get(TABLE).decode("utf-8-sig")
    assert "raw/good/IMG_0001.jpg" in {row["key"] for row in csv.DictReader(io.StringIO(table))}
    types = [
        stack.s3.head_object(Bucket=BUCKET, Key=key)["ContentType"] for key in (PAGE, TABLE, SCRIPT)
    ]
    assert types == [f"text/{kind}; charset=utf-8" for kind in ("html", "csv", "plain")]


def test_report_record_list_status_and_message_lead_to_it(stack: Stack, plot: Plot) -> None:
    put_run(stack, usual_files(DROP))

    plot(COMPLETED)

    sentence = "About 10 images may be labelled wrong"
    assert sentence in stack.get(keys.run_report(RUN)).decode()
    record = json.loads(stack.get(keys.run_metrics(RUN)))
    assert {PAGE, TABLE, SCRIPT} <= set(record["files"])
    assert record["figures"]["doubtful_labels"] == 10
    assert json.loads(stack.get(keys.RUNS_JSON))["runs"][0]["doubtful_labels"] == 10
    run = stack.status()["run"]
    assert (run["doubtful_labels"], run["review"]) == (sentence, PAGE)
    assert f"aws s3 cp s3://{BUCKET}/{PAGE} ." in stack.get(keys.STATUS_HTML).decode()
    [message] = stack.messages()
    assert f"\n{sentence}: s3://{BUCKET}/{PAGE}\n" in message["Message"]


def test_a_retry_writes_only_what_is_missing(stack: Stack, plot: Plot) -> None:
    put_run(stack, usual_files(DROP))
    plot(COMPLETED)
    stack.s3.delete_object(Bucket=BUCKET, Key=SCRIPT)
    before = stack.versions()

    plot(COMPLETED)

    changed = {key for key, version in stack.versions().items() if before.get(key) != version}
    assert changed - {keys.run_metrics(RUN)} == {SCRIPT}


def test_an_older_run_has_no_review(stack: Stack, plot: Plot) -> None:
    put_run(stack, {})
    assert plot(COMPLETED)["state"] == "done"
    assert not {PAGE, TABLE, SCRIPT} & set(stack.versions())
    assert "review.html" not in stack.get(keys.run_report(RUN)).decode()


def test_a_damaged_review_is_named_in_the_report(stack: Stack, plot: Plot) -> None:
    put_run(stack, {"review.json": b'{"candidates": '})
    assert plot(COMPLETED)["state"] == "done"
    assert PAGE not in stack.versions()
    assert "labels that may be wrong are unknown" in stack.get(keys.run_report(RUN)).decode()


def test_pictures_that_come_before_the_review_are_shown(stack: Stack, plot: Plot) -> None:
    files = usual_files(DROP)
    put_run(stack, dict(sorted(files.items(), reverse=True)))
    plot(COMPLETED)
    assert stack.get(PAGE).decode().count("data:image/jpeg;base64,") == 12 * 4 + 8
