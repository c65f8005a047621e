"""A log is followed to its last line, which may come after the job's end."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.console import Console

from operations.logs import JobStep, LogLine, follow
from operations.terminal import Terminal


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass
class PlayedJob:
    """Plays one round for each look: the status, and the lines that have come."""

    rounds: list[tuple[str, list[str]]]
    failure_reason: str | None = None
    began: dt.datetime = field(default_factory=now)
    looks: int = 0

    @property
    def status(self) -> str:
        return self._round()[0]

    def refresh(self) -> list[JobStep]:
        self.looks += 1
        return [JobStep(self.began, "Training", "Training image download completed.")]

    def lines(self) -> Iterator[LogLine]:
        if self.looks <= len(self.rounds):
            yield from (LogLine(self.began, text) for text in self._round()[1])

    def _round(self) -> tuple[str, list[str]]:
        return self.rounds[min(self.looks, len(self.rounds)) - 1]


def played(job: PlayedJob) -> tuple[bool, str]:
    out = io.StringIO()
    completed = follow(Terminal(Console(file=out, width=200)), job, poll=0)
    return completed, out.getvalue()


def test_lines_that_come_after_the_end_are_printed():
    job = PlayedJob([("InProgress", ["epoch 1"]), ("Completed", []), ("Completed", ["epoch 2"])])

    completed, text = played(job)

    assert completed
    assert text.index("epoch 1") < text.index("epoch 2") < text.index("has ended: Completed.")


def test_a_step_is_printed_once():
    _, text = played(PlayedJob([("InProgress", []), ("InProgress", []), ("Completed", ["x"])]))

    assert text.count("[Training]") == 1


def test_a_failed_job_ends_with_its_reason():
    job = PlayedJob([("Failed", ["x"])], failure_reason="AlgorithmError: no images")

    completed, text = played(job)

    assert not completed
    assert "has ended: Failed. AlgorithmError: no images" in text


def test_brackets_of_a_line_are_printed_as_they_are():
    _, text = played(PlayedJob([("Completed", ["[bold] loss [/x]"])]))

    assert "[bold] loss [/x]" in text


def test_a_job_of_long_ago_is_read_once():
    job = PlayedJob([("Completed", ["x"])], began=now() - dt.timedelta(hours=3))

    played(job)

    assert job.looks == 1


def test_a_job_without_a_line_is_reported():
    assert "It wrote no line" in played(PlayedJob([("Failed", [])]))[1]
