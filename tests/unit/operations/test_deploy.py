"""How the SAM CLI is asked to deploy."""

from __future__ import annotations

from pathlib import Path

from operations.deploy import deploy_command

FILE = Path("/project/samconfig.account.toml")


def command(*, ask: bool, guided: bool, parameters: dict[str, str] | None = None) -> list[str]:
    return deploy_command(FILE, "demo", "eu-west-1", parameters or {}, ask=ask, guided=guided)


def test_the_first_time_the_sam_cli_asks():
    arguments = command(ask=True, guided=True)

    assert "--guided" in arguments
    assert arguments[arguments.index("--config-env") + 1] == "demo"
    assert arguments[arguments.index("--region") + 1] == "eu-west-1"


def test_afterwards_it_asks_for_the_change_set_alone():
    arguments = command(ask=True, guided=False)

    assert "--guided" not in arguments
    assert {"--confirm-changeset", "--save-params"} <= set(arguments)


def test_with_yes_it_asks_nothing():
    arguments = command(ask=False, guided=False)

    assert "--no-confirm-changeset" in arguments
    assert "--guided" not in arguments


def test_parameters_travel_as_one_text():
    arguments = command(ask=False, guided=False, parameters={"Epochs": "60", "UseSpot": "true"})

    assert arguments[arguments.index("--parameter-overrides") + 1] == 'Epochs="60" UseSpot="true"'


def test_no_parameters_leave_the_stacks_own():
    assert "--parameter-overrides" not in command(ask=False, guided=False)
