"""When a run on this machine is over, and what is said then."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_cloud.cli import EXIT_FAILED, _tell
from local_cloud.display import Display
from local_cloud.run import is_final, result_of


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
