"""What can be wrong with the results of a training job.

DroptrainError
└── ResultsError            what the job left cannot be used; running again will not help
    ├── ArchiveError        output.tar.gz is damaged, hostile, too big, or lacks a member
    ├── DocumentError       a file is no JSON
    ├── HistoryError        history.json has no lists by metric
    └── PredictionsError    predictions.csv is not what the training code writes
NotYetError
└── MissingArchiveError     output.tar.gz is not in the bucket; a retry may find it
"""

from __future__ import annotations

from common.errors import DroptrainError, NotYetError


class ResultsError(DroptrainError):
    """When what a job left cannot be used, however often it is read."""


class ArchiveError(ResultsError):
    """When `output.tar.gz` is damaged, exceeds a bound or lacks a member."""


class DocumentError(ResultsError):
    """When a file that a job left is no JSON."""


class HistoryError(ResultsError):
    """When `history.json` does not hold one list per metric."""


class PredictionsError(ResultsError):
    """When `predictions.csv` lacks a column, holds no image or a value of the wrong kind."""


class MissingArchiveError(NotYetError):
    """When a completed job's `output.tar.gz` is not in the bucket, or not yet."""
