"""The connection from the patches to the runtime; they know it only as this protocol."""

from __future__ import annotations

from typing import Any, Protocol

from local_cloud.cloud.function_process import InvocationOutcome

Json = dict[str, Any]


class RuntimeHooks(Protocol):
    """The methods of the runtime that the patches call; `runtime.Runtime` describes them."""

    def client(self, service: str) -> Any: ...  # noqa: D102
    def deliver(self, rule_arn: str, target: Json, event: Json) -> None: ...  # noqa: D102
    def invoke(self, function: str, payload: bytes) -> InvocationOutcome: ...  # noqa: D102
    def invoke_later(self, function: str, payload: bytes) -> None: ...  # noqa: D102
    def refresh(self) -> None: ...  # noqa: D102
    def start_job(self, name: str) -> None: ...  # noqa: D102
    def stop_job(self, name: str) -> None: ...  # noqa: D102


_connected: list[RuntimeHooks] = []


def ensure_free() -> None:
    """Make sure that no runtime is connected.

    Raises:
        RuntimeError: a runtime is connected; moto keeps one state per process.
    """
    if _connected:
        raise RuntimeError("one local cloud at a time: moto keeps one state per process")


def connect(runtime: RuntimeHooks) -> None:
    """Connect `runtime` to the patches.

    Raises:
        RuntimeError: another runtime is connected.
    """
    ensure_free()
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
