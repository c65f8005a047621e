"""What a person sees of a run: live bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed
from rich.table import Table

from local_cloud.run.epochs import Epoch
from local_cloud.run.timeline import TRAINING, Timeline
from local_cloud.terminal_text import visible

# On a terminal that cannot redraw, a counter is a line; so many of them are enough.
PLAIN_LINES = 5


class Display:
    """The terminal during one run."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._live = self.console.is_terminal
        self._started = dt.datetime.now(dt.UTC)
        self._training: tuple[Progress, TaskID] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end_training()

    def say(self, sentence: str) -> None:
        """Print a line with the seconds since the start."""
        seconds = (dt.datetime.now(dt.UTC) - self._started).total_seconds()
        self.console.print(f"[dim]{seconds:6.1f} s[/]  {_safe(sentence)}", soft_wrap=True)

    def block(self, text: str) -> None:
        """Print lines as they are, set off by an empty one: they are there to be copied."""
        self.console.print(f"\n{_safe(text)}", soft_wrap=True)

    @contextmanager
    def counting(self, what: str, total: int) -> Iterator[Counter]:
        """Show how far something with a known end is."""
        if not self._live:
            yield PlainCounter(self, what, total)
            return
        columns = (TextColumn(f"          {what}"), BarColumn(), MofNCompleteColumn(), Elapsed())
        with Progress(*columns, console=self.console, transient=True) as progress:
            yield LiveCounter(progress, progress.add_task(what, total=total))
        self.say(f"{what}: {total}")

    def epoch(self, epoch: Epoch) -> None:
        """Show a completed epoch with its metrics."""
        text = "; ".join(
            f"{name} {_figure(epoch, name)} train, {_figure(epoch, f'val_{name}')} validation"
            for name in ("accuracy", "loss")
        )
        if not self._live:
            self.say(f"epoch {epoch.number} of {epoch.of}: {text}")
            return
        if self._training is None:
            self._training = self._begin_training(epoch.of)
        progress, task = self._training
        progress.update(task, completed=epoch.number, metrics=text)

    def end_training(self) -> None:
        """Take the bar of the epochs away and leave its last line."""
        if self._training is None:
            return
        progress, task = self._training
        self._training = None
        progress.stop()
        last = progress.tasks[task]
        self.say(f"epoch {last.completed:.0f} of {last.total:.0f}: {last.fields['metrics']}")

    def timeline(self, timeline: Timeline) -> None:
        """Print how long each step took."""
        table = Table(title="Where the time went", title_justify="left", box=None, pad_edge=False)
        table.add_column("step")
        table.add_column("seconds", justify="right")
        for step in timeline.steps:
            table.add_row(step.name, f"{step.seconds:.1f}")
        table.add_row("[bold]all[/]", f"[bold]{timeline.seconds:.1f}[/]")
        table.add_row(f"[bold]all but the {TRAINING}[/]", f"[bold]{timeline.chain_seconds:.1f}[/]")
        self.console.print()
        self.console.print(table)

    def results(self, sentence: str, files: list[Path]) -> None:
        """Print how the run ended and what to open."""
        self.console.print(f"\n[bold]{_safe(sentence)}[/]", soft_wrap=True)
        if files:
            self.console.print("\nOpen:")
        for file in files:
            self.console.print(f"  {_safe(str(file))}", soft_wrap=True)

    def _begin_training(self, epochs: int) -> tuple[Progress, TaskID]:
        progress = Progress(
            TextColumn("          epoch"),
            MofNCompleteColumn(),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[metrics]}"),
            Elapsed(),
            console=self.console,
            transient=True,
        )
        task = progress.add_task("epochs", total=epochs, metrics="")
        progress.start()
        return progress, task


def _safe(text: str) -> str:
    """Make of a text from outside what rich prints as it is."""
    return escape(visible(text))


def _figure(epoch: Epoch, name: str) -> str:
    return f"{epoch.metrics[name]:.3f}" if name in epoch.metrics else "-"


class Counter:
    """Counts something that is going on."""

    def advance(self) -> None:
        """Count one more."""
        raise RuntimeError("a display makes counters of its own kind")


class LiveCounter(Counter):
    """A bar."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def advance(self) -> None:
        """Count one more."""
        self._progress.advance(self._task)


class PlainCounter(Counter):
    """A few lines."""

    def __init__(self, display: Display, what: str, total: int) -> None:
        self._display = display
        self._what = what
        self._total = total
        self._count = 0

    def advance(self) -> None:
        """Count one more."""
        self._count += 1
        if self._count == self._total or self._count % max(1, self._total // PLAIN_LINES) == 0:
            self._display.say(f"{self._what}: {self._count} of {self._total}")
