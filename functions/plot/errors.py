"""Errors in the results of a training job."""

from __future__ import annotations

from common.errors import DroptrainError, NotYetError


class ResultsError(DroptrainError):
    """When the results of a job can't be used, however often they are read."""


class ArchiveError(ResultsError):
    """When `output.tar.gz` is damaged or exceeds a bound."""


class DocumentError(ResultsError):
    """When a file of the results isn't JSON, or a history doesn't have one list per metric."""


class PredictionsError(ResultsError):
    """When a table of predictions lacks a column, has no image or a value of the wrong kind."""


class MissingArchiveError(NotYetError):
    """When a completed job's `output.tar.gz` isn't in the bucket, or not yet."""
