"""Decides whether a dataset is trained now; if not, why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from common import keys, sagemaker
from common.documents import TriggerKind
from common.limits import Obstacle
from common.s3 import Bucket
from common.splits import NewestSplit, read_launched_run
from split.manifest import labelled_contents
from split.partition.dataset import Dataset
from split.settings import SplitSettings


@dataclass(frozen=True)
class Postponement:
    """Why a dataset isn't trained now.

    unchanged    the job `run` was started for it before
    collecting   only `changed_images` have changed since the newest run
    queued       the job that is the `obstacle` is running; when it ends, the split is started again
    capped       a limit is the `obstacle`
    """

    status: Literal["unchanged", "collecting", "queued", "capped"]
    run: str = ""
    changed_images: int = 0
    obstacle: Obstacle | None = None


def postponement_of(
    bucket: Bucket,
    settings: SplitSettings,
    trigger: TriggerKind,
    dataset: Dataset,
    newest: NewestSplit,
) -> Postponement | None:
    """Return why the dataset isn't trained now, None if it is."""
    launched = read_launched_run(bucket, dataset.identity)
    if launched and trigger != "ready" and launched.answers(newest.asked_at):
        return Postponement("unchanged", run=launched.run)
    changed = count_changed_images(bucket, settings, dataset, newest)
    if changed is not None and changed < settings.minimum_changed_images:
        return Postponement("collecting", changed_images=changed)
    obstacle = sagemaker.find_obstacle(settings)
    if obstacle is None:
        return None
    return Postponement("queued" if obstacle.kind == "running" else "capped", obstacle=obstacle)


def count_changed_images(
    bucket: Bucket, settings: SplitSettings, dataset: Dataset, newest: NewestSplit
) -> int | None:
    """Count the images that were added, removed or moved since the newest run.

    None if it doesn't matter: there was no run, or the user has asked for one since.
    """
    launched = read_launched_run(bucket) if settings.minimum_changed_images > 1 else None
    if launched is None or not launched.answers(newest.asked_at):
        return None
    manifest = bucket.get(keys.manifest(launched.dataset))
    if manifest is None:
        return None
    before = labelled_contents(manifest)
    now = {(item.image.class_name, item.image.source.content) for item in dataset.images}
    # A moved image is one change, although it leaves one class and joins another.
    return len({content for _, content in before ^ now})
