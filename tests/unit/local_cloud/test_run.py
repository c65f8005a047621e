"""When a run on this machine is over."""

from __future__ import annotations

import pytest

from local_cloud.run import is_final


@pytest.mark.parametrize("state", ["refused", "unchanged", "capped", "not started"])
def test_a_drop_that_starts_no_job_is_over(state: str):
    assert is_final({"drop": {"state": state}})


@pytest.mark.parametrize("state", ["done", "failed", "stopped"])
def test_a_run_that_ended_is_over(state: str):
    assert is_final({"drop": {"state": "launched"}, "run": {"state": state}})


@pytest.mark.parametrize("state", ["waiting", "splitting", "failing", "ready", "queued"])
def test_a_drop_of_which_more_is_to_come_is_not_over(state: str):
    assert not is_final({"drop": {"state": state}})
    assert not is_final({"drop": {"state": "launched"}, "run": {"state": "training"}})
    assert not is_final({})
