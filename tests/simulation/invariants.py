"""What must be true at every step, and what once everything has come to rest."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import md5
from urllib.parse import parse_qs

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.s3.models import s3_backends

from common import clock, keys
from common.lock import is_done
from common.run_index import read_index
from common.s3 import Bucket
from common.splits import read_launched_run, read_newest_split
from common.status import StatusBoard
from common.status_document import Status
from common.status_page import render
from split.workflow import list_and_clean
from tests.simulation.cloud import Invocation
from tests.simulation.faults import Call
from tests.simulation.training import Job, SageMaker
from tests.support.aws import ACCOUNT, BUCKET

DAY = timedelta(hours=24)
USERS_OWN = (keys.RAW, keys.TEST, keys.INBOX)
RUN = re.compile(rf"{keys.RUNS}([0-9a-f-]+)/")
RUN_STATES = {"done": "done", "unusable": "failed", "failed": "failed", "stopped": "stopped"}
# What a drop may be once nothing goes on; the others say that something will happen.
AT_REST = ("launched", "unchanged", "collecting", "refused", "not started")


@dataclass(frozen=True)
class Publication:
    """A notification of a run's end, and the call of the invocation that sent it."""

    run: str
    invocation: Invocation
    number: int

    @property
    def may_be_repeated(self) -> bool:
        """Whether the invocation met a fault between publishing and marking the lock as done."""
        return any(call.number >= self.number for call, _ in self.invocation.faults)


@dataclass
class Invariants:
    """Collects what is violated; `checks` counts what was looked at."""

    now: Callable[[], datetime]
    current: Callable[[], Invocation | None]
    limit: Callable[[], int]
    violations: list[str] = field(default_factory=list)
    checks: Counter[str] = field(default_factory=Counter)
    publications: list[Publication] = field(default_factory=list)
    subjects: Counter[str] = field(default_factory=Counter)
    _sides: dict[str, str] = field(default_factory=dict)
    _limits: list[tuple[datetime, int]] = field(default_factory=list)

    def require(self, name: str, true: bool, what: object = "") -> None:
        """Count a check, and record it if it failed."""
        self.checks[name] += 1
        if not true:
            self.violations.append(f"{self.now():%d %H:%M:%S} {name}: {what}")

    # At each step

    def observe(self, call: Call, request: AWSPreparedRequest, answer: AWSResponse) -> None:
        """Look at a call that had its effect."""
        if call.service == "s3" and request.method != "GET":
            key = call.target
            self.require("the users' own is left alone", not key.startswith(USERS_OWN), call)
            if key.endswith("manifest.jsonl") and not key.startswith(keys.REFUSED):
                self._check_sides(stored(key) or b"")
        if call.service == "sns" and answer.status_code == 200:
            fields = parse_qs(request.body)
            self.subjects[fields["Subject"][0]] += 1
            invocation = self.current()
            if call.function == "PlotFunction" and invocation:
                run = RUN.search(fields["Message"][0])
                assert run
                self.publications.append(Publication(run[1], invocation, call.number))

    def _check_sides(self, manifest: bytes) -> None:
        for line in manifest.splitlines():
            row = json.loads(line)
            if side := row.get("side"):
                known = self._sides.setdefault(row["content"], side)
                self.require("an image keeps its side", known == side, row)

    def check_start(self, job: Job, sagemaker: SageMaker) -> None:
        """Look at a job that starts."""
        now, jobs = self.now(), sagemaker.jobs
        running = [other.name for other in jobs if other.is_running(now)]
        self.require("one job at a time", not running, (job.name, running))
        started = [other.name for other in jobs if other.created_at > now - DAY]
        self.require("MaximumRunsPerDay", len(started) < self.limit(), (job.name, started))
        identity = job.name.rpartition("-")[0]
        before = [other for other in jobs if other.name.startswith(f"{identity}-")]
        trained = [other.name for other in before if other.end == "done"]
        self.require("the same is never trained twice", not trained, (job.name, trained))
        manifest = stored(keys.manifest(job.dataset)) or b""
        copies = [row for row in map(json.loads, manifest.splitlines()) if "copy" in row]
        missing = [row for row in copies if _content(row["copy"]) != row["content"]]
        self.require("a dataset is complete", bool(copies) and not missing, (job.name, missing))

    # At rest

    def check_rest(self, sagemaker: SageMaker) -> None:
        """Look at everything once nothing happens any more."""
        bucket = Bucket(BUCKET)
        for job in sagemaker.jobs:
            self._check_report(bucket, job)
        index = read_index(bucket.get(keys.RUNS_JSON))
        indexed = {run.run for run in index.runs} if index else set()
        expected = {job.name for job in sagemaker.jobs}
        self.require("the index lists all runs", indexed == expected, indexed ^ expected)
        body = bucket.get(keys.STATUS_JSON)
        status: Status = json.loads(body or b"{}")
        self._check_drop(bucket, status)
        if sagemaker.jobs:
            self._check_run(status, sagemaker.jobs[-1])
        if body:
            page = render(status, BUCKET, StatusBoard(bucket)._pictures(status)).encode()
            same = bucket.get(keys.STATUS_HTML) == page
            self.require("status.html is the page of status.json", same)

    def _check_report(self, bucket: Bucket, job: Job) -> None:
        present = set(bucket.keys(keys.run(job.name)))
        wanted = {keys.run_report(job.name), keys.run_metrics(job.name)}
        self.require("each job that ended has a report", wanted <= present, job.name)
        sent = [made for made in self.publications if made.run == job.name]
        done = is_done(bucket, keys.notification_lock("notified", job.name))
        self.require("each end of a job is notified", bool(sent) and done, job.name)
        excess = sent[1:] if sent and not any(made.may_be_repeated for made in sent) else []
        self.require("each end is notified once", not excess, (job.name, len(sent)))

    def _check_drop(self, bucket: Bucket, status: Status) -> None:
        cleaned, _ = list_and_clean(bucket, {})
        newest = read_newest_split(bucket)
        if not cleaned.images and not cleaned.left_out:
            return
        drop = dict(status.get("drop", {}))
        seen = newest.drop if newest else None
        self.require("the newest drop was seen", seen == cleaned.identity(), drop)
        if newest is None:
            return
        state = drop.get("state")
        if newest.dataset is None:
            self.require("the status says what became of the drop", state == "refused", drop)
            return
        launched = read_launched_run(bucket, newest.dataset)
        states = {"collecting", "not started"}
        if launched and launched.answers(newest.asked_at):
            states = {"launched", "unchanged", "not started"}
        right = state in states and drop.get("dataset") == newest.dataset
        self.require("the status says what became of the drop", right, (launched, newest, drop))

    def _check_run(self, status: Status, job: Job) -> None:
        run = dict(status.get("run", {}))
        right = run.get("run") == job.name and run.get("state") == RUN_STATES[job.end]
        self.require("the status says how the newest run ended", right, (job, run))
        head = max(
            (status[name] for name in ("drop", "run") if name in status),
            key=lambda entry: clock.from_text(entry["as_of"]),
        )
        self.require("the head repeats the newer news", status["state"] == head["state"], status)


def stored(key: str) -> bytes | None:
    """Read an object behind everybody's back: no call, no fault."""
    found = s3_backends[ACCOUNT]["aws"].get_object(BUCKET, key)
    return found.value if found else None


def store(key: str, body: bytes) -> None:
    """Write an object as quietly."""
    s3_backends[ACCOUNT]["aws"].put_object(BUCKET, key, body)


def _content(key: str) -> str:
    """Name a content as the split does."""
    body = stored(key)
    return "" if body is None else f"{len(body)}-{md5(body, usedforsecurity=False).hexdigest()}"
