"""The name of a run, made of stack, dataset, configuration and attempt. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

DIGITS = 8
PATTERN = re.compile(
    r"(?P<stack>[0-9a-f]{8})-(?P<dataset>[0-9a-f]{8})-(?P<configuration>[0-9a-f]{8})-(?P<attempt>\d+)"
)


@dataclass(frozen=True)
class RunName:
    """`<stack hash>-<dataset>-<configuration>-<attempt>`; the first three have 8 digits."""

    stack: str
    dataset: str
    configuration: str
    attempt: int

    def __str__(self) -> str:
        """The name of the training job and of its folder under `runs/`."""
        return f"{self.identity}-{self.attempt}"

    @property
    def identity(self) -> str:
        """The part of the name that all attempts share."""
        return f"{self.stack}-{self.dataset}-{self.configuration}"

    def next_attempt(self) -> RunName:
        """Return the name of the attempt after this one."""
        return replace(self, attempt=self.attempt + 1)

    @classmethod
    def parse(cls, text: str) -> RunName | None:
        """Read a job's name; None when it is not one of this project's."""
        match = PATTERN.fullmatch(text)
        if match is None:
            return None
        stack, dataset, configuration, attempt = match.groups()
        return cls(stack, dataset, configuration, int(attempt))


def configuration_hash(
    hyperparameters: Mapping[str, str], image: str, code: str, pretrained: str
) -> str:
    """Hash everything besides the images that determines the model; 8 hexadecimal digits.

    `pretrained` is the folder of the initial weights: other weights need another folder.
    """
    parts = {
        "hyperparameters": dict(hyperparameters),
        "image": image,
        "code": code,
        "pretrained": pretrained,
    }
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:DIGITS]
