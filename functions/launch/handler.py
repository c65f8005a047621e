"""The split's answer in, at most one training job out."""

from __future__ import annotations

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from common import keys
from common.documents import SplitAnswer
from common.failures import Work, reporting_failures
from common.observability import logger, metrics
from common.settings import CommonSettings, load
from launch.order import Order
from launch.reporting import may_report_failing
from launch.settings import LaunchSettings
from launch.workflow import launch

WORK = Work("Starting the training", "drop", f"drop {keys.READY_MARKER}.")


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Act on the split's answer, which a Lambda destination wraps in an envelope.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    answer = SplitAnswer.model_validate(event["responsePayload"])
    logger.set_correlation_id(answer.trigger.correlation_id)
    if answer.status != "ready":
        logger.info("nothing to launch", status=answer.status)
        return {"outcome": "ignored", "run": None}
    order = Order.from_answer(answer)
    bucket, dataset = load(CommonSettings).bucket, order.dataset
    may_replace = partial(may_report_failing, dataset=dataset)
    seconds = context.get_remaining_time_in_millis() / 1000
    with reporting_failures(bucket, WORK, may_replace, order.listed_at, seconds, dataset=dataset):
        decision = launch(order, load(LaunchSettings))
    return {"outcome": decision.outcome, "run": str(decision.run)}
