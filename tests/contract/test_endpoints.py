"""Both S3 clients ask the same host, in every region of the template and behind every setting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import obstore
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from samtranslator.yaml_helper import yaml_parse
from urllib3 import HTTPResponse

from common import s3
from split.s3 import stores

BUCKET = "droptrain-bucket-1a2b3c4d5e6f"
TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"
REGIONS = list(yaml_parse(TEMPLATE.read_text())["Mappings"]["TrainingImages"])
LOCAL = "http://127.0.0.1:4700"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    set_region(monkeypatch, "us-east-1")
    yield
    forget()


def set_region(monkeypatch: pytest.MonkeyPatch, region: str) -> None:
    forget()
    # Lambda sets both; boto3 reads the one and obstore the other.
    monkeypatch.setenv("AWS_REGION", region)
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)


def forget() -> None:
    for cached in (s3.s3_client, stores.store):
        cached.cache_clear()


def asked_by_boto() -> str:
    """Return scheme and host of a request of boto3's, without the bucket it may begin with."""
    urls: list[str] = []

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        urls.append(request.url)
        return AWSResponse(request.url, 200, {}, HTTPResponse(BytesIO()))

    client = s3.s3_client()
    client.meta.events.register("before-send.s3.HeadObject", answer)
    client.head_object(Bucket=BUCKET, Key="raw/a/1.png")
    [url] = urls
    return origin(url)


def asked_by_obstore() -> str:
    url = obstore.sign(stores.store(BUCKET), "GET", "raw/a/1.png", timedelta(minutes=1))
    assert BUCKET in url
    return origin(url)


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.removeprefix(f'{BUCKET}.')}"


@pytest.mark.parametrize("region", REGIONS)
def test_both_clients_ask_the_same_host(monkeypatch: pytest.MonkeyPatch, region: str):
    set_region(monkeypatch, region)

    assert asked_by_obstore() == asked_by_boto()


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "s3.amazonaws.com"),
        ("eu-central-1", "s3.eu-central-1.amazonaws.com"),
        ("us-gov-west-1", "s3.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "s3.cn-north-1.amazonaws.com.cn"),
        ("eusc-de-east-1", "s3.eusc-de-east-1.amazonaws.eu"),
        ("us-iso-east-1", "s3.us-iso-east-1.c2s.ic.gov"),
    ],
)
def test_the_host_is_the_partition_s(monkeypatch: pytest.MonkeyPatch, region: str, host: str):
    set_region(monkeypatch, region)

    assert asked_by_obstore() == f"https://{host}"


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_an_endpoint_of_the_environment_is_asked_by_both(
    monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setenv(name, LOCAL)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")

    assert asked_by_obstore() == asked_by_boto() == LOCAL
