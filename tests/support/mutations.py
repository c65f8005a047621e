"""Changes what a job left, and lets plot do all its work with it.

Each file of a good archive is changed in one or two places: to another type, to numbers that are
negative, infinite or of 400 digits, to text that no encoding can write.
"""

from __future__ import annotations

import copy
import csv
import io
import json
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st

from common import keys
from common.sns import Topic
from plot import workflow
from plot.figures import canvas
from plot.job_end import Costs, read_job_end
from plot.settings import PlotSettings
from tests.support.events import load_event
from tests.support.jobs import RUN
from tests.support.memory_bucket import MemoryBucket
from tests.support.reviews import usual_drop, usual_files
from tests.support.runs import DATASET, Shape, archive_of, files_of, manifest_of, verdict_of

SHAPE = Shape(("good", "oil", "c\u202ed"), images=24, epochs=3, mistakes=2, skill=1.0, folds=3)
DOCUMENTS = (
    *("history.json", "config.json", "skipped.json", "audit.json", "mistakes.json"),
    "review.json",
)
DROP = usual_drop(("good", "oil", "c\u202ed"))
SETTINGS = PlotSettings(
    bucket="droptrain-bucket",
    topic_arn="arn:aws:sns:us-east-1:123456789012:topic",
    maximum_miss_rate=0.05,
    minimum_macro_f1=0,
    promote_when_undecided=True,
)
HALF = "half \ud83d of a pair"
DEEP: list[Any] = []
for _ in range(500):
    DEEP = [DEEP]
VALUES: list[Any] = [
    *(None, True, -1, -0.5, 0, 2, 10**20, 10**400, -(10**400), 1e308, 1e-320, 5e-324),
    *(
        float("nan"),
        float("inf"),
        float("-inf"),
        "",
        "text",
        "3",
        HALF,
        "\x00\x1b[2J",
        "x" * 20_000,
    ),
    *([], {}, [[]], DEEP, [1, "a", None], {"a": 1}, {HALF: HALF}, {"total": "soon"}, [{"file": 3}]),
]
CELLS = [
    "",
    "x",
    "-1",
    "nan",
    "inf",
    "1e999",
    "9" * 400,
    "=1+1",
    "\u202e",
    'a"b',
    "a\nb",
    "x" * 9_999,
]
BODIES = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"\xff\xfe",
    b"[" * 50_000,
    b'"\\ud800"',
    b"1" * 5_000,
    b"NaN",
]


BOUNDED = settings(
    deadline=None, derandomize=True, database=None, phases=[Phase.generate], print_blob=True
)


class Phone:
    """Takes the notifications."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def publish(self, **message: str) -> None:
        message["Message"].encode()
        self.messages.append(message["Message"])


@cache
def good_files() -> dict[str, bytes]:
    return files_of(SHAPE) | usual_files(DROP, candidates=2)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each value of a document, itself first."""
    yield path
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for name, item in items:
        yield from places(item, (*path, name))


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    document = copy.deepcopy(document)
    parent = document
    for name in path[:-1]:
        parent = parent[name]
    parent[path[-1]] = value
    return document


@st.composite
def documents(draw: st.DrawFn) -> dict[str, bytes]:
    """Change a JSON document in one place, or replace all of it."""
    name = draw(st.sampled_from(DOCUMENTS))
    if draw(st.integers(0, 5)) == 0:
        return {name: draw(st.sampled_from(BODIES))}
    document = json.loads(good_files()[name])
    path = draw(st.sampled_from(list(places(document))))
    value = draw(st.sampled_from(VALUES))
    return {name: json.dumps(changed(document, path, value)).encode()}


@st.composite
def histories(draw: st.DrawFn) -> dict[str, bytes]:
    """Replace a whole series, where a scale of the curves comes from."""
    history = json.loads(good_files()["history.json"])
    name = draw(st.sampled_from(sorted(history)))
    history[name] = draw(st.lists(st.sampled_from(VALUES[:16]) | st.floats(), max_size=4))
    return {"history.json": json.dumps(history).encode()}


@st.composite
def tables(draw: st.DrawFn) -> dict[str, bytes]:
    """Change a cell of the predictions, cut the table off, or take a column away."""
    body = good_files()["predictions.csv"]
    kind = draw(st.sampled_from(["cell", "cut", "column", "body"]))
    if kind == "cut":
        return {"predictions.csv": body[: draw(st.integers(0, len(body)))]}
    if kind == "body":
        return {"predictions.csv": draw(st.sampled_from(BODIES))}
    rows = list(csv.reader(io.StringIO(body.decode())))
    column = draw(st.integers(0, len(rows[0]) - 1))
    if kind == "column":
        rows = [row[:column] + row[column + 1 :] for row in rows]
    else:
        rows[draw(st.integers(0, len(rows) - 1))][column] = draw(st.sampled_from(CELLS))
    output = io.StringIO()
    csv.writer(output).writerows(rows)
    return {"predictions.csv": output.getvalue().encode()}


def archives() -> st.SearchStrategy[bytes]:
    """Change one or two files of a good archive, or its own bytes."""
    change = documents() | histories() | tables()
    pairs = st.tuples(change, change).map(lambda two: archive_of(good_files() | two[0] | two[1]))
    whole = archive_of(good_files())
    cut = st.integers(0, len(whole)).map(lambda end: whole[:end])
    flipped = st.integers(0, len(whole) - 1).map(
        lambda at: whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :]
    )
    return change.map(lambda files: archive_of(good_files() | files)) | pairs | cut | flipped


def report_job(objects: dict[str, bytes], status: str, *, prints: bool = False) -> tuple[str, str]:
    """Let plot do all its work; return the state and the report.

    What is drawn is built, and printed only if `prints`: that takes seconds.
    """
    reason = "AlgorithmError: half \ud83d of a\npair, exit code: 1" if status == "Failed" else ""
    event = load_event("sagemaker/job_completed")
    event["detail"] |= {"TrainingJobStatus": status, "FailureReason": reason}
    job = read_job_end(event)
    dataset = {
        keys.manifest(DATASET): manifest_of(SHAPE) + DROP.manifest,
        keys.verdict(DATASET): verdict_of(SHAPE),
    }
    bucket, phone = MemoryBucket("droptrain-bucket", objects | dataset), Phone()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workflow, "costs_of", lambda _: Costs())
        if not prints:
            patch.setattr(canvas, "to_png", lambda _: b"a plot")
        state = workflow.report_run(bucket, Topic("arn", cast(Any, phone)), job, SETTINGS).state
    assert len(phone.messages) == 1
    assert "\u202e" not in phone.messages[0]
    for key in (keys.STATUS_HTML, keys.RUNS_HTML, keys.STATUS_JSON, keys.run_metrics(RUN)):
        bucket.objects[key].decode()
    page = bucket.objects[keys.run_report(RUN)].decode()
    review = bucket.objects.get(keys.run_review(RUN, "html"), b"</html>").decode()
    for written in (page, review):
        assert written.rstrip().endswith("</html>")
        assert "\u202e" not in written
    return state, page
