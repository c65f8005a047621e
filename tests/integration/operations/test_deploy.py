"""Deploying with a SAM CLI that writes down how it was called."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber
from moto.servicequotas.responses import ServiceQuotasResponse

from operations import deploy as deployment
from operations.deploy import deploy
from operations.errors import OperationError
from operations.settings import SavedSettings, read_settings
from operations.stack import find_stack
from tests.integration.operations.conftest import Demo


@pytest.fixture
def sam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file with the arguments; the exit code is in the variable SAM_EXIT."""
    called = tmp_path / "called"
    program = tmp_path / "sam"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {called}\nexit ${{SAM_EXIT:-0}}\n')
    program.chmod(0o755)
    monkeypatch.setenv("SAM", str(program))
    return called


def run(demo: Demo, tmp_path: Path, given: dict[str, str], *, ask: bool = False) -> list[str]:
    file = tmp_path / "samconfig.endpoint.toml"
    steps: list[str] = []
    deploy(
        demo.terminal(),
        demo.clients,
        file,
        read_settings(file, "demo"),
        given,
        ask=ask,
        prepare=lambda: steps.append("built"),
    )
    return steps


def test_a_stack_is_updated_and_the_next_step_printed(demo: Demo, sam: Path, tmp_path: Path):
    assert run(demo, tmp_path, {"Epochs": "60"}) == ["built"]

    arguments = sam.read_text().splitlines()
    assert arguments[0] == "deploy"
    assert 'Epochs="60"' in arguments
    assert f"aws s3 sync ./images s3://{demo.bucket}/raw/" in demo.text


def test_it_warns_before_the_training_image_gets_no_more_patches(
    demo: Demo, sam: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(deployment, "image_warning", lambda _: "No more patches.")

    run(demo, tmp_path, {})

    assert "! No more patches." in demo.text


def test_the_first_time_it_asks(demo: Demo, sam: Path, tmp_path: Path):
    run(demo, tmp_path, {}, ask=True)
    assert "--guided" in sam.read_text().splitlines()

    file = tmp_path / "samconfig.endpoint.toml"
    file.write_text(file.read_text() + 'region = "us-east-1"\n')
    run(demo, tmp_path, {}, ask=True)
    assert "--guided" not in sam.read_text().splitlines()


def test_kept_parameters_go_along_with_the_given_ones(demo: Demo, sam: Path, tmp_path: Path):
    file = tmp_path / "samconfig.endpoint.toml"
    file.write_text(
        'version = 0.1\n[demo.deploy.parameters]\nregion = "us-east-1"\n'
        'parameter_overrides = "Epochs=\\"60\\" BatchSize=\\"8\\""\n'
    )

    run(demo, tmp_path, {"BatchSize": "16"})

    assert 'Epochs="60" BatchSize="16"' in sam.read_text().splitlines()


def test_a_failed_first_create_is_removed_first(
    demo: Demo, sam: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    failed = find_stack(demo.clients, "demo")
    found = iter([type(failed)(**{**vars(failed), "status": "ROLLBACK_COMPLETE"}), demo.stack])
    monkeypatch.setattr(deployment, "find_stack_if_any", lambda *_: next(found))

    run(demo, tmp_path, {})

    assert find_stack(demo.clients, demo.stack.arn).status == "DELETE_COMPLETE"
    assert sam.exists()


def test_a_stack_that_is_being_changed_is_left_alone(
    demo: Demo, sam: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    busy = type(demo.stack)(**{**vars(demo.stack), "status": "UPDATE_IN_PROGRESS"})
    monkeypatch.setattr(deployment, "find_stack_if_any", lambda *_: busy)

    with pytest.raises(OperationError, match="is being updated"):
        run(demo, tmp_path, {})
    assert not sam.exists()


def test_a_failed_deployment_fails(
    demo: Demo, sam: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SAM_EXIT", "1")

    with pytest.raises(OperationError, match="deployment failed"):
        run(demo, tmp_path, {})


def test_a_stack_that_was_not_deployed_is_an_error(demo: Demo, sam: Path, tmp_path: Path):
    """The SAM CLI exits with 0 when its change set is declined."""
    saved = SavedSettings(section="demo-2", stack="demo-2", region="us-east-1", parameters={})

    with pytest.raises(OperationError, match="demo-2 was not deployed"):
        deploy(
            demo.terminal(),
            demo.clients,
            tmp_path / "file.toml",
            saved,
            {},
            ask=False,
            prepare=lambda: None,
        )


def test_a_missing_sam_cli_is_an_error(demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SAM", str(tmp_path / "nowhere" / "sam") + os.sep)

    with pytest.raises(OperationError, match="install the SAM CLI"):
        run(demo, tmp_path, {})


@pytest.fixture
def quotas(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What Service Quotas lists, page by page of one: to be filled."""
    listed: list[dict[str, Any]] = []

    def list_service_quotas(self: Any) -> str:
        start = int(json.loads(self.body).get("NextToken", 0))
        answer: dict[str, Any] = {"Quotas": listed[start : start + 1]}
        if start + 1 < len(listed):
            answer["NextToken"] = str(start + 1)
        return json.dumps(answer)

    monkeypatch.setattr(ServiceQuotasResponse, "list_service_quotas", list_service_quotas)
    return listed


def quota(name: str, value: float) -> dict[str, Any]:
    return {"ServiceCode": "sagemaker", "QuotaName": name, "QuotaCode": "L-1A2B", "Value": value}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "ml.m5.xlarge for training job usage"),
        ({"InstanceType": "ml.g6.12xlarge"}, "ml.g6.12xlarge for training job usage"),
        ({"InstanceType": "ml.g5.xlarge,ml.g6.xlarge"}, "ml.g6.xlarge for training job usage"),
        ({"UseSpot": "true"}, "ml.m5.xlarge for spot training job usage"),
    ],
)
def test_a_quota_of_zero_is_reported_with_the_request(
    demo: Demo,
    sam: Path,
    tmp_path: Path,
    quotas: list[dict[str, Any]],
    given: dict[str, str],
    name: str,
):
    quotas += [quota("ml.m5.xlarge for endpoint usage", 2), quota(name, 0)]

    assert run(demo, tmp_path, given) == ["built"]

    assert f"'{name}'" in demo.text.splitlines()[1]
    assert f"The account's quota '{name}' is 0. Request 1:" in demo.text
    assert "SageMaker will start no job until then." in demo.text
    assert "--quota-code L-1A2B --desired-value 1 --region us-east-1" in demo.text
    assert demo.text.index("is 0") < demo.text.index("aws s3 sync")
    assert sam.exists()


def test_a_quota_of_zero_stops_no_job_if_another_machine_has_one(
    demo: Demo, sam: Path, tmp_path: Path, quotas: list[dict[str, Any]]
):
    names = [f"ml.{family}.xlarge for training job usage" for family in ("g5", "m5")]
    quotas += [quota(name, value) for name, value in zip(names, (0, 4), strict=True)]

    run(demo, tmp_path, {"InstanceType": "ml.g5.xlarge,ml.m5.xlarge"})

    assert demo.text.count("--desired-value 1") == 1
    assert f"Until then jobs run within '{names[1]}'." in demo.text


def test_a_quota_that_is_there_asks_for_nothing(
    demo: Demo, sam: Path, tmp_path: Path, quotas: list[dict[str, Any]]
):
    quotas.append(quota("ml.m5.xlarge for training job usage", 4))

    run(demo, tmp_path, {})

    assert "Asking Service Quotas" in demo.text
    assert "request" not in demo.text


def test_an_instance_type_that_the_region_does_not_list_is_reported(
    demo: Demo, sam: Path, tmp_path: Path, quotas: list[dict[str, Any]]
):
    run(demo, tmp_path, {"InstanceType": "ml.p5.48xlarge"})

    assert "There is no quota 'ml.p5.48xlarge for training job usage' in us-east-1" in demo.text


def test_quotas_that_may_not_be_read_stop_nothing(demo: Demo, sam: Path, tmp_path: Path):
    with Stubber(demo.clients.quotas) as stub:
        stub.add_client_error(
            "list_service_quotas", "AccessDeniedException", "not authorized to perform it"
        )
        assert run(demo, tmp_path, {}) == ["built"]

    assert "They could not be read, so the first job may be refused. These" in demo.text
    assert "These credentials don't allow ListServiceQuotas" in demo.text
    assert sam.exists()


def test_a_machine_chosen_in_the_questions_is_asked_for_afterwards(
    demo: Demo,
    sam: Path,
    tmp_path: Path,
    quotas: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
):
    quotas += [
        quota("ml.m5.xlarge for training job usage", 4),
        quota("ml.g5.xlarge for training job usage", 0),
    ]
    chosen = replace(demo.stack, parameters={"InstanceType": "ml.g5.xlarge"})
    found = iter([None, chosen])
    monkeypatch.setattr(deployment, "find_stack_if_any", lambda *_: next(found))

    run(demo, tmp_path, {}, ask=True)

    assert demo.text.count("The account's quota ") == 1
    assert "The account's quota 'ml.g5.xlarge for training job usage' is 0." in demo.text
