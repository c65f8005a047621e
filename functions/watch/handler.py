"""A schedule that fired, launch or a person in; the end of a job, if nobody handled it, out."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from common.documents import WatchEvent
from common.observability import logger, metrics
from common.settings import ScheduleSettings, load
from watch.workflow import Watch


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Look after one job, or once a day after the status."""
    request = WatchEvent.model_validate(event)
    logger.set_correlation_id(request.correlation_id or request.run)
    watch = Watch(load(ScheduleSettings), context.invoked_function_arn)
    outcome = watch.check_job(request) if request.kind == "job" else watch.check_status()
    logger.info("looked", outcome=outcome)
    return {"run": request.run, "outcome": outcome}
