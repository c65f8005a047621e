"""What is kept of a stack, in the SAM CLI's own format."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from operations import settings
from operations.errors import OperationError
from operations.settings import begin_section, format_parameters, parse_parameters, read_settings

# As `sam deploy --guided` writes it; --save-params writes a table instead of a text.
GUIDED = """version = 0.1
[demo.deploy.parameters]
stack_name = "demo-stack"
region = "eu-central-1"
parameter_overrides = "Epochs=\\"60\\" NotificationEmail=\\"\\""
"""
GIVEN = """version = 0.1
[demo.deploy.parameters]
stack_name = "demo"
[demo.deploy.parameters.parameter_overrides]
Epochs = "60"
[demo.global.parameters]
region = "eu-west-1"
"""


def test_answers_of_the_guided_deployment_are_read(tmp_path: Path):
    file = tmp_path / "samconfig.toml"
    file.write_text(GUIDED)

    saved = read_settings(file, "demo")

    assert (saved.section, saved.stack, saved.region) == ("demo", "demo-stack", "eu-central-1")
    assert saved.parameters == {"Epochs": "60", "NotificationEmail": ""}
    assert saved.is_complete


def test_parameters_given_on_the_command_line_are_read(tmp_path: Path):
    file = tmp_path / "samconfig.toml"
    file.write_text(GIVEN)

    saved = read_settings(file, "demo")

    assert (saved.region, saved.parameters) == ("eu-west-1", {"Epochs": "60"})


def test_an_unknown_stack_is_asked_about(tmp_path: Path):
    saved = read_settings(tmp_path / "none.toml", "demo")

    assert (saved.stack, saved.region, saved.parameters) == ("demo", None, {})
    assert not saved.is_complete


def test_a_section_begins_with_the_projects_defaults(tmp_path: Path):
    file = tmp_path / "samconfig.toml"
    file.write_text(GUIDED)

    begin_section(file, "demo")
    begin_section(file, "demo-2")

    sections = tomllib.loads(file.read_text())
    assert sections["demo"] == tomllib.loads(GUIDED)["demo"]
    assert sections["demo-2"]["deploy"]["parameters"] == {
        "stack_name": "demo-2",
        "s3_prefix": "demo-2",
        "template": ".sam/run-sam-build-first/template.yaml",
        "capabilities": "CAPABILITY_IAM",
        "resolve_s3": True,
        "confirm_changeset": True,
    }
    assert not read_settings(file, "demo-2").is_complete


def test_parameters_are_written_as_they_are_read():
    parameters = {"Epochs": "60", "NotificationEmail": "", "JobTags": 'Owner=the "lab",Room=1'}

    assert parse_parameters(format_parameters(parameters)) == parameters


@pytest.mark.parametrize("text", ["Epochs", "=60", 'Epochs="60'])
def test_what_is_no_parameter_is_refused(text: str):
    with pytest.raises(OperationError):
        parse_parameters(text)


def test_the_local_cloud_has_settings_of_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    account = settings.settings_file()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4700")

    assert settings.settings_file() != account
    ignored = (settings.ROOT / ".gitignore").read_text().splitlines()
    assert {account.name, settings.settings_file().name} <= set(ignored)


@pytest.fixture
def stock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of somebody who called `sam deploy --guided`, which writes to samconfig.toml."""
    text = settings.DEFAULTS.read_text()
    answers = """image_repositories = []
stack_name = "phones"
s3_prefix = "phones"
region = "eu-central-1"
parameter_overrides = "Epochs=\\"60\\""
"""
    (tmp_path / "samconfig.toml").write_text(text + answers)
    monkeypatch.setattr(settings, "DEFAULTS", tmp_path / "samconfig.toml")
    return tmp_path


def test_a_stack_of_the_stock_sam_cli_is_known(stock: Path):
    assert settings.default_stack() == "phones"

    saved = read_settings(stock / settings.ACCOUNT_FILE, "phones")

    assert (saved.stack, saved.region, saved.parameters) == (
        "phones",
        "eu-central-1",
        {"Epochs": "60"},
    )


@pytest.mark.parametrize(
    ("file", "stack"), [(settings.ACCOUNT_FILE, "demo"), (settings.ENDPOINT_FILE, "phones")]
)
def test_its_answers_count_for_no_other_stack_or_cloud(stock: Path, file: str, stack: str):
    saved = read_settings(stock / file, stack)
    begin_section(stock / file, stack)

    assert (saved.stack, saved.region, saved.parameters) == (stack, None, {})
    section = tomllib.loads((stock / file).read_text())[stack]["deploy"]["parameters"]
    assert section["s3_prefix"] == stack
    assert not {"region", "parameter_overrides", "image_repositories"} & set(section)
