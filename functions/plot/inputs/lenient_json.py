"""Reads JSON that a training left, of which nothing may be taken for granted. Pure.

It comes out of a container that may run code of the user's own: any value may be of another kind,
infinite, of 400 digits, or half of a letter. Each document has a model with a type for every field;
a field that is not as expected is left at its default and named, and the others are used.
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

# Longer numbers are no count of anything, and as floats too large to be one.
MAXIMUM_DIGITS = 20
SURROGATE = re.compile("[\ud800-\udfff]")

# JSON of any kind: what it may be is said by the types below.
Json = Any


class Document(BaseModel):
    """Base of what a document, or a part of one, holds."""

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


# A field that is left at its default, and named, when it is not as expected.
OrDefault = WrapValidator(_or_default)

Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e30, le=1e30)]
Share = Annotated[float, Field(allow_inf_nan=False, ge=0, le=1)]
Count = Annotated[int, Field(ge=0, le=10**12)]

DocumentType = TypeVar("DocumentType", bound=Document)


class LenientReader:
    """Reads what a run left; `missing` says what cannot be used, why, and to what effect."""

    def __init__(self, files: Mapping[str, bytes], faults: Mapping[str, str]) -> None:
        self.files = files
        self.faults = faults
        self.missing: list[str] = []

    def body(self, name: str, effect: str) -> bytes | None:
        """Return a file as it is."""
        if name not in self.files:
            self.missing.append(f"{self.faults.get(name, f'{name} is not there')}: {effect}.")
        return self.files.get(name)

    def document(self, model: type[DocumentType], name: str, effect: str) -> DocumentType | None:
        """Read a document; None when nothing of it can be used."""
        value = self._value(name, effect)
        if value is None:
            return None
        left_out: list[str] = []
        try:
            document = model.model_validate(value, context=left_out)
        except ValidationError:
            self.missing.append(f"{name} cannot be used (no object): {effect}.")
            return None
        if left_out:
            fields = ", ".join(f"'{field}'" for field in sorted(set(left_out)))
            self.missing.append(f"{name} is not as expected in {fields}: that is left out.")
        return document

    def rows(self, model: type[DocumentType], name: str, effect: str) -> list[DocumentType]:
        """Read a list of documents; those that are not as expected are left out and counted."""
        values = self._value(name, effect)
        if not isinstance(values, list):
            if values is not None:
                self.missing.append(f"{name} cannot be used (no list): {effect}.")
            return []
        rows: list[DocumentType] = []
        for value in values:
            with contextlib.suppress(ValidationError):
                rows.append(model.model_validate(value))
        if len(rows) < len(values):
            count = f"{len(values) - len(rows)} of {len(values)} rows"
            self.missing.append(f"{name} is not as expected in {count}: they are left out.")
        return rows

    def _value(self, name: str, effect: str) -> Json:
        """Read JSON; None when there is none."""
        body = self.body(name, effect)
        if body is None:
            return None
        try:
            value = load(body, name)
        except DocumentError as error:
            self.missing.append(f"{error}: {effect}.")
            return None
        if value is None:
            self.missing.append(f"{name} cannot be used (it is empty): {effect}.")
        return value


def load(body: bytes, name: str) -> Json:
    """Read JSON; no number in it is endless and no text unwritable.

    Raises:
        DocumentError: it is no JSON.
    """
    try:
        document = json.loads(body, parse_int=_whole)
        return writable(document) if b"\\u" in body else document
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{name} cannot be used (no JSON: {str(error)[:200]})") from error


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAXIMUM_DIGITS else float(digits)


def writable(value: Json) -> Json:
    """Write each half of a surrogate pair as its number: no encoding can write it."""
    if isinstance(value, str):
        return SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", value)
    if isinstance(value, list):
        return [writable(item) for item in value]
    if isinstance(value, dict):
        return {writable(key): writable(item) for key, item in value.items()}
    return value
