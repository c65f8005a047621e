"""Reads the JSON of a training job, whose content can't be trusted. Pure.

It comes from a container that may run custom code: any value may have another type, be infinite,
have 400 digits, or be half of a surrogate pair. Each document has a model with a type for every
field; a field with an unexpected value is left at its default and named, and the others are used.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticUseDefault

from common.printable import change_texts
from plot.errors import DocumentError, ResultsError

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
Content = TypeVar("Content")


def valid_rows(model: type[LenientDocument], most: int) -> BeforeValidator:
    """Validate a list row by row: unexpected rows are left out and named, like those above."""

    def validate(values: Json, info: ValidationInfo[list[str] | None]) -> Json:
        if not isinstance(values, list):
            return values  # which pydantic refuses
        rows = []
        for value in values[:most]:
            try:
                rows.append(model.model_validate(value, context=info.context))
            except ValidationError:
                if info.context is not None:
                    info.context.append(str(info.field_name))
        return rows

    return BeforeValidator(validate)


class LenientReader:
    """Reads the files of a run; `missing` lists what can't be used, why, and with which effect."""

    def __init__(self, files: Mapping[str, bytes], faults: Mapping[str, str]) -> None:
        self.files = files
        self.faults = faults
        self.missing: list[str] = []

    def read(self, read: Callable[[bytes], Content], name: str, effect: str) -> Content | None:
        """Read a file with a function; None when it is missing or can't be used."""
        if name not in self.files:
            self.missing.append(f"{self.faults.get(name, f'{name} is missing')}: {effect}.")
            return None
        try:
            return read(self.files[name])
        except ResultsError as error:
            self.missing.append(f"{error}: {effect}.")
            return None

    def document(self, model: type[DocumentType], name: str, effect: str) -> DocumentType | None:
        """Read a document; None when it can't be used at all."""
        value = self.read(partial(load, name=name), name, effect)
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
        values = self.read(partial(load, name=name), name, effect)
        if values is None:
            return []
        if not isinstance(values, list):
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


def load(body: bytes, name: str) -> Json:
    """Read JSON with no number too long and no text that can't be encoded.

    Raises:
        DocumentError: it isn't JSON, or is null.
    """
    try:
        document = json.loads(body, parse_int=_whole)
        if document is None:
            raise DocumentError(f"{name} can't be used (it is empty)")
        return change_texts(document, writable) if b"\\u" in body else document
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{name} can't be used (not JSON: {str(error)[:200]})") from error


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAXIMUM_DIGITS else float(digits)


def writable(text: str) -> str:
    """Write each lone surrogate as its number, since no encoding can write it."""
    return SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
