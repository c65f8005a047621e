"""The local cloud: a server, a runtime and a folder, inside a `with` statement."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any, Self

from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from local_cloud.cloud import deployment, moto_patches
from local_cloud.cloud.arns import ARTIFACTS_BUCKET
from local_cloud.cloud.clients import Clients, fetch
from local_cloud.cloud.deployment import Stack
from local_cloud.cloud.event_log import CloudEvent, CloudFailed, EventLog, Follower
from local_cloud.cloud.internal_errors import InternalErrors
from local_cloud.cloud.moto_patches import hooks
from local_cloud.cloud.moto_patches.quotas import set_quotas
from local_cloud.cloud.runtime import Runtime


class PortError(Exception):
    """The cloud's port is in use."""


@dataclass(eq=False)
class LocalCloud:
    """One account in one region on this machine; one at a time per process.

    Args:
        workdir: logs/ (one per function and job, and the server's), jobs/ (each job's /opt/ml
            while it runs) and unpacked code.
        retry_delays: seconds before each retry of an asynchronous invocation; AWS waits 60 and 120.
        stop_grace_seconds: time between SIGTERM and SIGKILL for a training job; 120 on AWS.
        quotas: SageMaker's quotas that aren't 1, by their names in Service Quotas.
        port: where the server listens on 127.0.0.1; 0 takes a free port.

    Raises:
        PortError: on entering, if `port` is in use.
    """

    workdir: Path
    _: KW_ONLY
    retry_delays: Sequence[float] = (1.0, 2.0)
    stop_grace_seconds: float = 120.0
    quotas: Mapping[str, float] = field(default_factory=dict)
    port: int = 0

    def __post_init__(self) -> None:
        self.workdir = self.workdir.resolve()
        self._events = EventLog()

    def __enter__(self) -> Self:
        hooks.ensure_free()
        self._ensure_port_is_free()
        moto_patches.install()
        set_quotas(self.quotas)
        logs = self.workdir / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        with ExitStack() as started:  # closes what was started, also after an interrupt
            started.callback(InternalErrors(self._events, logs / "server.log").close)
            server = ThreadedMotoServer("127.0.0.1", self.port, verbose=False)
            started.callback(server.stop)
            server.start()
            # "localhost", not the number: moto takes the first label of 127.0.0.1 for a bucket.
            self.endpoint = f"http://localhost:{server.get_host_and_port()[1]}"
            self._clients = Clients(self.endpoint)
            fetch(f"{self.endpoint}/moto-api/reset", "POST")  # its state belongs to the process
            self._clients("s3").create_bucket(Bucket=ARTIFACTS_BUCKET)
            started.callback(hooks.disconnect)
            self._runtime = Runtime(
                self._clients,
                self._events,
                self.workdir,
                self.retry_delays,
                self.stop_grace_seconds,
            )
            started.callback(self._runtime.close)
            hooks.connect(self._runtime.hooks)
            self._started = started.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._started.close()

    def deploy(
        self,
        template: Path,
        parameters: dict[str, str],
        stack_name: str = "droptrain",
        layer_folders: dict[str, Path] | None = None,
    ) -> Stack:
        """Deploy a SAM template, or update the stack, which keeps its bucket.

        `layer_folders` are used, by logical id, instead of the output of a layer's build.

        Raises:
            PackagingError, botocore.exceptions.ClientError: see `deployment.deploy`.
        """
        return deployment.deploy(
            self._clients, template, parameters, stack_name, layer_folders or {}
        )

    def refresh(self) -> None:
        """Apply changes made without a stack operation: a function's settings, a mapping."""
        self._runtime.refresh()

    @property
    def client(self) -> Clients:
        """boto3 clients of this cloud: `cloud.client("s3")`."""
        return self._clients

    @property
    def events(self) -> list[CloudEvent]:
        """Everything that has happened so far, in order."""
        return self._events.all()

    @property
    def failure(self) -> CloudFailed | None:
        """The first failure of the cloud itself, if there is one."""
        return next((event for event in self.events if isinstance(event, CloudFailed)), None)

    def subscribe(self, follower: Follower) -> Callable[[], None]:
        """Call `follower` with each event from now on; call the result to unsubscribe."""
        return self._events.subscribe(follower)

    def wait_for(self, condition: Callable[[Any], bool], timeout: float = 300.0) -> Any:
        """Return the first event, past or future, that meets `condition`.

        Raises:
            TimeoutError: none came within `timeout` seconds.
        """
        return self._events.wait_for(condition, time.monotonic() + timeout)

    def _ensure_port_is_free(self) -> None:
        """Check before moto does: its thread would die, and we would wait for it forever."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server will
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError as error:
                raise PortError(f"port {self.port} can't be used: {error.strerror}") from error
