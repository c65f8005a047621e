"""The split's answer in, at most one training job out."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from common import keys
from common.failing import Work, told_when_failing
from common.observability import logger, metrics
from common.settings import CommonSettings, load
from common.status import Entry
from launch.settings import LaunchSettings
from launch.workflow import Order, launch

WORK = Work("Starting the training", "drop", f"drop {keys.READY_MARKER}.")


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
    order = Order.from_answer(answer)

    def may_say_failing(shown: Entry) -> bool:
        return shown.get("dataset") == order.dataset and shown["state"] != "launched"

    bucket = load(CommonSettings).bucket
    as_of = order.listed_at
    with told_when_failing(bucket, WORK, may_say_failing, as_of, dataset=order.dataset):
        decision = launch(order, load(LaunchSettings))
    return {"outcome": decision.outcome, "run": str(decision.run)}
