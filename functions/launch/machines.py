"""The machines that a job is requested on, in order, and those that SageMaker refuses. Pure.

How SageMaker chooses among several types, and that it refuses them all if the quota of one is 0:
https://docs.aws.amazon.com/sagemaker/latest/dg/train-instance-preferences.html
It documents the codes of its refusals; the messages were collected from public reports.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from common import keys
from common.errors import DroptrainError

LIMIT_CODES = ("ResourceLimitExceeded", "ResourceLimitExceededException")

_TYPE = re.compile(r"\bml\.[a-z0-9-]+\.[a-z0-9]+")
_QUOTA = re.compile(r"service limit '(?P<name>[^']+)'")
_NO_SUCH_INSTANCE = re.compile(r"nsupported instance type|is not available in this region")
_LISTED = re.compile(r"instance ?(preference|type)", re.IGNORECASE)


@dataclass(frozen=True)
class Machines:
    """The instance types that one request offers, in order of preference.

    SageMaker chooses among several only on demand. All of them train with the same image.
    """

    types: tuple[str, ...]
    is_spot: bool = False

    @property
    def have_gpus(self) -> bool:
        """Whether the types have GPUs: g and p types do."""
        return has_gpu(self.types[0])

    def __str__(self) -> str:
        names = ", ".join(self.types)
        if len(self.types) > 1:
            return f"the first free one of {names}"
        return f"{names} on spot" if self.is_spot else names


@dataclass(frozen=True)
class MachineRefusal:
    """A machine that SageMaker refused; `quota` is the quota's name, empty if the region lacks it.

    `message` is SageMaker's own.
    """

    machine: Machines
    quota: str
    message: str

    def __str__(self) -> str:
        if self.quota:
            return f"{self.machine}: the account's quota '{self.quota}' doesn't allow it"
        return f"{self.machine}: not offered for training in this region"


class NoMachineError(DroptrainError):
    """SageMaker refused every machine; the text says why, and what to do."""

    def __init__(self, refusals: Sequence[MachineRefusal]) -> None:
        super().__init__(explain_refusals(refusals))


def has_gpu(instance_type: str) -> bool:
    """Whether an instance type has GPUs."""
    return instance_type.startswith(("ml.g", "ml.p"))


def machines_to_request(types: Sequence[str], *, use_spot: bool) -> list[Machines]:
    """Return what to request, one after the other: each type on spot, if wanted, then on demand."""
    spot = [Machines((name,), is_spot=True) for name in types if use_spot]
    return spot + [Machines(tuple(group)) for _, group in groupby(types, has_gpu)]


def refusals_of(machines: Machines, code: str, message: str) -> list[MachineRefusal] | None:
    """Return which of the machines SageMaker refused, from its error.

    None if the error isn't about machines; nothing if it doesn't say which of several it means.
    """
    no_such = bool(_NO_SUCH_INSTANCE.search(message))
    is_several = len(machines.types) > 1
    about_list = code == "ValidationException" and is_several and _LISTED.search(message)
    if code not in LIMIT_CODES and not (code == "ValidationException" and no_such):
        return [] if about_list else None
    refused = [name for name in machines.types if name in _TYPE.findall(message)]
    if not refused and not is_several:
        refused = list(machines.types)
    kind = "spot training" if machines.is_spot else "training"
    match = _QUOTA.search(message)
    return [
        MachineRefusal(
            Machines((name,), is_spot=machines.is_spot),
            "" if no_such else match["name"] if match else f"{name} for {kind} job usage",
            message.strip(),
        )
        for name in refused
    ]


def machines_left(machines: Machines, refusals: Sequence[MachineRefusal]) -> list[Machines]:
    """Return what to request next; each type by itself if SageMaker didn't say which it refused."""
    if not refusals:
        return [Machines((name,)) for name in machines.types]
    refused = {refusal.machine.types[0] for refusal in refusals}
    rest = tuple(name for name in machines.types if name not in refused)
    return [Machines(rest, is_spot=machines.is_spot)] if rest else []


def explain_refusals(refusals: Sequence[MachineRefusal]) -> str:
    """Return why no machine could be had, and the remedy."""
    again = f"then drop {keys.READY_MARKER} again."
    if len(refusals) > 1:
        listed = "; ".join(map(str, refusals))
        return (
            f"SageMaker refused to start a job on every machine: {listed}. Request a higher quota "
            "under Service Quotas, Amazon SageMaker, or deploy with more types in InstanceType; "
            f"{again}"
        )
    [refusal] = refusals
    if not refusal.quota:
        return (
            f"SageMaker offers no {refusal.machine} for training in this region "
            f"({refusal.message}). Deploy with another InstanceType, or in another region; {again}"
        )
    return (
        f"SageMaker refused to start a job on {refusal.machine}: the account's quota doesn't allow "
        f"it ({refusal.message}). Request a higher quota of '{refusal.quota}' under Service "
        f"Quotas, Amazon SageMaker, or deploy with another InstanceType; {again}"
    )
