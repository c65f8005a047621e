"""The split's answer in, at most one training job out."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from common.observability import logger, metrics
from common.settings import load
from launch.settings import LaunchSettings
from launch.steps import Order, launch


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Act on the split's answer, which a Lambda destination wraps in an envelope.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    answer = event["responsePayload"]
    logger.set_correlation_id(answer["trigger"]["correlation_id"])
    if answer["status"] != "ready":
        logger.info("nothing to launch", status=answer["status"])
        return {"outcome": "ignored", "run": None}
    decision = launch(Order.from_answer(answer), load(LaunchSettings))
    return {"outcome": decision.outcome, "run": str(decision.run)}
