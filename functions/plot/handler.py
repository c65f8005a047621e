"""SageMaker's "training job ended" event in; plots, status and one notification out."""

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
    """Report how a run ended, and notify people once."""
    job = read_job_end(event)
    logger.set_correlation_id(job.correlation_id)
    started = time.monotonic()
    bucket, seconds = load(CommonSettings).bucket, context.get_remaining_time_in_millis() / 1000
    may_replace = partial(may_report_failing, run=job.run)
    try:
        with reporting_failures(bucket, WORK, may_replace, job.ended_at, seconds, run=job.run):
            settings = load(PlotSettings)
            topic = Topic(settings.topic_arn)
            reported = report_run(Bucket(bucket), topic, job, settings.maximum_miss_rate)
    finally:
        metrics.add_metric("PlotSeconds", MetricUnit.Seconds, time.monotonic() - started)
    metrics.add_metric("PlotsWritten", MetricUnit.Count, reported.plots_written)
    answer = {"run": job.run, "state": reported.state, "notified": reported.notified}
    logger.info("the end of a run was recorded", extra=answer)
    return answer
