"""What people read about something that ended without a word: state `failing` and the remedy."""

from __future__ import annotations

import json
from datetime import datetime

from common import clock, keys
from common.failures import REPORTING_THE_RUN
from common.s3 import Bucket
from common.status import StatusBoard
from common.status_document import Status, StatusEntry, StatusFacts
from common.wording import moment
from watch.stuck import is_stuck

WORK = "Going on with the drop"
RUNBOOK = "docs/operations.md"


class WatchReporter:
    """Reads the status and reports in it."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._board = StatusBoard(bucket)

    def read(self) -> Status:
        """Return the status as it is; empty before the first drop."""
        status: Status = json.loads(self._bucket.get(keys.STATUS_JSON) or b"{}")
        return status

    def repair_page(self) -> None:
        """Write the page of the status again, which a function may have died before."""
        self._board.write_page()

    def unreported(self, run: str, ended_at: datetime) -> None:
        """Report that a run has no report although its job ended."""
        sentence = (
            f"Training ended at {moment(ended_at)}, but its report was never written. It is being "
            f"written now. If this is still shown after half an hour, run `droptrain plots {run}`; "
            f"if that fails too, see {RUNBOOK}."
        )

        def may_replace(shown: StatusEntry) -> bool:
            return shown.get("run") != run or shown["state"] == "training"

        facts: StatusFacts = {"run": run}
        self._board.report_failing("run", REPORTING_THE_RUN, sentence, may_replace, ended_at, facts)

    def stuck(self, drop: StatusEntry) -> None:
        """Report that nothing came of a drop."""
        since = moment(clock.from_text(drop["updated_at"]))
        sentence = (
            f"Nothing has come of this drop since {since}, when it was {drop['state']!r}: an event "
            "was lost, or Lambda stopped a function at its time or memory limit. It is split again "
            f"within an hour. If this is still shown then, see {RUNBOOK}; to try at once, drop "
            f"{keys.READY_MARKER}."
        )
        facts: StatusFacts = {"dataset": drop["dataset"]} if "dataset" in drop else {}
        as_of = clock.from_text(drop.get("as_of") or drop["updated_at"])
        self._board.report_failing(
            "drop", WORK, sentence, lambda shown: is_stuck(shown, clock.now()), as_of, facts
        )
