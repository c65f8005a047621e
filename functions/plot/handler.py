"""SageMaker's "training job ended" event in; plots, status and one notification out.

A person's request to change the current model comes here, too: the pages that name it are plot's.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from common.failures import REPORTING_THE_RUN, Work, reporting_failures
from common.observability import MetricUnit, logger, metrics
from common.s3 import Bucket
from common.settings import CommonSettings, load
from common.sns import Topic
from plot.job_end import read_job_end
from plot.promotion import SOURCE, ModelRequest, fulfil
from plot.reporting import may_report_failing
from plot.settings import PlotSettings
from plot.workflow import report_run

WORK = Work(
    REPORTING_THE_RUN,
    "run",
    "run `droptrain plots` with the run's name. The results of the training stay in the bucket.",
)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Report how a run ended and notify people once, or change the current model."""
    if event.get("source") == SOURCE:
        return _change_model(ModelRequest.model_validate(event))
    job = read_job_end(event)
    logger.set_correlation_id(job.correlation_id)
    started = time.monotonic()
    bucket, seconds = load(CommonSettings).bucket, context.get_remaining_time_in_millis() / 1000
    may_replace = partial(may_report_failing, run=job.run)
    try:
        with reporting_failures(bucket, WORK, may_replace, job.ended_at, seconds, run=job.run):
            settings = load(PlotSettings)
            reported = report_run(Bucket(bucket), Topic(settings.topic_arn), job, settings)
    finally:
        metrics.add_metric("PlotSeconds", MetricUnit.Seconds, time.monotonic() - started)
    metrics.add_metric("PlotsWritten", MetricUnit.Count, reported.plots_written)
    answer = {"run": job.run, "state": reported.state, "notified": reported.notified}
    logger.info("the end of a run was recorded", extra=answer)
    return answer


def _change_model(request: ModelRequest) -> dict[str, Any]:
    answer = fulfil(Bucket(load(CommonSettings).bucket), request).model_dump()
    logger.info("a change of the current model was requested", extra=answer)
    return answer
