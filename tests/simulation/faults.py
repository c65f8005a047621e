"""Which fault meets a call or an event: drawn at random, or as a plan says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Literal

Fault = Literal[
    "error",
    "errors",
    "throttled",
    "no connection",
    "answer lost",
    "answer lost for good",
    "conflict",
    "slow",
    "killed before",
    "killed after",
]


@dataclass(frozen=True)
class Call:
    """A request that a function sends; `number` counts those of its invocation, from 1."""

    function: str
    service: str
    operation: str
    target: str
    number: int
    is_conditional: bool


@dataclass(frozen=True)
class Chances:
    """How likely each fault is at one call, and at one event of each source."""

    calls: dict[Fault, float] = field(default_factory=dict)
    dropped: dict[str, float] = field(default_factory=dict)
    doubled: float = 0.0
    delayed: float = 0.0


CALM = Chances()
# In each mode some kinds of faults are frequent and the others rare.
USUAL: dict[Fault, float] = {
    "error": 0.004,
    "errors": 0.003,
    "throttled": 0.004,
    "no connection": 0.001,
    "answer lost": 0.004,
    "answer lost for good": 0.002,
    "conflict": 0.01,
    "slow": 0.003,
    "killed before": 0.0015,
    "killed after": 0.0015,
}
EVENTS = {"s3": 0.02, "rule": 0.05}
MODES: dict[str, Chances] = {
    "calm": CALM,
    "a little of everything": Chances(USUAL, EVENTS, 0.05, 0.1),
    "errors": Chances(USUAL | {"errors": 0.02, "error": 0.03, "no connection": 0.01}, EVENTS),
    "lost answers": Chances(USUAL | {"answer lost": 0.04, "answer lost for good": 0.01}, EVENTS),
    "kills": Chances(USUAL | {"killed before": 0.01, "killed after": 0.01}, EVENTS),
    "conflicts": Chances(USUAL | {"conflict": 0.3}, EVENTS, 0.2),
    "late and twice": Chances({}, {}, 0.4, 0.4),
    "lost events": Chances({}, {"s3": 0.2, "rule": 0.3}, 0.05, 0.05),
}

Plan = Callable[[Call], Fault | None]
# Given an event's source and receiver, after how many seconds it arrives: never, once or twice.
EventPlan = Callable[[str, str], list[float] | None]


@dataclass
class Faults:
    """Draws faults, and counts those that happened; the plans come first."""

    random: Random
    chances: Chances = CALM
    plan: Plan = lambda _: None
    event_plan: EventPlan = lambda *_: None
    happened: Counter[str] = field(default_factory=Counter)

    def calm(self) -> None:
        """From now on there are none."""
        self.chances, self.plan, self.event_plan = CALM, lambda _: None, lambda *_: None

    def at_call(self, call: Call) -> Fault | None:
        """Return the fault that meets a call."""
        fault = self.plan(call)
        number = self.random.random()
        for kind, chance in self.chances.calls.items():
            if fault is None and number < chance:
                fault = kind
            number -= chance if number >= chance else 2
        if fault == "conflict" and not call.is_conditional:
            return None
        if fault:
            self.happened[fault] += 1
        return fault

    def delays(self, source: str, event: str) -> list[float]:
        """Return after how many seconds an event arrives: never, once or twice."""
        planned = self.event_plan(source, event)
        if planned is not None:
            return planned
        usual = self.random.uniform(0.05, 3)
        if self._happens(self.chances.dropped.get(source, 0)):
            self.happened[f"{source} event dropped"] += 1
            return []
        if self._happens(self.chances.delayed):
            self.happened["event delayed"] += 1
            usual = self.random.choice((20, 120, 600, 3000)) * self.random.uniform(0.5, 1.5)
        if self._happens(self.chances.doubled):
            self.happened["event doubled"] += 1
            return [usual, usual + self.random.choice((0.1, 60, 900))]
        return [usual]

    def _happens(self, chance: float) -> bool:
        return self.random.random() < chance
