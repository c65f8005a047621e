"""What the seams hand to the runtime: the seams know this protocol, never the runtime itself."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

Json = dict[str, Any]


class Answer(NamedTuple):
    """What a function returned to a synchronous caller: JSON bytes, and whether it failed."""

    payload: bytes
    failed: bool


class RuntimeHooks(Protocol):
    """The half of a cloud that moto does not have."""

    def client(self, service: str) -> Any:
        """Return a boto3 client that speaks to this cloud."""

    def deliver(self, rule_arn: str, target: Json, event: Json) -> None:
        """Take one event that an enabled rule matched, for one of its targets."""

    def invoke(self, function: str, payload: bytes) -> Answer:
        """Run a function and wait for its answer."""

    def invoke_later(self, function: str, payload: bytes) -> None:
        """Queue an asynchronous invocation."""

    def refresh(self) -> None:
        """Take up what a stack operation changed."""

    def start_job(self, name: str) -> None:
        """Run the training job that has just been accepted."""

    def stop_job(self, name: str) -> None:
        """Ask a running training job to stop."""


_connected: list[RuntimeHooks] = []


def ensure_free() -> None:
    """Make sure that no runtime is connected.

    Raises:
        RuntimeError: one is; moto keeps one state per process.
    """
    if _connected:
        raise RuntimeError("one local cloud at a time: moto keeps one state per process")


def connect(runtime: RuntimeHooks) -> None:
    """Let `runtime` serve the seams; raises RuntimeError when another does."""
    ensure_free()
    _connected.append(runtime)


def disconnect() -> None:
    """Forget the connected runtime, if there is one."""
    _connected.clear()


def is_connected() -> bool:
    """Tell whether a local cloud runs: moto stays mended for the life of the process."""
    return bool(_connected)


def runtime() -> RuntimeHooks:
    """Return the connected runtime."""
    if not _connected:
        raise RuntimeError("no local cloud is running")
    return _connected[0]
