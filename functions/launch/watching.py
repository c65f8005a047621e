"""Schedules the watch: for when a job must have ended, or at once if its report is missing.

EventBridge doesn't promise to deliver the event of a job's end; the watch notices when it is lost.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from common import clock
from common.documents import WatchEvent
from common.schedule import watch_name
from common.scheduler import create_schedule
from launch.order import Order
from launch.request import stopping_condition
from launch.run_name import RunName
from launch.settings import LaunchSettings

# For the machine to start before the training, and for the results to be stored after it. A job
# that takes longer is looked at again.
MARGIN = timedelta(minutes=15)


def look_after(run: RunName, order: Order, settings: LaunchSettings) -> None:
    """Schedule a look at a job that starts now."""
    seconds = max(stopping_condition(settings, is_spot=settings.use_spot).values())
    _look(run, order, settings, clock.now() + timedelta(seconds=seconds) + MARGIN)


def look_now(run: RunName, order: Order, settings: LaunchSettings) -> None:
    """Let the watch send the end of a job again."""
    _look(run, order, settings, clock.now())


def _look(run: RunName, order: Order, settings: LaunchSettings, at: datetime) -> None:
    event = WatchEvent(kind="job", run=str(run), correlation_id=order.correlation_id)
    name = watch_name(event.run, at)
    create_schedule(name, event, at.replace(microsecond=0), settings.watch_function_arn, settings)
