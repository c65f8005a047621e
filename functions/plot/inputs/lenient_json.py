"""Reads the JSON of a training job, whose content can't be trusted. Pure.

It comes from a container that may run custom code: any value may have another type, be infinite,
have 400 digits, or be half of a surrogate pair. Each document has a model with a type for every
field; a field with an unexpected value is left at its default and named, and the others are used.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticUseDefault

from plot.errors import DocumentError

# Longer numbers count nothing; they become floats that are too large for a count.
MAXIMUM_DIGITS = 20
SURROGATE = re.compile("[\ud800-\udfff]")

# Any JSON; the types below say which.
Json = Any


class LenientDocument(BaseModel):
    """Base of a document, or of a part of one."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


def _or_default(
    value: Json, validate: ValidatorFunctionWrapHandler, info: ValidationInfo[list[str] | None]
) -> Any:
    try:
        return validate(value)
    except ValidationError as error:
        if info.context is not None:
            info.context.append(str(info.field_name))
        raise PydanticUseDefault from error


# A field that is left at its default, and named, when its value is unexpected.
OrDefault = WrapValidator(_or_default)

Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e30, le=1e30)]
Share = Annotated[float, Field(allow_inf_nan=False, ge=0, le=1)]
Count = Annotated[int, Field(ge=0, le=10**12)]

DocumentType = TypeVar("DocumentType", bound=LenientDocument)


class LenientReader:
    """Reads the files of a run; `missing` lists what can't be used, why, and with which effect."""

    def __init__(self, files: Mapping[str, bytes], faults: Mapping[str, str]) -> None:
        self.files = files
        self.faults = faults
        self.missing: list[str] = []

    def body(self, name: str, effect: str) -> bytes | None:
        """Return the bytes of a file; None when it is missing."""
        if name not in self.files:
            self.missing.append(f"{self.faults.get(name, f'{name} is missing')}: {effect}.")
        return self.files.get(name)

    def document(self, model: type[DocumentType], name: str, effect: str) -> DocumentType | None:
        """Read a document; None when it can't be used at all."""
        value = self._value(name, effect)
        if value is None:
            return None
        ignored: list[str] = []
        try:
            document = model.model_validate(value, context=ignored)
        except ValidationError:
            self.missing.append(f"{name} can't be used (not an object): {effect}.")
            return None
        if ignored:
            fields = ", ".join(f"'{field}'" for field in sorted(set(ignored)))
            self.missing.append(f"{name} has unexpected values, which are ignored: {fields}.")
        return document

    def rows(self, model: type[DocumentType], name: str, effect: str) -> list[DocumentType]:
        """Read a list of documents; unexpected ones are ignored and counted."""
        values = self._value(name, effect)
        if not isinstance(values, list):
            if values is not None:
                self.missing.append(f"{name} can't be used (not a list): {effect}.")
            return []
        rows: list[DocumentType] = []
        for value in values:
            with contextlib.suppress(ValidationError):
                rows.append(model.model_validate(value))
        if len(rows) < len(values):
            rejected = f"{len(values) - len(rows):,} of {len(values):,} rows"
            self.missing.append(f"{name} has unexpected rows, which are ignored: {rejected}.")
        return rows

    def _value(self, name: str, effect: str) -> Json:
        """Read a file's JSON; None when there is none."""
        body = self.body(name, effect)
        if body is None:
            return None
        try:
            value = load(body, name)
        except DocumentError as error:
            self.missing.append(f"{error}: {effect}.")
            return None
        if value is None:
            self.missing.append(f"{name} can't be used (it is empty): {effect}.")
        return value


def load(body: bytes, name: str) -> Json:
    """Read JSON with no number too long and no text that can't be encoded.

    Raises:
        DocumentError: it isn't JSON.
    """
    try:
        document = json.loads(body, parse_int=_whole)
        return writable(document) if b"\\u" in body else document
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{name} can't be used (not JSON: {str(error)[:200]})") from error


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAXIMUM_DIGITS else float(digits)


def writable(value: Json) -> Json:
    """Write each lone surrogate as its number, since no encoding can write it."""
    if isinstance(value, str):
        return SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", value)
    if isinstance(value, list):
        return [writable(item) for item in value]
    if isinstance(value, dict):
        return {writable(key): writable(item) for key, item in value.items()}
    return value
