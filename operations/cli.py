"""The command line: `python -m operations build`, `deploy`, `status`, `logs`, and so on."""

from __future__ import annotations

import argparse
import datetime as dt
import secrets
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from operations.build import build
from operations.clients import Clients, connect, endpoint
from operations.delete import delete, delete_bucket
from operations.deploy import deploy
from operations.errors import OperationError, explained
from operations.forget import forget
from operations.jobs import jobs_since
from operations.logs import SageMakerJob, follow
from operations.prices import read_prices
from operations.settings import (
    Saved,
    default_stack,
    parse_parameters,
    read_settings,
    settings_file,
)
from operations.stack import Stack, find_stack
from operations.standing import read_standing, show
from operations.terminal import Terminal, visible
from operations.verify import Trial

EXIT_FAILED, EXIT_INTERRUPTED = 1, 130
EPILOG = """
examples, as make says them:
  make build                                         build for Lambda; sizes and import times
  make deploy                                        asks the first time, remembers afterwards
  make deploy STACK=demo REGION=eu-central-1 PARAMETERS="Epochs=60 UseSpot=true"
  make status                                        where the drop and the newest run stand
  make logs                                          follow the newest run; RUN=... for another
  make forget KEY=raw/oil/7.jpg                      delete an image for good, with its copies
  make delete                                        the bucket stays; WITH_BUCKET=1 removes it too
  make delete BUCKET=...                             remove a bucket that stayed
  make verify-aws                                    prove in this account that all of it works

Credentials and region come from where the AWS CLI takes them: AWS_PROFILE, AWS_REGION,
`aws configure`, `aws sso login`. With AWS_ENDPOINT_URL set, the commands speak to that endpoint.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    try:
        options = parse(arguments)
        run: Callable[[argparse.Namespace], int] = options.run
        with explained():
            return run(options)
    except OperationError as error:
        _complain(f"error: {error}")
        return EXIT_FAILED
    except KeyboardInterrupt:
        _complain("\ninterrupted: what AWS was asked to do goes on there")
        return EXIT_INTERRUPTED


def _complain(sentence: str) -> None:
    Console(stderr=True, highlight=False).print(visible(sentence), markup=False, soft_wrap=True)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments; the command's function is in `run`."""
    parser = argparse.ArgumentParser(
        prog="python -m operations",
        description="droptrain from your desk: build, deploy, look, delete.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)

    building = commands.add_parser("build", help="build for Lambda, without Docker, and measure")
    building.add_argument(
        "--imports",
        type=int,
        default=3,
        metavar="N",
        help="import each handler N times and show the quickest; 0 = do not; default: 3",
    )
    building.set_defaults(run=_build)

    deploying = _about_a_stack(commands, "deploy", "deploy or update the stack", _deploy)
    deploying.add_argument(
        "--parameters",
        default="",
        metavar='"NAME=VALUE ..."',
        help="parameters of template.yaml; kept for the next deployments",
    )
    _may_answer(deploying, "ask nothing: the template's defaults and what is given")

    _about_a_stack(commands, "status", "say where the drop and the runs stand", _status)

    reading = _about_a_stack(commands, "logs", "follow a training job's log to its end", _logs)
    reading.add_argument("run_name", nargs="?", metavar="RUN", help="default: the newest run")

    forgetting = _about_a_stack(commands, "forget", "delete an image for good", _forget)
    forgetting.add_argument("key", metavar="KEY", help="of the image, as in raw/oil/7.jpg")
    _may_answer(forgetting, "do not ask before anything is deleted")

    verifying = commands.add_parser(
        "verify",
        help="prove on a throw-away stack that the chain works in this account",
        description="Deploys a stack of its own, drops 2 x 20 drawn images, waits for the plots, "
        "checks what AWS alone can show (roles, logs, deliveries), deletes everything, deploys and "
        "deletes once more, and tells what it cost.",
    )
    verifying.add_argument("--region", help="default: your environment's")
    verifying.add_argument(
        "--parameters",
        default="",
        metavar='"NAME=VALUE ..."',
        help="of template.yaml, for example UseSpot=true or InstanceType=ml.g4dn.xlarge",
    )
    verifying.add_argument("--keep", action="store_true", help="leave the stack for you to look at")
    _may_answer(verifying, "do not ask before it begins")
    verifying.set_defaults(run=_verify)

    deleting = _about_a_stack(commands, "delete", "delete the stack; say what stays", _delete)
    deleting.add_argument(
        "--with-bucket", action="store_true", help="delete the bucket and every image in it, too"
    )
    deleting.add_argument("--bucket", metavar="NAME", help="only empty and delete this bucket")
    _may_answer(deleting, "do not ask; also stops a running training job")
    return parser.parse_args(arguments)


def _about_a_stack(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    text: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("--stack", default=default_stack(), help="default: %(default)s")
    parser.add_argument(
        "--region", help="default: the one deployed to before, else your environment's"
    )
    parser.set_defaults(run=run)
    return parser


def _may_answer(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--yes", action="store_true", help=text)


def _connect(options: argparse.Namespace) -> tuple[Clients, Saved]:
    saved = read_settings(settings_file(), options.stack)
    return connect(options.region or saved.region), saved


def _find(options: argparse.Namespace) -> tuple[Clients, Stack]:
    clients, saved = _connect(options)
    return clients, find_stack(clients, saved.stack)


def _build(options: argparse.Namespace) -> int:
    build(Terminal(), options.imports)
    return 0


def _deploy(options: argparse.Namespace) -> int:
    given = parse_parameters(options.parameters)
    clients, saved = _connect(options)
    terminal = Terminal(assume_yes=options.yes)
    deploy(
        terminal,
        clients,
        settings_file(),
        saved,
        given,
        ask=not options.yes,
        prepare=lambda: build(terminal, imports=0),
    )
    return 0


def _status(options: argparse.Namespace) -> int:
    clients, stack = _find(options)
    show(Terminal(), read_standing(clients, stack), dt.datetime.now(dt.UTC))
    return 0


def _logs(options: argparse.Namespace) -> int:
    clients, saved = _connect(options)
    name = options.run_name
    if name is None:
        stack = find_stack(clients, saved.stack)
        newest = next(jobs_since(clients.sagemaker, stack.job_prefix, stack.created_at), None)
        if newest is None:
            raise OperationError(
                f"{stack.name} has started no training job yet; see `make status`."
            )
        name = newest.name
    terminal = Terminal()
    terminal.say(f"Training job {name} in {clients.region}; Ctrl-C leaves it running.")
    return 0 if follow(terminal, SageMakerJob(name)) else EXIT_FAILED


def _forget(options: argparse.Namespace) -> int:
    clients, stack = _find(options)
    terminal = Terminal(assume_yes=options.yes)
    return 0 if forget(terminal, clients, stack, options.key) else EXIT_FAILED


def _verify(options: argparse.Namespace) -> int:
    given = parse_parameters(options.parameters)
    clients = connect(options.region)
    terminal = Terminal(assume_yes=options.yes)
    name = f"droptrain-verify-{secrets.token_hex(3)}"
    where = endpoint() or f"account {clients.account()}"
    terminal.say(f"This deploys the stack {name} to {where}, {clients.region}, runs one training")
    terminal.say("job, and takes everything down again. It costs some cents and up to an hour.")
    if not terminal.ask("Go on?"):
        return EXIT_FAILED
    build(terminal, imports=0)
    with tempfile.TemporaryDirectory() as folder:

        def deploy_trial(parameters: Mapping[str, str]) -> None:
            settings = Path(folder) / "samconfig.toml"
            saved = read_settings(settings, name)
            deploy(terminal, clients, settings, saved, parameters, ask=False, prepare=lambda: None)

        trial = Trial(Terminal(assume_yes=True), clients, name, deploy_trial, given)
        passed = trial.run(read_prices(), keep=options.keep)
    return 0 if passed else EXIT_FAILED


def _delete(options: argparse.Namespace) -> int:
    terminal = Terminal(assume_yes=options.yes)
    if options.bucket:
        clients, _ = _connect(options)
        return 0 if delete_bucket(terminal, clients, options.bucket) else EXIT_FAILED
    clients, stack = _find(options)
    done = delete(terminal, clients, stack, with_bucket=options.with_bucket)
    return 0 if done else EXIT_FAILED
