"""A schedule that fired or a job that ended in, a dataset or a refusal out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from common.errors import OutOfTimeError, SameContentError, UncopyableError
from common.observability import logger, metrics
from common.settings import load
from common.storage import Bucket
from split import conclusion, steps
from split.refusal import Refusal
from split.settings import SplitSettings
from split.trigger import Trigger, read_trigger
from split.workers import SecondsLeft


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Split what lies under `raw/`; the answer goes to the launch."""
    settings = load(SplitSettings)
    trigger = read_trigger(event)
    logger.set_correlation_id(trigger.correlation_id)
    try:
        if steps.must_wait(settings, trigger):
            return conclusion.answer("not yet", trigger)
        return _split_what_can_be_copied(settings, trigger, seconds_left(context))
    except OutOfTimeError:
        raise  # the status says already how far it came
    except Exception as error:
        conclusion.report_failing(settings, error)
        raise


def _split_what_can_be_copied(
    settings: SplitSettings, trigger: Trigger, left: SecondsLeft
) -> dict[str, Any]:
    uncopyable: dict[str, str] = {}
    while True:
        try:
            return _split(settings, trigger, uncopyable, left)
        except UncopyableError as error:
            # Only copying tells what S3 does not copy. Each turn leaves out more, so this ends.
            logger.warning(
                "left out what S3 does not copy", reasons=Counter(error.reasons.values())
            )
            uncopyable |= error.reasons
        except SameContentError:
            # Each turn gives at least one content the name of another, so this ends too.
            logger.info("splitting again: images uploaded in parts are the same as others")


def _split(
    settings: SplitSettings, trigger: Trigger, uncopyable: Mapping[str, str], left: SecondsLeft
) -> dict[str, Any]:
    bucket = Bucket(settings.bucket)
    cleaned = steps.look(settings.bucket, uncopyable)
    decision = steps.decide(bucket, cleaned, settings)
    if isinstance(decision, Refusal):
        return conclusion.refused(settings, trigger, cleaned, decision)
    run = steps.launched_run(bucket, decision)
    if run and trigger.kind == "window":
        return conclusion.unchanged(settings, trigger, decision, run)
    return conclusion.ready(settings, trigger, cleaned, decision, left)


def seconds_left(context: LambdaContext) -> SecondsLeft:
    """Return what tells how many seconds Lambda leaves this invocation."""
    return lambda: context.get_remaining_time_in_millis() / 1000
