"""The commands for an AWS account: build, deploy, operate and delete a stack."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import click

from droptrain.account_options import (
    account_command,
    connect_to,
    find_deployed,
    make_terminal,
    parameters_option,
    region_option,
    stack_options,
    usage_option,
    yes_option,
)


@account_command("droptrain build")
def build() -> None:
    """Build for Lambda and print the size of each function. Needs no Docker."""
    from operations.build import build as build_functions

    build_functions(make_terminal())


@account_command(
    "droptrain deploy",
    'droptrain deploy --stack demo --region eu-central-1 --parameters "Epochs=60 UseSpot=true"',
)
@stack_options
@parameters_option("Parameters of template.yaml. They are kept for later deployments.")
@yes_option("Ask nothing: take these parameters, and the template's defaults for the rest.")
def deploy(stack: str | None, region: str | None, parameters: str, yes: bool) -> None:
    """Build, then deploy or update the stack. Asks for parameters the first time."""
    from operations.build import build as build_functions
    from operations.deploy import deploy as deploy_stack
    from operations.settings import parse_parameters, settings_file

    changes = parse_parameters(parameters)
    clients, saved = connect_to(stack, region)
    terminal = make_terminal(yes=yes)
    prepare = partial(build_functions, terminal)
    deploy_stack(terminal, clients, settings_file(), saved, changes, ask=not yes, prepare=prepare)


@account_command("droptrain status", "droptrain status --stack demo")
@stack_options
def status(stack: str | None, region: str | None) -> None:
    """Show the state of the stack, the drop and the newest runs."""
    from operations.status import read_status, show

    clients, deployed = find_deployed(stack, region)
    show(make_terminal(), read_status(clients, deployed), dt.datetime.now(dt.UTC))


@account_command("droptrain logs", "droptrain logs 1a2b3c4d-5e6f7a8b-9c0d1e2f-1")
@stack_options
@click.argument("run", required=False)
def logs(stack: str | None, region: str | None, run: str | None) -> int:
    """Follow the log of a training job until it ends.

    RUN is its name. Default: the newest one.
    """
    from operations.jobs import newest_job
    from operations.logs import SageMakerJob, follow
    from operations.stack import find_stack

    clients, saved = connect_to(stack, region)
    name = run or newest_job(clients.sagemaker, find_stack(clients, saved.stack)).name
    terminal = make_terminal()
    terminal.say(f"Training job {name} in {clients.region}; Ctrl-C leaves it running.")
    return 0 if follow(terminal, SageMakerJob(name)) else 1


@account_command("droptrain plots 1a2b3c4d-5e6f7a8b-9c0d1e2f-1")
@stack_options
@click.argument("run")
def plots(stack: str | None, region: str | None, run: str) -> None:
    """Draw the results of a run again, for example after an update.

    RUN is the name of its training job. Plots and report are replaced; nobody is notified.
    """
    from operations.plots import draw_again

    clients, deployed = find_deployed(stack, region)
    draw_again(make_terminal(), clients, deployed, run)


@account_command("droptrain promote 1a2b3c4d-5e6f7a8b-9c0d1e2f-2")
@stack_options
@click.argument("run")
def promote(stack: str | None, region: str | None, run: str) -> None:
    """Make the model of a run the current one.

    RUN is the name of its training job: a candidate's, or any completed run's.
    """
    from operations.promote import promote as promote_run

    clients, deployed = find_deployed(stack, region)
    promote_run(make_terminal(), clients, deployed, run)


@account_command("droptrain rollback")
@stack_options
def rollback(stack: str | None, region: str | None) -> None:
    """Make the model that was current before the current one again.

    A second rollback returns to the model that the first one left.
    """
    from operations.promote import roll_back

    clients, deployed = find_deployed(stack, region)
    roll_back(make_terminal(), clients, deployed)


@account_command("droptrain redrive --dry-run", "droptrain redrive")
@stack_options
@click.option("--dry-run", is_flag=True, help="Only show the events.")
@yes_option("Send them without asking.")
def redrive(stack: str | None, region: str | None, yes: bool, dry_run: bool) -> int:
    """Send the events that were given up to their functions once more.

    Fix the cause first: docs/operations.md says what each reason means.
    """
    from operations.redrive import redrive as redrive_events

    clients, deployed = find_deployed(stack, region)
    return 0 if redrive_events(make_terminal(yes=yes), clients, deployed, dry_run=dry_run) else 1


@account_command("droptrain forget raw/oil/7.jpg")
@stack_options
@yes_option("Delete without asking.")
@click.argument("key")
def forget(stack: str | None, region: str | None, yes: bool, key: str) -> int:
    """Delete an image for good. KEY is its key in the bucket.

    Its copies, and the pages and archives that may show it, are deleted, too.
    """
    from operations.forget import forget as forget_image

    clients, deployed = find_deployed(stack, region)
    return 0 if forget_image(make_terminal(yes=yes), clients, deployed, key) else 1


@account_command(
    "droptrain delete                     the bucket with your images stays",
    "droptrain delete --with-bucket       it goes, too",
    "droptrain delete --bucket NAME       delete a bucket that stayed",
)
@stack_options
@click.option("--with-bucket", is_flag=True, help="Delete the bucket and every image in it, too.")
@click.option("--bucket", metavar="NAME", help="Only empty and delete this bucket.")
@yes_option("Delete without asking. Also stops a running training job.")
def delete(
    stack: str | None, region: str | None, with_bucket: bool, bucket: str | None, yes: bool
) -> int:
    """Delete the stack. List what stays, and how to remove it."""
    from operations.delete import delete as delete_deployed
    from operations.delete import delete_bucket

    terminal = make_terminal(yes=yes)
    if bucket:
        clients, _ = connect_to(stack, region)
        return 0 if delete_bucket(terminal, clients, bucket) else 1
    clients, deployed = find_deployed(stack, region)
    return 0 if delete_deployed(terminal, clients, deployed, with_bucket=with_bucket) else 1


@account_command(
    "droptrain verify --region eu-central-1",
    'droptrain verify --parameters "InstanceType=ml.g4dn.xlarge UseSpot=true"',
)
@region_option("your environment's")
@parameters_option("Parameters of template.yaml.")
@click.option("--keep", is_flag=True, help="Keep the stack, for you to look at.")
@yes_option("Begin without asking.")
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
    passed = verify_account(make_terminal(yes=yes), connect(region), changes, keep=keep)
    return 0 if passed else 1


@account_command(
    "droptrain costs",
    "droptrain costs --images 5000 --minutes 30 --instance ml.g4dn.xlarge",
)
@usage_option("--images", 1000, "Images of a drop")
@usage_option("--megabytes", 2.0, "Size of an image")
@usage_option("--upload-minutes", 10.0, "Time to upload a drop")
@usage_option("--minutes", 10.0, "Time to train")
@usage_option("--instance", "ml.m5.xlarge", "Machine that trains", "TYPE")
def costs(**usage: Any) -> None:
    """Print what it costs on AWS, with the arithmetic."""
    from operations.cost_tables import cost_tables
    from operations.costs import Usage

    click.echo(cost_tables(Usage(**usage)))


COMMANDS = (
    *(build, deploy, status, logs, plots, promote, rollback, redrive),
    *(forget, delete, verify, costs),
)
