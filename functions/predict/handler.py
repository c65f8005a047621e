"""SQS batch of S3 notifications in, answers in the bucket; a schedule in, pages in the bucket."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from common.observability import logger, metrics
from common.settings import load
from predict.settings import PredictSettings
from predict.window import PagesEvent
from predict.workflow import Predict


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the images of a batch and report the messages that failed, or write the pages."""
    predict = Predict(load(PredictSettings), context.invoked_function_arn)
    if "Records" not in event:
        request = PagesEvent.model_validate(event)
        logger.set_correlation_id(request.correlation_id)
        return {"answers": predict.write_pages(request)}
    bodies = {record["messageId"]: record["body"] for record in event["Records"]}
    failed = predict.answer_messages(bodies, context.aws_request_id)
    return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}
