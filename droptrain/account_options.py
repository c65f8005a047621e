"""What the commands for an AWS account share: their options, their errors, and how they connect."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from droptrain import EXIT_INTERRUPTED
from droptrain.program import Failure, complain, examples

if TYPE_CHECKING:
    from operations.clients import AccountClients
    from operations.settings import SavedSettings
    from operations.stack import DeployedStack
    from operations.terminal import Terminal

INTERRUPTED = "\ninterrupted: AWS continues what it was asked to do"
Function = TypeVar("Function", bound=Callable[..., Any])


class AccountCommand(click.Command):
    """A command on AWS, with its errors and Ctrl-C explained."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command.

        Raises:
            Failure: says in one line what went wrong and what to do.
        """
        from operations.errors import OperationError, explained

        try:
            with explained():
                return super().invoke(context)
        except OperationError as error:
            raise Failure(str(error)) from error
        except KeyboardInterrupt:
            complain(INTERRUPTED)
            raise click.exceptions.Exit(EXIT_INTERRUPTED) from None


def account_command(*example_lines: str) -> Callable[[Callable[..., Any]], AccountCommand]:
    """Make a command on AWS, with examples."""
    return click.command(cls=AccountCommand, epilog=examples(*example_lines))


def stack_options(function: Function) -> Function:
    """Add the options that say which stack is meant."""
    function = region_option("the one of the last deployment, else your environment's")(function)
    return click.option(
        "--stack", metavar="NAME", help="Default: the name in samconfig.toml, droptrain"
    )(function)


def region_option(default: str) -> Callable[[Function], Function]:
    """Add the option for the region."""
    return click.option("--region", metavar="NAME", help=f"Default: {default}")


def parameters_option(text: str) -> Callable[[Function], Function]:
    """Add the option for parameters of the template."""
    return click.option("--parameters", default="", metavar='"NAME=VALUE ..."', help=text)


def yes_option(text: str) -> Callable[[Function], Function]:
    """Add the option that answers every question."""
    return click.option("--yes", is_flag=True, help=text)


def usage_option(
    name: str, default: float | str, text: str, metavar: str = "N"
) -> Callable[[Function], Function]:
    """Add an option for some usage to price."""
    text = f"{text}. Default: {default if isinstance(default, str) else f'{default:g}'}"
    return click.option(name, default=default, metavar=metavar, help=text)


def connect_to(stack: str | None, region: str | None) -> tuple[AccountClients, SavedSettings]:
    """Connect to the region, and read what is saved about the stack."""
    from operations.clients import connect
    from operations.settings import default_stack, read_settings, settings_file

    saved = read_settings(settings_file(), stack or default_stack())
    return connect(region or saved.region), saved


def make_terminal(*, yes: bool = False) -> Terminal:
    """Return the terminal, which asks nothing if `yes`."""
    from operations.terminal import Terminal

    return Terminal(assume_yes=yes)


def find_deployed(stack: str | None, region: str | None) -> tuple[AccountClients, DeployedStack]:
    """Connect, and find the stack."""
    from operations.stack import find_stack

    clients, saved = connect_to(stack, region)
    return clients, find_stack(clients, saved.stack)
