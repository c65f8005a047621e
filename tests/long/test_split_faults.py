"""The split among 503s, resets and kills, fifty times."""

from __future__ import annotations

import sys

import pytest

from tests.integration.conftest import aws, moto_server  # noqa: F401  # fixtures
from tests.support.aws import Stack, png
from tests.support.long_table import Figures
from tests.support.split_faults import FaultyS3, disturb, outcome
from tests.support.split_settings import set_split_settings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills with SIGKILL")

KILLS = 50
# Other seeds than the five of `make test`.
FIRST_SEED = 1000


def test_splits_among_faults(
    aws: Stack,  # noqa: F811  # the fixture
    monkeypatch: pytest.MonkeyPatch,
    figures: Figures,
):
    set_split_settings(monkeypatch, minimum_images=8)
    aws.put_images({"good": 25, "oil & grease": 20})
    aws.put("raw/good/odd//name.png", png("odd"))
    aws.put("raw/good/.DS_Store", b"junk")
    server = FaultyS3(monkeypatch)
    assert (server.split() or {})["status"] == "ready"
    requests = server.requests
    assert len(outcome(aws)["datasets"]) == 46

    for seed in range(FIRST_SEED, FIRST_SEED + KILLS):
        met = disturb(aws, server, seed, requests)
        figures.repetitions += 1
        figures.add("kills", met["kill"])
        figures.add("answers of 503", met["503"])
        figures.add("connections reset", met["reset"])

    assert figures.counts["answers of 503"] > KILLS
    figures.check("dataset, manifest, verdict and sides byte for byte as undisturbed")
    figures.check("raw/ untouched, with its versions")
    figures.check("nothing copied twice but what S3 did and could not answer")
