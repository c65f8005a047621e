"""One trial of the whole chain, on a throw-away stack."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.table import Table

from operations.bucket import read_contents, remove
from operations.clients import AccountClients
from operations.delete import say_what_stays, stop_jobs
from operations.deletion import delete_stack
from operations.errors import OperationError
from operations.prices import Prices
from operations.stack import DeployedStack, find_stack, find_stack_if_any
from operations.status import read_status_json, stuck_messages
from operations.terminal import Terminal
from operations.trial.checks import Check, checks
from operations.trial.cost import cost_table
from operations.trial.evidence import FUNCTIONS, PREFIX_OF_COPIES, Evidence, collect
from operations.trial.function_logs import read_failures, read_lines
from operations.trial.images import CLASSES, probe_images

IMAGES_PER_CLASS = 20
EPOCHS = 3
# Short waits, one small job, and no log that outlives the trial by more than a day.
PARAMETERS = {
    "QuietPeriodSeconds": "60",
    "Epochs": str(EPOCHS),
    "MaximumRunSeconds": "1800",
    "MaximumRunsPerDay": "2",
    "LogRetentionDays": "1",
}
# Logs come to CloudWatch some seconds after they are written.
LOG_SECONDS = 120.0
# States after which no more comes of what was dropped.
ENDED = frozenset({"done", "failed", "stopped"})
TURNED_AWAY = frozenset({"refused", "capped", "not started"})

Deploy = Callable[[Mapping[str, str]], None]


class Trial:
    """One throw-away stack, from its first deployment to its last deletion.

    Args:
        terminal: where it tells what it does.
        clients: of the account and region.
        name: of the stack; there must be none of that name.
        deploy: deploys the template under that name with these parameters.
        parameters: of the template, over the trial's own.
        patience: seconds to wait for the plots.
        poll: seconds between two looks.
    """

    def __init__(
        self,
        terminal: Terminal,
        clients: AccountClients,
        name: str,
        deploy: Deploy,
        parameters: Mapping[str, str],
        *,
        patience: float = 2700.0,
        poll: float = 5.0,
    ) -> None:
        self._terminal = terminal
        self._clients = clients
        self._name = name
        self._deploy = deploy
        self._parameters = {**PARAMETERS, **parameters}
        self._patience = patience
        self._poll = poll
        self._buckets: list[str] = []

    def run(self, prices: Prices, *, keep: bool) -> bool:
        """Try the chain, take the stack down, deploy it once more; return whether all was well.

        `keep` leaves the stack as it is after the chain, for a person to look at.

        Raises:
            OperationError: it could not be carried through; what is there has been taken down.
        """
        with self._taken_down(keep=keep):
            stack = self._deployed()
            evidence, found = self._try_chain(stack)
            if not keep:
                found += self._deploy_again(stack)
        self._terminal.show(checks_table(found))
        self._terminal.show(cost_table(prices, evidence))
        failed = [check for check in found if not check.passed]
        verdict = (
            f"{len(failed)} of {len(found)} checks failed." if failed else "All checks passed."
        )
        self._terminal.say(verdict)
        for check in failed:
            self._terminal.say(f"  FAILED  {check.name}: {check.seen}")
        return not failed

    def _deployed(self) -> DeployedStack:
        self._deploy(self._parameters)
        stack = find_stack(self._clients, self._name)
        self._buckets.append(str(stack.bucket))
        return stack

    def _try_chain(self, stack: DeployedStack) -> tuple[Evidence, list[Check]]:
        images = probe_images(IMAGES_PER_CLASS)
        self._copy_of_another_dataset(stack, next(iter(images.values())))
        dropped = self._drop(stack, images)
        run = self._await_run(stack)
        # The same content again, under another name: there is nothing new in it.
        again = next(iter(images))
        self._drop(stack, {f"{CLASSES[0]}/the same again.png": images[again]})
        self._await(stack, lambda board: board.get("drop", {}).get("state") == "unchanged")
        self._await_logs(stack)
        evidence = collect(self._clients, stack, run, dropped)
        return evidence, checks(evidence, run, len(images), int(self._parameters["Epochs"]))

    def _copy_of_another_dataset(self, stack: DeployedStack, image: bytes) -> None:
        """Put an image beside the copies, which the job downloads and must not use."""
        key = f"{PREFIX_OF_COPIES}validation/{CLASSES[0]}/of another dataset.png"
        self._clients.s3.put_object(Bucket=str(stack.bucket), Key=key, Body=image)

    def _drop(self, stack: DeployedStack, images: Mapping[str, bytes]) -> dict[str, str]:
        """Upload images; return their ETags by key."""
        self._terminal.say(f"Dropping {len(images)} image(s) into {stack.bucket}.")
        put, bucket = self._clients.s3.put_object, str(stack.bucket)
        return {
            f"raw/{name}": put(Bucket=bucket, Key=f"raw/{name}", Body=body)["ETag"]
            for name, body in images.items()
        }

    def _await_run(self, stack: DeployedStack) -> str:
        """Wait until the run has ended; return its name.

        Raises:
            OperationError: it did not end well, with what the functions said of it.
        """
        board = self._await(
            stack,
            lambda board: (
                board.get("run", {}).get("state") in ENDED
                or board.get("drop", {}).get("state") in TURNED_AWAY
            ),
        )
        run: dict[str, Any] = board.get("run", {})
        if run.get("state") != "done":
            said = self._what_functions_say(stack)
            # The other section may have been written since.
            section = run if run.get("state") in ENDED else board["drop"]
            raise OperationError(f"The chain did not end well: {section['sentence']} {said}")
        name: str = run["run"]
        return name

    def _await(
        self, stack: DeployedStack, wanted: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any]:
        """Follow status.json, telling each change, until it is as wanted.

        Raises:
            OperationError: an event could not be handled, or it takes too long.
        """
        deadline, said = time.monotonic() + self._patience, ""
        while True:
            board = read_status_json(self._clients, str(stack.bucket))
            if board.get("sentence", said) != said:
                said = board["sentence"]
                self._terminal.say(f"  {said}")
            if wanted(board):
                return board
            if any(stuck_messages(self._clients, stack).values()):
                raise OperationError(
                    f"An event could not be handled. {self._what_functions_say(stack)}"
                )
            if time.monotonic() > deadline:
                said = self._what_functions_say(stack)
                raise OperationError(
                    f"Nothing more happened for {self._patience:.0f} seconds. {said}"
                )
            time.sleep(self._poll)

    def _await_logs(self, stack: DeployedStack) -> None:
        deadline = time.monotonic() + LOG_SECONDS
        while time.monotonic() < deadline:
            lines = [self._lines(stack, name) for name in FUNCTIONS]
            if all(any(line.startswith("REPORT") for line in found) for found in lines):
                return
            time.sleep(self._poll)

    def _what_functions_say(self, stack: DeployedStack) -> str:
        said = {name: read_failures(self._lines(stack, name)) for name in FUNCTIONS}
        texts = [f"{name}: {lines[-1][:500]}" for name, lines in said.items() if lines]
        return " ".join(texts) or "No function has logged an error."

    def _lines(self, stack: DeployedStack, function: str) -> list[str]:
        return read_lines(self._clients.logs, stack.resources[f"{function}LogGroup"])

    def _deploy_again(self, first: DeployedStack) -> list[Check]:
        """Delete the stack and deploy it under the same name once more."""
        delete_stack(self._terminal, self._clients, first)
        kept = read_contents(self._clients.s3, str(first.bucket))
        second = self._deployed()
        return [
            Check("the bucket outlives its stack", kept is not None, str(first.bucket)),
            Check(
                "the stack can be deployed again under its name",
                second.status == "CREATE_COMPLETE" and second.bucket != first.bucket,
                second.status,
            ),
        ]

    @contextmanager
    def _taken_down(self, *, keep: bool) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._terminal.say("This did not go well; taking down what is there.")
            self._take_down()
            raise
        if keep:
            self._terminal.say(
                f"The stack {self._name} stays. Delete it with"
                f" `droptrain delete --stack {self._name}`."
            )
            return
        self._take_down()

    def _take_down(self) -> None:
        stack = find_stack_if_any(self._clients, self._name)
        if stack:
            if stack.bucket and stack.bucket not in self._buckets:
                self._buckets.append(stack.bucket)
            stop_jobs(self._terminal, self._clients, stack)
            delete_stack(self._terminal, self._clients, stack)
        for bucket in self._buckets:
            remove(self._clients.s3, bucket)
            self._terminal.say(f"The bucket {bucket} is deleted.")
        if stack:
            say_what_stays(self._terminal, self._clients, stack, None)


def checks_table(found: list[Check]) -> Table:
    """Return what was checked and seen, a row each."""
    table = Table(box=None, pad_edge=False, highlight=False)
    for heading in ("", "what ought to be so", "seen"):
        table.add_column(heading)
    for check in found:
        table.add_row("ok" if check.passed else "FAILED", check.name, check.seen)
    return table
