"""Plot puts what predictions need of a run's model beside its report."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from common import keys
from common.model_files import KNOWN_IMAGES, LABELS, NETWORK, NOVELTY, PREPROCESSING
from plot import model_files
from tests.integration.plot.conftest import Stack
from tests.integration.plot.test_results import completed, metrics_of, run_named
from tests.support.archives import member, output_archive, pack

Plot = Callable[[dict[str, Any]], dict[str, Any]]

FILES = {
    "model.keras": b"for Keras",
    LABELS: b'["good", "oil"]',
    NETWORK: b"a network",
    PREPROCESSING: b"{}",
    NOVELTY: b'{"bound": 0.4}',
    KNOWN_IMAGES: b"features",
    "saved_model/saved_model.pb": b"for TensorFlow",
}
RUN = run_named(1)


def packed(files: dict[str, bytes]) -> bytes:
    return pack([member(f"./{name}", body) for name, body in files.items()])


def put_run(stack: Stack, model: bytes | None) -> None:
    stack.put(keys.run_output_archive(RUN), output_archive())
    if model is not None:
        stack.put(keys.run_model_archive(RUN), model)


def copied(stack: Stack) -> dict[str, bytes]:
    prefix = keys.run_model_file(RUN, "")
    names = [key for key in stack.versions() if key.startswith(prefix)]
    return {key.removeprefix(prefix): stack.get(key) for key in names}


def test_what_predictions_need_lies_beside_the_report_and_is_listed(
    stack: Stack, plot: Plot
) -> None:
    put_run(stack, packed(FILES))
    plot(completed(1))

    wanted = {NETWORK, LABELS, PREPROCESSING, NOVELTY, KNOWN_IMAGES}
    assert copied(stack) == {name: FILES[name] for name in wanted}
    listed = metrics_of(stack, 1)["files"]
    assert {keys.run_model_file(RUN, name) for name in wanted} <= set(listed)

    before = stack.versions()
    plot(completed(1))
    assert stack.versions() == before


def test_a_lost_file_is_written_again(stack: Stack, plot: Plot) -> None:
    put_run(stack, packed(FILES))
    plot(completed(1))
    stack.s3.delete_object(Bucket=stack_bucket(stack), Key=keys.run_model_file(RUN, NETWORK))
    plot(completed(1))
    assert copied(stack)[NETWORK] == FILES[NETWORK]


def stack_bucket(stack: Stack) -> str:
    (bucket,) = stack.s3.list_buckets()["Buckets"]
    return str(bucket["Name"])


def test_a_model_of_an_earlier_version_has_no_novelty(stack: Stack, plot: Plot) -> None:
    earlier = {name: FILES[name] for name in (LABELS, NETWORK, PREPROCESSING)}
    put_run(stack, packed(earlier))
    plot(completed(1))
    assert copied(stack) == earlier


@pytest.mark.parametrize(
    "archive",
    [
        pytest.param(None, id="none"),
        pytest.param(b"not an archive", id="not an archive"),
        pytest.param(gzip.compress(bytes(10_000)), id="empty"),
        pytest.param(packed({"model.keras": b"for Keras", LABELS: b"[]"}), id="without a network"),
        pytest.param(packed(FILES)[:-60], id="cut off"),
    ],
)
def test_without_a_usable_model_the_run_is_reported_all_the_same(
    archive: bytes | None, stack: Stack, plot: Plot
) -> None:
    put_run(stack, archive)
    plot(completed(1))
    assert copied(stack) == {}
    assert metrics_of(stack, 1)["state"] == "done"


def test_a_file_that_is_too_large_is_not_copied_and_neither_are_the_others(
    stack: Stack, plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(model_files.LIMITS, NETWORK, len(FILES[NETWORK]) - 1)
    put_run(stack, packed(FILES))
    plot(completed(1))
    assert copied(stack) == {}


def test_a_link_out_of_the_archive_leads_nowhere(stack: Stack, plot: Plot) -> None:
    link = member(NETWORK, kind=b"2", link="/etc/passwd")
    put_run(stack, pack([link, member(LABELS, b"[]")]))
    plot(completed(1))
    assert copied(stack) == {}
