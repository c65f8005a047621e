"""The connection from the patches to the runtime, which they know by these calls only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_cloud.cloud.function_process import InvocationOutcome

Json = dict[str, Any]


@dataclass(frozen=True)
class RuntimeHooks:
    """What the patches call."""

    client: Callable[[str], Any]  # of a service, as boto3 names it
    deliver: Callable[[str, Json, Json], None]  # a rule's ARN, its target, an event that it matched
    invoke: Callable[[str, bytes, str], InvocationOutcome]  # a function, its event, the cause
    invoke_later: Callable[[str, bytes], None]  # a function, its event
    refresh: Callable[[], None]  # after a deployment
    start_job: Callable[[str], None]  # by name
    stop_job: Callable[[str], None]


_connected: list[RuntimeHooks] = []


def ensure_free() -> None:
    """Make sure that no runtime is connected.

    Raises:
        RuntimeError: a runtime is connected; moto keeps one state per process.
    """
    if _connected:
        raise RuntimeError("one local cloud at a time: moto keeps one state per process")


def connect(runtime: RuntimeHooks) -> None:
    """Connect a runtime to the patches, after `ensure_free`."""
    _connected.append(runtime)


def disconnect() -> None:
    """Forget the connected runtime, if there is one."""
    _connected.clear()


def is_connected() -> bool:
    """Whether a local cloud runs: moto stays patched for the life of the process."""
    return bool(_connected)


def runtime() -> RuntimeHooks:
    """Return the connected runtime."""
    if not _connected:
        raise RuntimeError("no local cloud is running")
    return _connected[0]
