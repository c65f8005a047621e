"""The commands for an AWS account: build, deploy, operate and delete a stack."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
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


def _command(*example_lines: str) -> Callable[[Callable[..., Any]], AccountCommand]:
    return click.command(cls=AccountCommand, epilog=examples(*example_lines))


def _stack_options(function: Function) -> Function:
    """Add the options that say which stack is meant."""
    function = _region("the one of the last deployment, else your environment's")(function)
    return click.option(
        "--stack", metavar="NAME", help="Default: the name in samconfig.toml, droptrain"
    )(function)


def _region(default: str) -> Callable[[Function], Function]:
    return click.option("--region", metavar="NAME", help=f"Default: {default}")


def _parameters(text: str) -> Callable[[Function], Function]:
    return click.option("--parameters", default="", metavar='"NAME=VALUE ..."', help=text)


def _yes(text: str) -> Callable[[Function], Function]:
    return click.option("--yes", is_flag=True, help=text)


def _usage(
    name: str, default: float | str, text: str, metavar: str = "N"
) -> Callable[[Function], Function]:
    text = f"{text}. Default: {default if isinstance(default, str) else f'{default:g}'}"
    return click.option(name, default=default, metavar=metavar, help=text)


def _connect(stack: str | None, region: str | None) -> tuple[AccountClients, SavedSettings]:
    from operations.clients import connect
    from operations.settings import default_stack, read_settings, settings_file

    saved = read_settings(settings_file(), stack or default_stack())
    return connect(region or saved.region), saved


def _terminal(*, yes: bool = False) -> Terminal:
    from operations.terminal import Terminal

    return Terminal(assume_yes=yes)


def _find(stack: str | None, region: str | None) -> tuple[AccountClients, DeployedStack]:
    from operations.stack import find_stack

    clients, saved = _connect(stack, region)
    return clients, find_stack(clients, saved.stack)


@_command("droptrain build")
def build() -> None:
    """Build for Lambda and print the size of each function. Needs no Docker."""
    from operations.build import build as build_functions

    build_functions(_terminal())


@_command(
    "droptrain deploy",
    'droptrain deploy --stack demo --region eu-central-1 --parameters "Epochs=60 UseSpot=true"',
)
@_stack_options
@_parameters("Parameters of template.yaml. They are kept for later deployments.")
@_yes("Ask nothing: take these parameters, and the template's defaults for the rest.")
def deploy(stack: str | None, region: str | None, parameters: str, yes: bool) -> None:
    """Build, then deploy or update the stack. Asks for parameters the first time."""
    from operations.build import build as build_functions
    from operations.deploy import deploy as deploy_stack
    from operations.settings import parse_parameters, settings_file

    changes = parse_parameters(parameters)
    clients, saved = _connect(stack, region)
    terminal = _terminal(yes=yes)
    prepare = partial(build_functions, terminal)
    deploy_stack(terminal, clients, settings_file(), saved, changes, ask=not yes, prepare=prepare)


@_command("droptrain status", "droptrain status --stack demo")
@_stack_options
def status(stack: str | None, region: str | None) -> None:
    """Show the state of the stack, the drop and the newest runs."""
    from operations.status import read_status, show

    clients, deployed = _find(stack, region)
    show(_terminal(), read_status(clients, deployed), dt.datetime.now(dt.UTC))


@_command("droptrain logs", "droptrain logs 1a2b3c4d-5e6f7a8b-9c0d1e2f-1")
@_stack_options
@click.argument("run", required=False)
def logs(stack: str | None, region: str | None, run: str | None) -> int:
    """Follow the log of a training job until it ends.

    RUN is its name. Default: the newest one.
    """
    from operations.jobs import newest_job
    from operations.logs import SageMakerJob, follow
    from operations.stack import find_stack

    clients, saved = _connect(stack, region)
    name = run or newest_job(clients.sagemaker, find_stack(clients, saved.stack)).name
    terminal = _terminal()
    terminal.say(f"Training job {name} in {clients.region}; Ctrl-C leaves it running.")
    return 0 if follow(terminal, SageMakerJob(name)) else 1


@_command("droptrain plots 1a2b3c4d-5e6f7a8b-9c0d1e2f-1")
@_stack_options
@click.argument("run")
def plots(stack: str | None, region: str | None, run: str) -> None:
    """Draw the results of a run again, for example after an update.

    RUN is the name of its training job. Plots and report are replaced; nobody is notified.
    """
    from operations.plots import draw_again

    clients, deployed = _find(stack, region)
    draw_again(_terminal(), clients, deployed, run)


@_command("droptrain redrive --dry-run", "droptrain redrive")
@_stack_options
@click.option("--dry-run", is_flag=True, help="Only show the events.")
@_yes("Send them without asking.")
def redrive(stack: str | None, region: str | None, yes: bool, dry_run: bool) -> int:
    """Send the events that were given up to their functions once more.

    Fix the cause first: docs/operations.md says what each reason means.
    """
    from operations.redrive import redrive as redrive_events

    clients, deployed = _find(stack, region)
    return 0 if redrive_events(_terminal(yes=yes), clients, deployed, dry_run=dry_run) else 1


@_command("droptrain forget raw/oil/7.jpg")
@_stack_options
@_yes("Delete without asking.")
@click.argument("key")
def forget(stack: str | None, region: str | None, yes: bool, key: str) -> int:
    """Delete an image for good. KEY is its key in the bucket.

    Its copies, and the pages and archives that may show it, are deleted, too.
    """
    from operations.forget import forget as forget_image

    clients, deployed = _find(stack, region)
    return 0 if forget_image(_terminal(yes=yes), clients, deployed, key) else 1


@_command(
    "droptrain delete                     the bucket with your images stays",
    "droptrain delete --with-bucket       it goes, too",
    "droptrain delete --bucket NAME       delete a bucket that stayed",
)
@_stack_options
@click.option("--with-bucket", is_flag=True, help="Delete the bucket and every image in it, too.")
@click.option("--bucket", metavar="NAME", help="Only empty and delete this bucket.")
@_yes("Delete without asking. Also stops a running training job.")
def delete(
    stack: str | None, region: str | None, with_bucket: bool, bucket: str | None, yes: bool
) -> int:
    """Delete the stack. List what stays, and how to remove it."""
    from operations.delete import delete as delete_deployed
    from operations.delete import delete_bucket

    terminal = _terminal(yes=yes)
    if bucket:
        clients, _ = _connect(stack, region)
        return 0 if delete_bucket(terminal, clients, bucket) else 1
    clients, deployed = _find(stack, region)
    return 0 if delete_deployed(terminal, clients, deployed, with_bucket=with_bucket) else 1


@_command(
    "droptrain verify --region eu-central-1",
    'droptrain verify --parameters "InstanceType=ml.g4dn.xlarge UseSpot=true"',
)
@_region("your environment's")
@_parameters("Parameters of template.yaml.")
@click.option("--keep", is_flag=True, help="Keep the stack, for you to look at.")
@_yes("Begin without asking.")
def verify(region: str | None, parameters: str, keep: bool, yes: bool) -> int:
    """Prove in your account that everything works.

    Deploys a stack of its own, drops 2 x 20 drawn images, waits for the plots, checks what only AWS
    can show (roles, logs, deliveries), deletes everything, deploys and deletes once more, and
    prints what it cost. It takes up to an hour.
    """
    from operations.clients import connect
    from operations.settings import parse_parameters
    from operations.verify import verify as verify_account

    changes = parse_parameters(parameters)
    passed = verify_account(_terminal(yes=yes), connect(region), changes, keep=keep)
    return 0 if passed else 1


@_command(
    "droptrain costs",
    "droptrain costs --images 5000 --minutes 30 --instance ml.g4dn.xlarge",
)
@_usage("--images", 1000, "Images of a drop")
@_usage("--megabytes", 2.0, "Size of an image")
@_usage("--upload-minutes", 10.0, "Time to upload a drop")
@_usage("--minutes", 10.0, "Time to train")
@_usage("--instance", "ml.m5.xlarge", "Machine that trains", "TYPE")
def costs(**usage: Any) -> None:
    """Print what it costs on AWS, with the arithmetic."""
    from operations.costs import Usage, cost_tables

    click.echo(cost_tables(Usage(**usage)))


COMMANDS = (build, deploy, status, logs, plots, redrive, forget, delete, verify, costs)
