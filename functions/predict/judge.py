"""Answers one image with the current model; the model stays in memory while its run is current."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from common import keys
from common.current_model import read_current_model
from common.defect_decision import DefectDecision
from common.s3 import Bucket, StoredObject
from predict.answer import Answer, Rules, Subject, decide, unreadable
from predict.model import Model, read_model
from predict.picture import UnreadableImageError, read_square
from predict.thumbnails import thumbnail

# Bytes of a file. Beside it the decoded picture, the network and its libraries need their memory.
MAXIMUM_FILE_BYTES = 200_000_000
TOO_LARGE = f"a file of more than {MAXIMUM_FILE_BYTES // 1_000_000:,} MB"


class Answered(NamedTuple):
    """An answer, and a small picture of the image; None if it is unreadable."""

    answer: Answer
    picture: bytes | None


@dataclass(frozen=True)
class Judge:
    """A run's model, and by what its probabilities are decided on."""

    model: Model
    rules: Rules

    def answer(self, key: str, stored: StoredObject, time: datetime) -> Answered:
        """Answer an object."""
        subject = Subject(key, stored.etag.strip('"'), time, self.model.run)
        if len(stored.body) > MAXIMUM_FILE_BYTES:
            return Answered(unreadable(subject, TOO_LARGE), None)
        try:
            square = read_square(stored.body, self.model.size, self.model.depth)
        except UnreadableImageError as error:
            return Answered(unreadable(subject, str(error)), None)
        predicted = self.model.judge(square[None])
        probabilities = dict(zip(self.model.classes, predicted.probabilities[0], strict=True))
        novelty = None if predicted.novelty is None else float(predicted.novelty[0])
        answer = decide(subject, probabilities, novelty, self.rules)
        return Answered(answer, thumbnail(square))


def current_judge(bucket: Bucket, minimum_confidence: float) -> Judge | None:
    """Return the judge with the current model; None before the first.

    Raises:
        ModelError: the model is missing or damaged.
    """
    current = read_current_model(bucket)
    return judge_of(bucket.name, current.run, minimum_confidence) if current else None


@lru_cache(maxsize=1)
def judge_of(bucket_name: str, run: str, minimum_confidence: float) -> Judge:
    """Return the judge with the model of a run.

    Raises:
        ModelError: the model is missing or damaged.
    """
    bucket = Bucket(bucket_name)
    decision = bucket.get(keys.run_decision(run))
    operating_point = DefectDecision.model_validate_json(decision) if decision else None
    return Judge(read_model(bucket, run), Rules(operating_point, minimum_confidence))
