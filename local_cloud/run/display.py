"""The terminal of a run: progress bars where it can redraw, plain lines elsewhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed
from rich.table import Table

from local_cloud.run.timeline import TRAINING, Timeline
from operations.visible import visible

PLAIN_LINES = 5  # of a counter, where the terminal can't redraw


class Display:
    """The terminal during one run."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._live = self.console.is_terminal
        self._started = dt.datetime.now(dt.UTC)
        self._training: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end_training()

    def say(self, sentence: str) -> None:
        """Print a line with the seconds since the start."""
        seconds = (dt.datetime.now(dt.UTC) - self._started).total_seconds()
        self.console.print(f"[dim]{seconds:6.1f} s[/]  {_safe(sentence)}", soft_wrap=True)

    def block(self, text: str) -> None:
        """Print lines as they are, after an empty line: they can be copied."""
        self.console.print(f"\n{_safe(text)}", soft_wrap=True)

    @contextmanager
    def counting(self, label: str, total: int) -> Iterator[Callable[[], None]]:
        """Show the progress of something with a known end; call the result for each step."""
        if not self._live:
            yield self._plain_counter(label, total)
            return
        columns = (TextColumn(f"          {label}"), BarColumn(), MofNCompleteColumn(), Elapsed())
        with Progress(*columns, console=self.console, transient=True) as progress:
            task = progress.add_task(label, total=total)
            yield lambda: progress.advance(task)
        self.say(f"{label}: {total}")

    def _plain_counter(self, label: str, total: int) -> Callable[[], None]:
        count = 0

        def advance() -> None:
            nonlocal count
            count += 1
            if count == total or count % max(1, total // PLAIN_LINES) == 0:
                self.say(f"{label}: {count} of {total}")

        return advance

    def epoch(self, number: int, epochs: int, metrics: str) -> None:
        """Show a completed epoch with its metrics."""
        if not self._live:
            self.say(f"Epoch {number} of {epochs}: {metrics}")
            return
        if self._training is None:
            self._training = self._start_training(epochs)
        self._training.update(self._training.task_ids[0], completed=number, metrics=metrics)

    def end_training(self) -> None:
        """Replace the bar of the epochs by a line with the last one."""
        if self._training is None:
            return
        progress, self._training = self._training, None
        progress.stop()
        [last] = progress.tasks
        self.say(f"Epoch {last.completed:.0f} of {last.total:.0f}: {last.fields['metrics']}")

    def timeline(self, timeline: Timeline) -> None:
        """Print the duration of each step."""
        table = Table(title="Duration of each step", title_justify="left", box=None, pad_edge=False)
        table.add_column("step")
        table.add_column("seconds", justify="right")
        for name, seconds in timeline.steps.items():
            table.add_row(name, f"{seconds:.1f}")
        table.add_row("[bold]total[/]", f"[bold]{timeline.seconds:.1f}[/]")
        without = f"[bold]total without the {TRAINING}[/]"
        table.add_row(without, f"[bold]{timeline.chain_seconds:.1f}[/]")
        self.console.print()
        self.console.print(table)

    def results(self, sentence: str, files: list[Path]) -> None:
        """Print how the run ended and the files to open."""
        self.console.print(f"\n[bold]{_safe(sentence)}[/]", soft_wrap=True)
        if files:
            self.console.print("\nOpen:")
        for file in files:
            self.console.print(f"  {_safe(str(file))}", soft_wrap=True)

    def _start_training(self, epochs: int) -> Progress:
        progress = Progress(
            TextColumn("          Epoch"),
            MofNCompleteColumn(),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[metrics]}"),
            Elapsed(),
            console=self.console,
            transient=True,
        )
        progress.add_task("epochs", total=epochs, metrics="")
        progress.start()
        return progress


def _safe(text: str) -> str:
    """Escape a text from outside: rich then prints it as it is, without hidden characters."""
    return escape(visible(text))
