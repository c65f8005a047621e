"""Which machines are requested, in which order, and what follows from a refusal."""

from __future__ import annotations

import pytest

from launch.machines import (
    Machines,
    explain_refusals,
    machines_left,
    machines_to_request,
    refusals_of,
)

G5, G4, M5, C5 = "ml.g5.xlarge", "ml.g4dn.xlarge", "ml.m5.xlarge", "ml.c5.xlarge"
LIMIT = "ResourceLimitExceeded"
# As SageMaker wrote it at first, without the quota's name.
UNNAMED = (
    "The account-level service limit for training-job/ml.g5.xlarge is 0 Instances, with current "
    "utilization of 0 Instances and a request delta of 1 Instances."
)
NO_SUCH = "The requested resource training-job/ml.g5.xlarge is not available in this region"


def quota(name: str) -> str:
    return (
        f"The account-level service limit '{name}' is 0 Instances, with current utilization of 0 "
        "Instances and a request delta of 1 Instances. Please use AWS Service Quotas to request an "
        "increase for this quota."
    )


def on_demand(*types: str) -> Machines:
    return Machines(types)


def spot(name: str) -> Machines:
    return Machines((name,), is_spot=True)


@pytest.mark.parametrize(
    ("types", "use_spot", "expected"),
    [
        ([M5], False, [on_demand(M5)]),
        ([M5], True, [spot(M5), on_demand(M5)]),
        ([G5, G4, M5, C5], False, [on_demand(G5, G4), on_demand(M5, C5)]),
        ([M5, G5, C5], False, [on_demand(M5), on_demand(G5), on_demand(C5)]),
        ([G5, M5], True, [spot(G5), spot(M5), on_demand(G5), on_demand(M5)]),
    ],
    ids=["one", "one on spot", "by image", "in order", "spot first"],
)
def test_types_are_requested_in_order_and_together_where_they_share_an_image(
    types: list[str], use_spot: bool, expected: list[Machines]
):
    assert machines_to_request(types, use_spot=use_spot) == expected


@pytest.mark.parametrize(
    ("machines", "message", "refused", "name"),
    [
        (on_demand(G5, G4), quota(f"{G5} for training job usage"), [G5], "ml.g5.xlarge for tr"),
        (on_demand(G4, G5), UNNAMED, [G5], "ml.g5.xlarge for training job usage"),
        (spot(G5), "no quota", [G5], "ml.g5.xlarge for spot training job usage"),
        (on_demand(G5), quota("Number of instances across all training jobs"), [G5], "across all"),
        (on_demand(G5, G4), quota("Number of instances across all training jobs"), [], ""),
        # "ml.g5.xlarge" isn't meant by "ml.g5.xlarge2", nor by the beginning of another type.
        (on_demand("ml.g5.x", G4), quota(f"{G5} for training job usage"), [], ""),
    ],
)
def test_a_refusal_for_a_quota_is_about_the_types_that_it_names(
    machines: Machines, message: str, refused: list[str], name: str
):
    refusals = refusals_of(machines, LIMIT, message)

    assert refusals is not None
    assert [refusal.machine.types[0] for refusal in refusals] == refused
    assert all(name in refusal.quota for refusal in refusals)


@pytest.mark.parametrize(
    ("code", "message"),
    [(LIMIT, NO_SUCH), ("ValidationException", f"Unsupported instance type {G5}")],
)
def test_a_type_that_the_region_lacks_is_refused_without_a_quota(code: str, message: str):
    refusals = refusals_of(on_demand(G4, G5), code, message)

    assert refusals is not None
    assert list(map(str, refusals)) == [f"{G5}: not offered for training in this region"]


@pytest.mark.parametrize(
    ("machines", "code", "message"),
    [
        (on_demand(G5, G4), "ThrottlingException", "Rate exceeded"),
        (on_demand(G5), "ValidationException", "1 validation error detected: instance type"),
        (on_demand(G5, G4), "ValidationException", "The subnet ID does not exist"),
    ],
)
def test_other_errors_are_no_refusals(machines: Machines, code: str, message: str):
    assert refusals_of(machines, code, message) is None


@pytest.mark.parametrize(
    ("machines", "refused", "left"),
    [
        (on_demand(G5, G4, "ml.g6.xlarge"), [G4], [on_demand(G5, "ml.g6.xlarge")]),
        (on_demand(G5), [G5], []),
        (spot(G5), [G5], []),
        (on_demand(G5, G4), [], [on_demand(G5), on_demand(G4)]),
    ],
)
def test_what_is_left_is_requested_next(
    machines: Machines, refused: list[str], left: list[Machines]
):
    refusals = [
        refusal for name in refused for refusal in refusals_of(on_demand(name), LIMIT, "") or []
    ]

    assert machines_left(machines, refusals) == left


def test_a_list_that_sagemaker_does_not_take_is_requested_type_by_type():
    """A region may not know the field yet."""
    message = "ResourceConfig.InstancePreferences is not supported"

    assert refusals_of(on_demand(G5, G4), "ValidationException", message) == []


def explained(*requests: tuple[Machines, str]) -> str:
    refusals = [
        refusal
        for machines, message in requests
        for refusal in refusals_of(machines, LIMIT, message) or []
    ]
    return explain_refusals(refusals)


def test_one_refusal_is_explained_with_its_quota():
    message = quota(f"{G5} for training job usage")

    assert explained((on_demand(G5), message)) == (
        f"SageMaker refused to start a job on {G5}: the account's quota doesn't allow it "
        f"({message}). Request a higher quota of '{G5} for training job usage' under Service "
        "Quotas, Amazon SageMaker, or deploy with another InstanceType; then drop raw/_READY "
        "again."
    )


def test_a_type_that_the_region_lacks_is_explained():
    assert explained((on_demand(G5), NO_SUCH)) == (
        f"SageMaker offers no {G5} for training in this region ({NO_SUCH}). Deploy with another "
        "InstanceType, or in another region; then drop raw/_READY again."
    )


def test_several_refusals_are_listed():
    assert explained((spot(G5), ""), (on_demand(G5), NO_SUCH)) == (
        "SageMaker refused to start a job on every machine: ml.g5.xlarge on spot: the account's "
        "quota 'ml.g5.xlarge for spot training job usage' doesn't allow it; ml.g5.xlarge: not "
        "offered for training in this region. Request a higher quota under Service Quotas, Amazon "
        "SageMaker, or deploy with more types in InstanceType; then drop raw/_READY again."
    )
