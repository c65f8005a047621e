"""Errors in the results of a training job.

DroptrainError
└── ResultsError            the results can't be used, and a retry doesn't help
    ├── ArchiveError        output.tar.gz is damaged, hostile or too big
    ├── DocumentError       a file isn't JSON
    ├── HistoryError        history.json has no lists by metric
    └── PredictionsError    predictions.csv lacks a column or has a bad value
NotYetError
└── MissingArchiveError     output.tar.gz isn't in the bucket; a retry may find it
"""

from __future__ import annotations

from common.errors import DroptrainError, NotYetError


class ResultsError(DroptrainError):
    """When the results of a job can't be used, however often they are read."""


class ArchiveError(ResultsError):
    """When `output.tar.gz` is damaged or exceeds a bound."""


class DocumentError(ResultsError):
    """When a file of the results isn't JSON."""


class HistoryError(ResultsError):
    """When `history.json` doesn't have one list per metric."""


class PredictionsError(ResultsError):
    """When `predictions.csv` lacks a column, has no image or a value of the wrong kind."""


class MissingArchiveError(NotYetError):
    """When a completed job's `output.tar.gz` isn't in the bucket, or not yet."""
