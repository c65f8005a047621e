"""The split survives 503s, resets and kills; `tests/long` repeats this fifty times."""

from __future__ import annotations

import sys

import pytest

from tests.support.aws import Stack, png
from tests.support.split_faults import FaultyS3, disturb, outcome
from tests.support.split_settings import set_split_settings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills with SIGKILL")

KILLS = 5


def test_a_split_among_faults_leaves_what_an_undisturbed_one_leaves(
    aws: Stack, monkeypatch: pytest.MonkeyPatch
):
    set_split_settings(monkeypatch, minimum_images=8)
    aws.put_images({"good": 10, "oil & grease": 8})
    aws.put("raw/good/odd//name.png", png("odd"))
    aws.put("raw/good/.DS_Store", b"junk")
    server = FaultyS3(monkeypatch)
    assert (server.split() or {})["status"] == "ready"
    requests = server.requests
    assert len(outcome(aws)["datasets"]) == 19
    assert set(server.copies.values()) == {0, 1}

    met = sum((disturb(aws, server, seed, requests) for seed in range(KILLS)), start=server.faults)

    assert met["503"] > KILLS
    assert met["reset"] > 0
