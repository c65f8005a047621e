"""Prints to a person and asks."""

from __future__ import annotations

from rich.console import Console

from operations.visible import visible


class Terminal:
    """Prints sentences and asks; `assume_yes` answers every question with yes."""

    def __init__(self, console: Console | None = None, *, assume_yes: bool = False) -> None:
        self.console = console or Console(highlight=False)
        self._assume_yes = assume_yes

    def say(self, text: str = "") -> None:
        """Print a line, with hidden characters made visible."""
        self.console.print(visible(text), markup=False, soft_wrap=True)

    def command(self, command: str) -> None:
        """Print a command to copy."""
        self.say(f"  {command}")

    def ask(self, question: str) -> bool:
        """Ask for yes or no; without a terminal the answer is no."""
        return self._assume_yes or self._answer(f"{question} [y/N] ").lower() in {"y", "yes"}

    def ask_for_name(self, name: str) -> bool:
        """Ask to type a name, before something that can't be undone."""
        return self._assume_yes or self._answer(f"Type {name} to continue: ") == name

    def _answer(self, question: str) -> str:
        try:
            return self.console.input(question, markup=False).strip()
        except EOFError:
            return ""
