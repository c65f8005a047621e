"""How a run's model answers its validation images, from the run's predictions.csv. Pure."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import UTC, datetime

from common.cells import unescape
from predict.answer import Rules, Subject, decide
from predict.drift import shares_of

PREFIX = "p:"


def validation_shares(table: bytes, rules: Rules) -> Counter[str]:
    """Count the answers to the validation images; nobody measured how novel these are."""
    reader = csv.DictReader(io.StringIO(table.decode("utf-8-sig")))
    classes = {
        column: unescape(column).removeprefix(PREFIX)
        for column in reader.fieldnames or ()
        if column.startswith(PREFIX)
    }
    nobody = Subject("", "", datetime.min.replace(tzinfo=UTC), "")
    return shares_of(
        decide(nobody, {name: float(row[column]) for column, name in classes.items()}, None, rules)
        for row in reader
        if classes
    )
