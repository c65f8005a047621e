"""The whole of it: the stack of template.yaml, its users, and a day or so of their time."""

from __future__ import annotations

import io
import json
import os
import random
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.metrics.provider.cloudwatch_emf import cloudwatch
from botocore import endpoint
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError
from moto import backend_index, mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from PIL import Image

from common import clock
from common.observability import logger, metrics
from common.settings import load
from tests.integration.conftest import forget
from tests.simulation.cloud import FaultyCloud
from tests.simulation.delivery import Deliveries
from tests.simulation.faults import Faults
from tests.simulation.inline import install_inline_workers
from tests.simulation.invariants import Invariants
from tests.simulation.timeline import Timeline
from tests.simulation.training import SageMaker
from tests.simulation.users import Users
from tests.simulation.wiring import NAMES, Wiring
from tests.support.aws import BUCKET, GROUP, REGION

START = datetime(2026, 11, 22, 6, tzinfo=UTC)
PARAMETERS: dict[str, str | int] = {
    "MinimumImagesPerClass": 3,
    "MaximumRunsPerDay": 4,
    "Architecture": "cnn",
}
SERVICES = ("s3", "scheduler", "sns", "events")
REST = timedelta(days=3)


class ViolationError(AssertionError):
    """Something wasn't as it must be."""


@dataclass
class World:
    """One simulation; the same seed gives the same, call by call."""

    monkeypatch: pytest.MonkeyPatch
    seed: int = 0
    parameters: dict[str, str | int] = field(default_factory=dict)
    lag: timedelta = timedelta()

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.timeline = Timeline(START)
        self.faults = Faults(Random(self.seed + 1))
        self.cloud = FaultyCloud(self.timeline, self.faults)
        self.invariants = Invariants(
            lambda: self.timeline.now,
            self.cloud.current,
            lambda: int(os.environ["MAXIMUM_RUNS_PER_DAY"]),
        )
        self.deliveries = Deliveries(
            self.timeline,
            self.cloud,
            self.faults,
            Wiring(PARAMETERS | self.parameters),
            self.invariants.require,
        )
        self.sagemaker = SageMaker(
            self.timeline,
            Random(self.seed + 2),
            started=lambda job: self.invariants.check_start(job, self.sagemaker),
            ended=lambda job: self.deliveries.publish(job.ended_event()),
            lag=self.lag,
        )
        self.users = Users(
            self.timeline, self.random, self.deliveries.notify, self.deploy_something
        )
        self._mock = mock_aws()

    def __enter__(self) -> World:
        """Make the stack, and take the place of clock and connections."""
        self._mock.start()
        forget()
        self._take_the_places()
        self.deploy()
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        boto3.client("s3").put_bucket_versioning(
            Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}
        )
        boto3.client("scheduler").create_schedule_group(Name=GROUP)
        boto3.client("sns").create_topic(Name=NAMES["Topic"].rpartition(":")[2])
        self.cloud.services["sagemaker"] = self.sagemaker.answer
        self.cloud.observers += [self.invariants.observe, self._pass_on]
        self.deliveries.start_daily()
        return self

    def __exit__(self, *_: object) -> None:
        self.monkeypatch.undo()
        logger.setLevel("INFO")
        forget()
        self._mock.stop()

    def run_for(self, time: timedelta) -> None:
        """Let so much time pass.

        Raises:
            ViolationError: an invariant of each step is violated.
        """
        self.timeline.run(self.timeline.now + time, self._stop_at_a_violation)

    def rest(self, time: timedelta = REST) -> None:
        """Let no more faults happen, and everything come to rest; then look.

        Raises:
            ViolationError: an invariant is violated.
        """
        self.faults.calm()
        self.run_for(time)
        self.invariants.check_rest(self.sagemaker)
        self._stop_at_a_violation()

    def deploy(self, **parameters: str | int) -> None:
        """Deploy with these parameters; the others keep their values."""
        self.parameters |= parameters
        self.deliveries.wiring = Wiring(PARAMETERS | self.parameters)
        for name, value in self.deliveries.wiring.environment().items():
            self.monkeypatch.setenv(name, value)
        load.cache_clear()

    def deploy_something(self) -> None:
        """Deploy with another parameter."""
        name, values = self.random.choice(
            [
                ("Epochs", (10, 20)),
                ("MinimumChangedImages", (1, 3)),
                ("MaximumRunsPerDay", (2, 4)),
                ("QuietPeriodSeconds", (60, 120, 900)),
            ]
        )
        self.deploy(**{name: self.random.choice(values)})

    def _stop_at_a_violation(self) -> None:
        if self.invariants.violations:
            raise ViolationError("; ".join(self.invariants.violations))

    def _pass_on(self, call: Any, request: Any, answer: Any) -> None:
        """Pass on what a call set off."""
        if answer.status_code != 200:
            return
        if call.operation == "CreateSchedule":
            name = request.url.rpartition("/")[2]
            self.deliveries.schedule(json.loads(request.body), name)
        elif call.operation == "PutEvents":
            for entry in json.loads(request.body)["Entries"]:
                event = {
                    "id": f"{self.timeline.now:%H%M%S%f}",
                    "time": f"{self.timeline.now:%Y-%m-%dT%H:%M:%SZ}",
                    "source": entry["Source"],
                    "detail-type": entry["DetailType"],
                    "detail": json.loads(entry["Detail"]),
                }
                self.deliveries.publish(event)

    def _take_the_places(self) -> None:
        patch = self.monkeypatch.setattr
        cloud, timeline = self.cloud, self.timeline

        def answer(moto: Any, event_name: str, request: Any, **_: Any) -> Any:
            try:
                return cloud.answer(moto, event_name, request)
            except (ConnectionClosedError, EndpointConnectionError):
                raise
            except Exception as error:  # of the simulation itself: a handler would swallow it
                self.invariants.violations.append(f"the simulation failed: {error!r}")
                raise

        for name in ("AWS_ENDPOINT_URL", "AWS_ALLOW_HTTP"):
            self.monkeypatch.delenv(name, raising=False)
        self.monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        patch(BotocoreStubber, "__call__", answer)
        # moto looks for a request's service from the beginning of a long list.
        patterns = backend_index.backend_url_patterns
        patterns = sorted(patterns, key=lambda pattern: pattern[0] not in SERVICES)
        patch(backend_index, "backend_url_patterns", patterns)
        patch(endpoint, "time", SimpleNamespace(sleep=timeline.pause))
        patch(clock, "now", lambda: timeline.now)
        patch("common.lock.time", SimpleNamespace(time=timeline.seconds))
        patch("moto.s3.models.utcnow", lambda: timeline.now.replace(tzinfo=None))
        # A local cloud that ran in this process before has left its patches in moto.
        patch("local_cloud.cloud.moto_patches.eventbridge.now", lambda: timeline.now)
        install_inline_workers(patch, timeline)
        # What takes long and reaches nobody: pictures, and the files of the training code.
        patch("plot.publish.plots_of", lambda _: dict.fromkeys(PLOTS, lambda _: PICTURE))
        patch("launch.training_code.read_files", lambda: {"train.py": b"print()"})
        patch("launch.pretrained.read_weights", lambda: None)
        patch(metrics.provider, "namespace", "droptrain")
        patch(metrics.provider, "service", "simulation")
        # Real time must not end anything, nor any number be drawn anew.
        patch("common.failures.time_limit", lambda _: nullcontext())
        random.seed(self.seed)
        logger.setLevel("CRITICAL")
        patch(cloudwatch, "print", _say_nothing, raising=False)


def _say_nothing(*_: object) -> None:
    """Take the place of `print`."""


def _picture() -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (4, 4)).save(output, format="PNG")
    return output.getvalue()


PLOTS = ("accuracy", "confusion_matrix")
PICTURE = _picture()
