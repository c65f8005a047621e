"""The half of the cloud that moto lacks: it moves events and runs code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from local_cloud.cloud.clients import Clients
from local_cloud.cloud.event_log import EventLog
from local_cloud.cloud.eventbridge import RuleDeliveries
from local_cloud.cloud.functions import Functions
from local_cloud.cloud.invocations import Invocations
from local_cloud.cloud.jobs import Jobs
from local_cloud.cloud.log_delivery import LogDelivery
from local_cloud.cloud.moto_patches.hooks import RuntimeHooks
from local_cloud.cloud.processes import Processes
from local_cloud.cloud.queues import QueueFeeds
from local_cloud.cloud.schedules import Schedules


class Runtime:
    """Everything that runs beside the server."""

    def __init__(
        self,
        clients: Clients,
        events: EventLog,
        workdir: Path,
        retry_delays: Sequence[float],
        stop_grace_seconds: float,
    ) -> None:
        self._clients = clients
        self._events = events
        self._processes = Processes()
        self._logs = LogDelivery(clients)
        self._functions = Functions(clients, self._processes, events, self._logs, workdir)
        self._invocations = Invocations(clients, self._functions, events, retry_delays)
        self._deliveries = RuleDeliveries(clients, self._invocations, events)
        self._feeds = QueueFeeds(clients, self._functions, events)
        self._schedules = Schedules(clients, self._invocations, events)
        self._jobs = Jobs(clients, self._processes, events, workdir, self._logs, stop_grace_seconds)

    @property
    def hooks(self) -> RuntimeHooks:
        """What the patches call."""
        return RuntimeHooks(
            client=self._clients,
            deliver=self._deliveries.put,
            invoke=self._functions.invoke,
            invoke_later=self._invocations.put,
            refresh=self.refresh,
            start_job=self._jobs.start,
            stop_job=self._jobs.stop,
        )

    def refresh(self) -> None:
        """Apply the changes of a deployment."""
        self._invocations.refresh()
        self._functions.refresh()
        self._functions.warm_up()
        self._feeds.refresh()

    def close(self) -> None:
        """Stop every thread and process: first those that start work, then those that do it."""
        self._events.mute()  # errors caused by the end itself are no news
        self._schedules.close()
        self._feeds.stop()
        self._invocations.stop()
        self._jobs.close()
        self._processes.close()
        self._invocations.close()
        self._feeds.close()
        self._deliveries.close()
        self._logs.close()
