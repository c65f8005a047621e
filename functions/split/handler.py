"""A schedule that fired or a job that ended in, a dataset or a refusal out."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from common import clock, keys
from common.failures import Work, reporting_failures
from common.observability import logger, metrics
from common.settings import CommonSettings, load
from split.reporting import may_report_failing
from split.settings import SplitSettings
from split.trigger import read_trigger
from split.workflow import Invocation, split

WORK = Work("Splitting", "drop", f"drop {keys.READY_MARKER}. Nothing under {keys.RAW} was changed.")


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Split the images under `raw/`; the result goes to the launch."""
    trigger = read_trigger(event)
    logger.set_correlation_id(trigger.correlation_id)
    started_at = clock.now()
    bucket, seconds = load(CommonSettings).bucket, context.get_remaining_time_in_millis() / 1000
    with reporting_failures(bucket, WORK, may_report_failing, started_at, seconds):
        invocation = Invocation(
            load(SplitSettings),
            trigger,
            started_at,
            context.invoked_function_arn,
            seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
        )
        return split(invocation).model_dump(mode="json")
