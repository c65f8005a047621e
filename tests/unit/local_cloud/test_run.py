"""When a run on this machine is over, what is said then, and a folder that changes meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_cloud.cli import EXIT_FAILED, _tell
from local_cloud.run.chain import is_final, read, result_of
from local_cloud.run.display import Display
from local_cloud.run.folder import Upload
from local_cloud.run.images import ImagesError


def test_a_file_that_has_gone_since_it_was_listed(tmp_path: Path):
    with pytest.raises(ImagesError) as raised:
        read(Upload(tmp_path / "gone.jpg", "good/gone.jpg"))

    assert str(raised.value) == (
        f"{tmp_path}/gone.jpg was listed and cannot be read now (No such file or directory). "
        "Nothing was trained: start again when nobody changes the folder."
    )


def test_a_file_that_is_there(tmp_path: Path):
    (tmp_path / "1.jpg").write_bytes(b"x")

    assert read(Upload(tmp_path / "1.jpg", "good/1.jpg")) == b"x"


@pytest.mark.parametrize("state", ["refused", "unchanged", "capped", "not started"])
def test_a_drop_that_starts_no_job_is_over_and_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], state: str
):
    board = {"sentence": "This is why.", "drop": {"state": state}}

    assert is_final(board)
    assert _tell(result_of(board, tmp_path), Display()) == EXIT_FAILED
    assert "This is why." in "".join(capsys.readouterr())


@pytest.mark.parametrize("state", ["done", "failed", "stopped"])
def test_a_run_that_ended_is_over(state: str):
    assert is_final({"drop": {"state": "launched"}, "run": {"state": state}})


@pytest.mark.parametrize("state", ["waiting", "splitting", "failing", "ready", "queued"])
def test_a_drop_of_which_more_is_to_come_is_not_over(state: str):
    assert not is_final({"drop": {"state": state}})
    assert not is_final({"drop": {"state": "launched"}, "run": {"state": "training"}})
    assert not is_final({})
