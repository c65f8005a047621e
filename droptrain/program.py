"""The group of commands: how its errors look and which exit code they get."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import click

from operations.visible import visible


class Failure(click.ClickException):
    """Ends a command with one line, `error: …`, and exit code 1."""


class Misuse(Failure):
    """The same with exit code 2: what the user gave can't be used."""

    exit_code = 2


class Program(click.Group):
    """A group of commands whose return values are exit codes, and errors one line, `error: …`."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the names in the order in which the commands were added."""
        return list(self.commands)

    def main(self, *arguments: Any, **settings: Any) -> NoReturn:
        """Run the command line and exit."""
        try:
            code = super().main(*arguments, **(settings | {"standalone_mode": False}))
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            code = error.exit_code
        except click.ClickException as error:
            context = error.ctx if isinstance(error, click.UsageError) else None
            hint = f" See `{context.command_path} --help`." if context else ""
            complain(f"error: {error.format_message()}{hint}")
            code = error.exit_code
        sys.exit(code)


def complain(message: str) -> None:
    """Print to standard error, with hidden characters made visible."""
    click.echo(visible(message), err=True)


def examples(*lines: str) -> str:
    """Return an epilog of examples, which click must not wrap."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])
