"""When a run on this machine is over, its last words, and a folder that changes meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_cloud.run.chain import read, result_of
from local_cloud.run.folder import Upload
from local_cloud.run.images import ImagesError
from operations.status_json import StatusJson, is_final


def test_a_file_that_has_gone_since_it_was_listed(tmp_path: Path):
    with pytest.raises(ImagesError) as raised:
        read(Upload(tmp_path / "gone.jpg", "good/gone.jpg"))

    assert str(raised.value) == (
        f"{tmp_path}/gone.jpg can't be read any more (No such file or directory). "
        "Nothing was trained: start again when the folder no longer changes."
    )


def test_a_file_that_is_there(tmp_path: Path):
    (tmp_path / "1.jpg").write_bytes(b"x")

    assert read(Upload(tmp_path / "1.jpg", "good/1.jpg")) == b"x"


@pytest.mark.parametrize("state", ["refused", "unchanged", "capped", "not started"])
def test_a_drop_that_starts_no_job_is_over_and_no_success(tmp_path: Path, state: str):
    status: StatusJson = {"sentence": "This is why.", "drop": {"state": state}}

    assert is_final(status)
    assert not result_of(status, tmp_path).succeeded


@pytest.mark.parametrize("state", ["done", "failed", "stopped"])
def test_a_run_that_ended_is_over(state: str):
    assert is_final({"drop": {"state": "launched"}, "run": {"state": state}})


@pytest.mark.parametrize("state", ["waiting", "splitting", "failing", "ready", "queued"])
def test_a_drop_of_which_more_is_to_come_is_not_over(state: str):
    assert not is_final({"drop": {"state": state}})
    assert not is_final({"drop": {"state": "launched"}, "run": {"state": "training"}})
    assert not is_final({})
