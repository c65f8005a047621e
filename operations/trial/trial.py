"""One trial of the whole chain, on a throw-away stack."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from operations.bucket import read_contents, remove
from operations.clients import AccountClients
from operations.delete import list_leftovers, stop_jobs
from operations.deletion import delete_stack
from operations.errors import OperationError
from operations.prices import Prices
from operations.stack import DeployedStack, find_stack, find_stack_if_any
from operations.status import read_status_json, stuck_messages
from operations.terminal import Terminal
from operations.trial.checks import Check, checks, checks_table
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
# Log lines reach CloudWatch some seconds after they are written.
LOG_SECONDS = 120.0
# Final states, of a run and of a drop that starts no run.
ENDED = frozenset({"done", "failed", "stopped"})
NO_RUN = frozenset({"refused", "capped", "not started"})

Deploy = Callable[[Mapping[str, str]], None]


class Trial:
    """A throw-away stack, from its first deployment to its last deletion.

    Args:
        terminal: where to print.
        clients: of the account and region.
        name: of the stack, which must not exist.
        deploy: deploys the template under that name with these parameters.
        parameters: of the template, over the trial's own.
        patience: seconds to wait for the plots.
        poll: seconds between two polls.
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
        """Try the chain, delete the stack and deploy it again; return whether every check passed.

        `keep` leaves the stack for a person to look at.

        Raises:
            OperationError: the trial could not be completed; everything has been deleted.
        """
        with self._cleaned_up(keep=keep):
            stack = self._deployed()
            evidence, results = self._try_chain(stack)
            if not keep:
                results += self._deploy_again(stack)
        self._terminal.show(checks_table(results))
        self._terminal.show(cost_table(prices, evidence))
        failed = [check for check in results if not check.passed]
        failures = f"{len(failed)} of {len(results)} checks failed."
        self._terminal.say(failures if failed else "All checks passed.")
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
        # The same content under another name trains nothing.
        again = next(iter(images))
        self._drop(stack, {f"{CLASSES[0]}/the same again.png": images[again]})
        self._await(stack, lambda status: status.get("drop", {}).get("state") == "unchanged")
        self._await_logs(stack)
        evidence = collect(self._clients, stack, run, dropped)
        return evidence, checks(evidence, run, len(images), int(self._parameters["Epochs"]))

    def _copy_of_another_dataset(self, stack: DeployedStack, image: bytes) -> None:
        """Put an image beside the copies: the job downloads it and must not use it."""
        key = f"{PREFIX_OF_COPIES}validation/{CLASSES[0]}/of another dataset.png"
        self._clients.s3.put_object(Bucket=str(stack.bucket), Key=key, Body=image)

    def _drop(self, stack: DeployedStack, images: Mapping[str, bytes]) -> dict[str, str]:
        """Upload images; return their ETags by key."""
        self._terminal.say(f"Dropping images into {stack.bucket}: {len(images)}.")
        put, bucket = self._clients.s3.put_object, str(stack.bucket)
        return {
            f"raw/{name}": put(Bucket=bucket, Key=f"raw/{name}", Body=body)["ETag"]
            for name, body in images.items()
        }

    def _await_run(self, stack: DeployedStack) -> str:
        """Wait until the run has ended; return its name.

        Raises:
            OperationError: it was not done, with the errors of the functions.
        """
        status = self._await(
            stack,
            lambda status: (
                status.get("run", {}).get("state") in ENDED
                or status.get("drop", {}).get("state") in NO_RUN
            ),
        )
        run: dict[str, Any] = status.get("run", {})
        if run.get("state") != "done":
            # The other section may have been written since.
            section = run if run.get("state") in ENDED else status["drop"]
            errors = self._function_errors(stack)
            raise OperationError(f"The chain failed: {section['sentence']} {errors}")
        name: str = run["run"]
        return name

    def _await(
        self, stack: DeployedStack, wanted: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any]:
        """Follow status.json and print each change until it is as wanted.

        Raises:
            OperationError: an event could not be handled, or it takes too long.
        """
        deadline, sentence = time.monotonic() + self._patience, ""
        while True:
            status = read_status_json(self._clients, str(stack.bucket))
            if status.get("sentence", sentence) != sentence:
                sentence = status["sentence"]
                self._terminal.say(f"  {sentence}")
            if wanted(status):
                return status
            if any(stuck_messages(self._clients, stack).values()):
                raise OperationError(
                    f"An event could not be handled. {self._function_errors(stack)}"
                )
            if time.monotonic() > deadline:
                errors = self._function_errors(stack)
                raise OperationError(f"It takes longer than {self._patience:.0f} seconds. {errors}")
            time.sleep(self._poll)

    def _await_logs(self, stack: DeployedStack) -> None:
        deadline = time.monotonic() + LOG_SECONDS
        while time.monotonic() < deadline:
            logs = [self._lines(stack, name) for name in FUNCTIONS]
            if all(any(line.startswith("REPORT") for line in log) for log in logs):
                return
            time.sleep(self._poll)

    def _function_errors(self, stack: DeployedStack) -> str:
        errors = {name: read_failures(self._lines(stack, name)) for name in FUNCTIONS}
        texts = [f"{name}: {lines[-1][:500]}" for name, lines in errors.items() if lines]
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
    def _cleaned_up(self, *, keep: bool) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._terminal.say("The trial failed; deleting everything.")
            self._clean_up()
            raise
        if keep:
            self._terminal.say(
                f"The stack {self._name} stays. Delete it with"
                f" `droptrain delete --stack {self._name}`."
            )
            return
        self._clean_up()

    def _clean_up(self) -> None:
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
            list_leftovers(self._terminal, self._clients, stack, None)
