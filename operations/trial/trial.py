"""One trial of the whole chain, on a throw-away stack."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from operations.bucket import read_contents, remove
from operations.clients import AccountClients
from operations.delete import list_leftovers, stop_jobs
from operations.deletion import delete_stack
from operations.errors import OperationError
from operations.prices import Prices
from operations.stack import DeployedStack, find_stack, find_stack_if_any
from operations.status import stuck_messages
from operations.status_json import FINAL_RUN_STATES, StatusJson, is_final, read_status_json
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


@dataclass
class Trial:
    """A throw-away stack, from its first deployment to its last deletion."""

    terminal: Terminal
    clients: AccountClients
    name: str  # of a stack that doesn't exist
    deploy: Callable[[Mapping[str, str]], None]  # of that name, with these parameters
    parameters: Mapping[str, str]  # over the trial's own
    patience: float = field(default=2700.0, kw_only=True)  # seconds, until the plots are there
    poll: float = field(default=5.0, kw_only=True)  # seconds
    buckets: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.parameters = {**PARAMETERS, **self.parameters}

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
        self.terminal.console.print(checks_table(results))
        self.terminal.console.print(cost_table(prices, evidence))
        failed = [check for check in results if not check.passed]
        failures = f"{len(failed)} of {len(results)} checks failed."
        self.terminal.say(failures if failed else "All checks passed.")
        return not failed

    def _deployed(self) -> DeployedStack:
        self.deploy(self.parameters)
        stack = find_stack(self.clients, self.name)
        self.buckets.append(str(stack.bucket))
        return stack

    def _try_chain(self, stack: DeployedStack) -> tuple[Evidence, list[Check]]:
        images = probe_images(IMAGES_PER_CLASS)
        # Beside the copies: the job downloads it and must not use it.
        key = f"{PREFIX_OF_COPIES}validation/{CLASSES[0]}/of another dataset.png"
        again = next(iter(images.values()))
        self.clients.s3.put_object(Bucket=str(stack.bucket), Key=key, Body=again)
        dropped = self._drop(stack, images)
        run = self._await_run(stack)
        # The same content under another name trains nothing.
        self._drop(stack, {f"{CLASSES[0]}/the same again.png": again})
        self._await(stack, lambda status: status.get("drop", {}).get("state") == "unchanged")
        self._await_logs(stack)
        evidence = collect(self.clients, stack, run, dropped)
        return evidence, checks(evidence, run, len(images), int(self.parameters["Epochs"]))

    def _drop(self, stack: DeployedStack, images: Mapping[str, bytes]) -> dict[str, str]:
        """Upload images; return their ETags by key."""
        self.terminal.say(f"Dropping images into {stack.bucket}: {len(images)}.")
        put, bucket = self.clients.s3.put_object, str(stack.bucket)
        return {
            f"raw/{name}": put(Bucket=bucket, Key=f"raw/{name}", Body=body)["ETag"]
            for name, body in images.items()
        }

    def _await_run(self, stack: DeployedStack) -> str:
        """Wait until the run has ended; return its name.

        Raises:
            OperationError: it was not done, with the errors of the functions.
        """
        status = self._await(stack, is_final)
        run = status.get("run", {})
        if run.get("state") != "done":
            # The other section may have been written since.
            section = run if run.get("state") in FINAL_RUN_STATES else status["drop"]
            errors = self._function_errors(stack)
            raise OperationError(f"The chain failed: {section['sentence']} {errors}")
        return run["run"]

    def _await(self, stack: DeployedStack, wanted: Callable[[StatusJson], bool]) -> StatusJson:
        """Follow status.json and print each change until it is as wanted.

        Raises:
            OperationError: an event could not be handled, or it takes too long.
        """
        deadline, sentence = time.monotonic() + self.patience, ""
        while True:
            status = read_status_json(self.clients.s3, str(stack.bucket))
            if status.get("sentence", sentence) != sentence:
                sentence = status["sentence"]
                self.terminal.say(f"  {sentence}")
            if wanted(status):
                return status
            if any(stuck_messages(self.clients.sqs, stack.resources).values()):
                raise OperationError(
                    f"An event could not be handled. {self._function_errors(stack)}"
                )
            if time.monotonic() > deadline:
                errors = self._function_errors(stack)
                raise OperationError(f"It takes longer than {self.patience:.0f} seconds. {errors}")
            time.sleep(self.poll)

    def _await_logs(self, stack: DeployedStack) -> None:
        deadline = time.monotonic() + LOG_SECONDS
        while time.monotonic() < deadline:
            logs = [self._lines(stack, name) for name in FUNCTIONS]
            if all(any(line.startswith("REPORT") for line in log) for log in logs):
                return
            time.sleep(self.poll)

    def _function_errors(self, stack: DeployedStack) -> str:
        errors = {name: read_failures(self._lines(stack, name)) for name in FUNCTIONS}
        texts = [f"{name}: {lines[-1][:500]}" for name, lines in errors.items() if lines]
        return " ".join(texts) or "No function has logged an error."

    def _lines(self, stack: DeployedStack, function: str) -> list[str]:
        return read_lines(self.clients.logs, stack.resources[f"{function}LogGroup"])

    def _deploy_again(self, first: DeployedStack) -> list[Check]:
        """Delete the stack and deploy it under the same name once more."""
        delete_stack(self.terminal, self.clients, first)
        kept = read_contents(self.clients.s3, str(first.bucket))
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
            self.terminal.say("The trial failed; deleting everything.")
            self._clean_up()
            raise
        if keep:
            self.terminal.say(
                f"The stack {self.name} stays. Delete it with"
                f" `droptrain delete --stack {self.name}`."
            )
            return
        self._clean_up()

    def _clean_up(self) -> None:
        stack = find_stack_if_any(self.clients, self.name)
        if stack:
            if stack.bucket and stack.bucket not in self.buckets:
                self.buckets.append(stack.bucket)
            stop_jobs(self.terminal, self.clients, stack)
            delete_stack(self.terminal, self.clients, stack)
        for bucket in self.buckets:
            remove(self.clients.s3, bucket)
            self.terminal.say(f"The bucket {bucket} is deleted.")
        if stack:
            list_leftovers(self.terminal, self.clients, stack, None)
