"""What the status says of the current model and of the candidate that waits."""

from __future__ import annotations

from common import keys
from common.current_model import CurrentModel, read_current_model
from common.run_index import RunIndex, read_index
from common.s3 import Bucket
from common.status import StatusBoard
from common.wording import moment
from plot.gate import promotion_of


def report_models(bucket: Bucket) -> None:
    """Report them as they are now; nothing before the first model."""
    current = read_current_model(bucket)
    index = read_index(bucket.get(keys.RUNS_JSON)) or RunIndex()
    waiting = index.waiting(current.ended_at if current else None)
    sentences, times = [], []
    if current:
        sentences.append(_describe(current))
        times.append(current.since)
    if waiting:
        sentences.append(f"{waiting.run} waits. {waiting.gate}")
        times.append(waiting.ended_at)
    if not sentences:
        return
    sentence, board = " ".join(sentences), StatusBoard(bucket)
    if waiting:
        command = promotion_of(waiting.run)
        board.report_model("candidate", sentence, as_of=max(times), to_promote=command)
    else:
        board.report_model("current", sentence, as_of=max(times))


def _describe(current: CurrentModel) -> str:
    since = moment(current.since)
    return f"{current.run} has been the current model since {since}: {current.reason}"
