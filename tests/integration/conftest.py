"""A moto server and the stack's resources on it, fresh for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from common import s3, sagemaker, settings, sns
from common import scheduler as common_scheduler
from common.observability import metrics
from intake import reporting, scheduler
from predict import judge, sqs
from predict import scheduler as predict_scheduler
from split.s3 import stores
from tests.support.aws import BUCKET, GROUP, REGION, Stack
from tests.support.waiting import HANG_SECONDS
from watch import eventbridge

CACHES = (
    s3.s3_client,
    sns.sns_client,
    common_scheduler.scheduler_client,
    sagemaker.sagemaker_client,
    eventbridge.events_client,
    stores.store,
    stores._odd_client,
    settings.load,
    sqs.sqs_client,
    judge.judge_of,
)


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def forget() -> None:
    """Forget the clients and settings that a warm Lambda would keep."""
    for cached in CACHES:
        cached.cache_clear()
    scheduler.seen.clear()
    predict_scheduler.seen.clear()
    reporting.read_at.clear()


@pytest.fixture
def aws(moto_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    for name, value in {
        "AWS_ENDPOINT_URL": moto_server,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "BUCKET": BUCKET,
        "SCHEDULE_GROUP": GROUP,
    }.items():
        monkeypatch.setenv(name, value)
    # Powertools reads its environment when it is imported; the template's values are too late here.
    monkeypatch.setattr(metrics.provider, "namespace", "droptrain")
    monkeypatch.setattr(metrics.provider, "service", "test")
    forget()
    requests.post(f"{moto_server}/moto-api/reset", timeout=HANG_SECONDS).raise_for_status()
    stack = Stack()
    monkeypatch.setenv("TOPIC_ARN", stack.topic_arn)
    yield stack
    forget()
