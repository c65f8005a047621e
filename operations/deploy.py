"""`droptrain deploy`: asks the first time, and uses the same answers afterwards."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from operations.clients import AccountClients, endpoint
from operations.deletion import delete_stack
from operations.errors import OperationError
from operations.quotas import quota_names, report_quotas
from operations.sam import sam
from operations.settings import SavedSettings, begin_section, format_parameters, read_settings
from operations.stack import FAILED_CREATE, DeployedStack, find_stack_if_any
from operations.terminal import Terminal
from operations.training_image import image_warning


def deploy(
    terminal: Terminal,
    clients: AccountClients,
    settings: Path,
    saved: SavedSettings,
    changes: Mapping[str, str],
    *,
    ask: bool,
    prepare: Callable[[], None],
) -> None:
    """Build with `prepare`, deploy with these changed parameters, and print what to do next.

    The file `settings` keeps the answers; `saved` is its section on this stack.

    Raises:
        OperationError: the stack cannot be changed now, or the SAM CLI failed.
    """
    where = endpoint() or f"account {clients.account()}"
    terminal.say(f"Deploying {saved.stack} to {where}, {clients.region}.")
    present = _updatable_stack(terminal, clients, saved.stack)
    known = {**(present.parameters if present else {}), **saved.parameters, **changes}
    quotas = quota_names(known)
    report_quotas(terminal, clients, quotas)
    if warning := image_warning(dt.datetime.now(dt.UTC).date()):
        terminal.say(f"! {warning}")
    prepare()
    begin_section(settings, saved.section)
    guided = ask and not saved.is_complete
    if guided:
        terminal.say(f"First deployment: the SAM CLI asks; {settings.name} keeps the answers.")
    command = deploy_command(settings, saved.section, clients.region, known, ask=ask, guided=guided)
    if sam(*command):
        raise OperationError("The deployment failed: see above. Try again with `droptrain deploy`.")
    name = read_settings(settings, saved.section).stack
    stack = find_stack_if_any(clients, name)
    if stack is None:
        raise OperationError(f"{name} was not deployed. Try again with `droptrain deploy`.")
    if quota_names(stack.parameters) != quotas:  # the SAM CLI was told other instance types
        report_quotas(terminal, clients, quota_names(stack.parameters))
    print_next_steps(terminal, stack, saved.section)


def deploy_command(
    settings: Path,
    section: str,
    region: str,
    parameters: Mapping[str, str],
    *,
    ask: bool,
    guided: bool,
) -> list[str]:
    """Return the arguments of `sam deploy`."""
    command = ["deploy", "--config-file", str(settings), "--config-env", section]
    command += ["--region", region, "--no-fail-on-empty-changeset"]
    if not sys.stdout.isatty():
        command.append("--no-progressbar")  # thousands of lines in a file
    if parameters:
        command += ["--parameter-overrides", format_parameters(parameters)]
    if guided:
        return [*command, "--guided"]
    # Given each time, because --save-params keeps this answer, too.
    command.append("--confirm-changeset" if ask else "--no-confirm-changeset")
    # Otherwise the next deployment would restore the old values.
    return [*command, "--save-params"]


def print_next_steps(terminal: Terminal, stack: DeployedStack, section: str) -> None:
    """Print the bucket and the next two commands; the SAM CLI has printed all outputs."""
    bucket = stack.outputs.get("BucketName", stack.bucket)
    terminal.say(f"\n{stack.name}: {stack.status}; its bucket is {bucket}.")
    terminal.say("Next: drop images, one folder per class, then look at their status.")
    terminal.command(f"aws s3 sync ./images s3://{bucket}/raw/ --region {stack.region}")
    terminal.command(f"droptrain status --stack {section}")


def _updatable_stack(
    terminal: Terminal, clients: AccountClients, name: str
) -> DeployedStack | None:
    """Find the stack; delete one whose first deployment failed, as it can't be updated."""
    stack = find_stack_if_any(clients, name)
    if stack and stack.status.endswith("_IN_PROGRESS"):
        raise OperationError(f"{stack.name} is being updated ({stack.status}): try again later.")
    if stack is None or stack.status not in FAILED_CREATE:
        return stack
    terminal.say(f"The first deployment of {stack.name} failed; deleting what is left of it.")
    delete_stack(terminal, clients, stack)
    return None
