"""What an earlier simulation found wrong, each as a plan of faults of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from common import keys
from common.s3 import Bucket
from common.splits import read_newest_split
from tests.simulation.faults import Call, Fault, Plan
from tests.simulation.invariants import store, stored
from tests.simulation.world import World
from tests.support.aws import BUCKET, png

HOUR = timedelta(hours=1)
REFUSED = "droptrain: the drop cannot be trained"


@pytest.fixture
def world() -> Iterator[World]:
    with World(pytest.MonkeyPatch()) as made:
        made.sagemaker.ends = ("done",)
        made.sagemaker.minutes = (10, 10)
        yield made


def fault_at(fault: Fault, function: str, operation: str, target: str = "", times: int = 1) -> Plan:
    """Plan a fault for the first calls of a kind."""
    left = [fault] * times

    def plan(call: Call) -> Fault | None:
        wanted = (call.function, call.operation) == (f"{function}Function", operation)
        return left.pop() if left and wanted and target in call.target else None

    return plan


def delays(source: str, receiver: str, *first: list[float]) -> Callable[[str, str], Any]:
    """Plan how late the first events from a source to a receiver arrive."""
    left = [*first]

    def plan(of: str, to: str) -> list[float] | None:
        return left.pop(0) if left and (of, to) == (source, receiver) else None

    return plan


def state(world: World, section: str) -> str:
    """Return what the status says of the drop or the run."""
    status = json.loads(stored(keys.STATUS_JSON) or b"{}")
    return str(status.get(section, {}).get("state"))


def test_what_launch_gave_up_on_after_it_had_started_the_job_is_not_failing_for_ever(
    world: World,
):
    # Its last write before the status: the job is there, and the dataset's run is written.
    world.faults.plan = fault_at("errors", "Launch", "PutObject", keys.NEWEST_LAUNCHED, times=3)
    world.users.drop(images=5)
    world.run_for(timedelta(minutes=10))
    assert (len(world.sagemaker.jobs), state(world, "drop")) == (1, "failing")

    world.rest()

    assert state(world, "drop") == "unchanged"


@pytest.mark.parametrize("marker", [False, True])
def test_1_a_schedule_that_was_not_created_is_created_when_the_message_comes_again(
    world: World, marker: bool
):
    world.deploy(QuietPeriodSeconds=900)
    if marker:
        world.users.drop(images=5)
        world.run_for(timedelta(minutes=1))
    world.faults.plan = fault_at("no connection", "Intake", "CreateSchedule")

    world.users.ready() if marker else world.users.drop(images=5)
    world.run_for(timedelta(minutes=12) if marker else HOUR)

    assert len(world.sagemaker.jobs) == 1
    world.rest()


def test_2_a_schedule_that_has_fired_does_not_keep_a_drop_waiting(world: World):
    world.deliveries.listed = (1800, 1800)
    world.users.drop(images=5)
    world.run_for(timedelta(minutes=7))
    assert len(world.sagemaker.jobs) == 1

    world.users.drop(images=1)
    world.run_for(HOUR)

    assert len(world.sagemaker.jobs) == 2
    world.rest()


def test_3_what_the_daily_limit_keeps_waiting_is_said_and_trained_when_it_has_passed(world: World):
    world.deploy(MaximumRunsPerDay=1)
    world.users.drop(images=5)
    world.run_for(timedelta(minutes=7))
    world.users.drop(images=1)
    world.run_for(timedelta(minutes=7))
    assert state(world, "drop") == "queued"
    # Plot reports the job after split has met the limit.
    world.faults.event_plan = delays("rule", "PlotFunction", [60])

    world.run_for(HOUR)

    assert (state(world, "drop"), state(world, "run")) == ("capped", "done")
    world.run_for(timedelta(hours=23))
    assert len(world.sagemaker.jobs) == 2
    world.rest()


@pytest.mark.parametrize("late", [[1500], [1, 1500]])
def test_4_an_answer_that_comes_late_or_twice_starts_no_older_drop(world: World, late: list[float]):
    world.faults.event_plan = delays("destination", "LaunchFunction", late)
    world.users.drop(images=5)
    world.run_for(timedelta(minutes=7))
    world.users.drop(images=1)

    world.run_for(HOUR)

    newest = read_newest_split(Bucket(BUCKET))
    assert newest is not None
    assert world.sagemaker.jobs[-1].dataset == newest.dataset
    assert len(world.sagemaker.jobs) == len(late)
    world.rest()


def test_5_unusable_results_are_trained_again_when_the_user_asks(world: World):
    world.sagemaker.ends = ("unusable",)
    world.users.drop(images=5)
    world.run_for(HOUR)
    assert state(world, "run") == "failed"

    world.sagemaker.ends = ("done",)
    world.users.ready()
    world.run_for(timedelta(minutes=5))
    assert state(world, "run") == "training"
    world.run_for(HOUR)

    assert [job.name[-2:] for job in world.sagemaker.jobs] == ["-1", "-2"]
    world.rest()


def test_6_the_end_of_a_job_stays_whoever_writes_last(world: World):
    world.sagemaker.minutes = (0.1, 0.1)
    world.sagemaker.lag = timedelta(seconds=60)
    written: list[Call] = []

    def plan(call: Call) -> Fault | None:
        if (call.function, call.target) != ("LaunchFunction", keys.STATUS_JSON):
            return None
        written.append(call)
        return "slow"

    world.faults.plan = plan
    world.users.drop(images=5)
    world.run_for(HOUR)

    assert written
    assert state(world, "run") == "done"
    world.rest()


def test_7_a_refusal_of_very_many_classes_is_told(world: World):
    for number in range(1200):
        store(f"raw/{f'class {number} '.ljust(220, 'x')}/a.png", png("".ljust(3000)))
    world.users.ready()

    world.rest()

    assert world.invariants.subjects[REFUSED] == 1
    assert state(world, "drop") == "refused"


@pytest.mark.parametrize("fault", ["answer lost", "conflict"])
def test_8_people_are_told_although_the_answer_to_a_claim_was_lost(world: World, fault: Fault):
    world.faults.plan = fault_at(fault, "Split", "PutObject", keys.LOCKS)
    world.users.drop(images=1)
    world.run_for(HOUR)

    assert world.faults.happened[fault] == 1
    world.rest()
    assert world.invariants.subjects[REFUSED] == 1


def test_8_people_are_told_once_although_the_lock_could_not_be_marked_at_once(world: World):
    locks = iter([None, "conflict"])

    def plan(call: Call) -> Fault | None:
        is_write = (call.function, call.operation) == ("PlotFunction", "PutObject")
        return next(locks, None) if is_write and call.target.startswith(keys.LOCKS) else None

    world.faults.plan = plan
    world.faults.event_plan = delays("rule", "PlotFunction", [1, 120])
    world.users.drop(images=5)
    world.run_for(HOUR)

    assert world.faults.happened["conflict"] == 1
    world.rest()
    assert len(world.invariants.publications) == 1


@pytest.mark.parametrize(("function", "section"), [("Launch", "drop"), ("Plot", "run")])
def test_9_a_function_that_fails_says_so(world: World, function: str, section: str):
    operation = "ListTrainingJobs" if function == "Launch" else "ListObjectsV2"
    world.faults.plan = fault_at("errors", function, operation, times=3)
    world.users.drop(images=5)

    world.run_for(2 * HOUR)

    assert state(world, section) == "failing"
    assert len(world.deliveries.given_up) == 1
    world.rest()
    assert len(world.sagemaker.jobs) == 1


@pytest.mark.parametrize("sendings", [1, 3])
def test_10_the_end_of_a_job_is_reported_although_its_events_are_lost(world: World, sendings: int):
    lost: list[list[float]] = [[]] * sendings
    world.faults.event_plan = delays("rule", "PlotFunction", *lost)
    world.users.drop(images=5)
    world.run_for(timedelta(minutes=7))
    world.users.drop(images=1)

    world.run_for((2 + sendings) * HOUR)

    assert len(world.sagemaker.jobs) == 2
    assert stored(keys.run_report(world.sagemaker.jobs[0].name))
    world.rest()
