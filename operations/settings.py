"""Keeps the settings of each stack, for the SAM CLI and for the other commands.

samconfig.toml has the project's defaults and is committed. The settings of an account (region,
parameters, perhaps an e-mail address) go to a file beside it that git ignores, with a section for
each stack: docs/decisions/0012-account-settings-stay-out-of-git.md.
"""

from __future__ import annotations

import json
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.clients import endpoint
from operations.errors import OperationError
from operations.sam import ROOT

DEFAULTS = ROOT / "samconfig.toml"
ACCOUNT_FILE = "samconfig.account.toml"
# A deployment to the local cloud must not overwrite the settings of an account.
ENDPOINT_FILE = "samconfig.endpoint.toml"
# The answers for one stack, which `sam deploy --guided` adds to the project's defaults.
ANSWERS = {"stack_name", "s3_prefix", "region", "parameter_overrides", "image_repositories"}


@dataclass(frozen=True)
class SavedSettings:
    """A stack's section; `section` is the name given to the command, `stack` the deployed one."""

    section: str
    stack: str
    region: str | None
    parameters: dict[str, str]

    @property
    def is_complete(self) -> bool:
        """Whether the questions were answered: the SAM CLI saves the region last."""
        return self.region is not None


def default_stack() -> str:
    """Return the stack's name in samconfig.toml."""
    name: str = _own(_read(DEFAULTS)["default"])["stack_name"]
    return name


def settings_file() -> Path:
    """Return the file of the settings; another one while `AWS_ENDPOINT_URL` is set."""
    return ROOT / (ENDPOINT_FILE if endpoint() else ACCOUNT_FILE)


def read_settings(path: Path, stack: str) -> SavedSettings:
    """Read the settings of a stack, of which there may be none.

    A stack that is not in the file may be the one that `sam deploy --guided` deployed.
    """
    sections = _read(path) if path.exists() else {}
    own = _own(sections.get(stack, {}))
    if not own and path.name == ACCOUNT_FILE and stack == default_stack():
        own = _own(_read(DEFAULTS)["default"])
    return SavedSettings(
        section=stack,
        stack=own.get("stack_name", stack),
        region=own.get("region"),
        parameters=parse_parameters(own.get("parameter_overrides", "")),
    )


def begin_section(path: Path, stack: str) -> None:
    """Add a section for a stack, with the project's defaults, unless there is one."""
    text = path.read_text() if path.exists() else "version = 0.1\n"
    if stack in tomllib.loads(text):
        return
    defaults = _read(DEFAULTS)["default"]["deploy"]["parameters"]
    values = {name: value for name, value in defaults.items() if name not in ANSWERS}
    values = {"stack_name": stack, "s3_prefix": stack, **values}
    # Strings and booleans are written alike in JSON and TOML.
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    path.write_text("\n".join([text.rstrip(), "", f"[{stack}.deploy.parameters]", *lines, ""]))


def parse_parameters(text: Any) -> dict[str, str]:
    """Read template parameters as the SAM CLI saves and takes them.

    >>> parse_parameters('Epochs="60" UseSpot=true')
    {'Epochs': '60', 'UseSpot': 'true'}

    Raises:
        OperationError: something in it is not of the form NAME=VALUE.
    """
    if isinstance(text, Mapping):
        return {str(name): str(value) for name, value in text.items()}
    words = [str(item) for item in text] if isinstance(text, list) else _words(text)
    parameters = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise OperationError(f'Parameters are written "NAME=VALUE NAME=VALUE", not {word!r}.')
        parameters[name] = value
    return parameters


def format_parameters(parameters: Mapping[str, str]) -> str:
    """Write template parameters for the SAM CLI: one text, each value quoted."""
    quoted = {name: value.replace('"', '\\"') for name, value in parameters.items()}
    return " ".join(f'{name}="{value}"' for name, value in quoted.items())


def _own(section: Mapping[str, Any]) -> dict[str, Any]:
    """Return a section's values; the SAM CLI saves the region under `global`, too."""
    return {
        **section.get("global", {}).get("parameters", {}),
        **section.get("deploy", {}).get("parameters", {}),
    }


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise OperationError(f"Parameters cannot be read ({error}): {text}") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise OperationError(f"{path} is not valid TOML: {error}.") from error
