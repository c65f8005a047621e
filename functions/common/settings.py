"""A function's environment as a frozen, validated model; read on first use, never at import."""

from __future__ import annotations

import os
from functools import cache
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from common.errors import SettingsError


class CommonSettings(BaseModel):
    """The settings of every function. A field's variable is its name in upper case."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    bucket: str = Field(min_length=3, max_length=63)


class ScheduleSettings(CommonSettings):
    """What a function needs that creates schedules, besides their target."""

    schedule_group: str
    scheduler_role_arn: str
    failure_queue_arn: str


SettingsType = TypeVar("SettingsType", bound=CommonSettings)


@cache
def load(model: type[SettingsType]) -> SettingsType:
    """Read `model` from the environment, once per process.

    Raises:
        SettingsError: a variable is missing or out of bounds; the message names each.
    """
    values = {
        name: os.environ[name.upper()] for name in model.model_fields if name.upper() in os.environ
    }
    try:
        return model.model_validate(values)
    except ValidationError as error:
        details = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
            for fault in error.errors()
        )
        raise SettingsError(f"the function's environment is invalid: {details}") from error
