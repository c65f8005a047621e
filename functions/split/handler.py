"""A schedule that fired or a job that ended in, a dataset or a refusal out."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from common import clock, keys
from common.failures import Work, reporting_failures
from common.observability import logger, metrics
from common.settings import CommonSettings, load
from split.readiness import Invocation
from split.reporting import may_say_failing
from split.settings import SplitSettings
from split.trigger import read_trigger
from split.workers import SecondsLeft
from split.workflow import split

WORK = Work("Splitting", "drop", f"drop {keys.READY_MARKER}. Nothing under {keys.RAW} was changed.")


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Split what lies under `raw/`; the answer goes to the launch."""
    trigger = read_trigger(event)
    logger.set_correlation_id(trigger.correlation_id)
    started_at = clock.now()
    invocation = Invocation(
        trigger, started_at, context.invoked_function_arn, seconds_left(context)
    )
    with reporting_failures(load(CommonSettings).bucket, WORK, may_say_failing, started_at):
        return split(load(SplitSettings), invocation).to_json()


def seconds_left(context: LambdaContext) -> SecondsLeft:
    """Return what tells how many seconds Lambda leaves this invocation."""
    return lambda: context.get_remaining_time_in_millis() / 1000
