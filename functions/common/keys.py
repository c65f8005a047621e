"""The only place where a key of the bucket is spelled."""

from __future__ import annotations

import re
import shlex

RAW = "raw/"
SPLITS = "splits/"
DATASETS = "datasets/"
CODE = "code/"
PRETRAINED = "pretrained/"
RUNS = "runs/"
CHECKPOINTS = "checkpoints/"

READY_MARKER = "raw/_READY"
WAITING = "splits/waiting.json"
NEWEST = "splits/newest.json"
NEWEST_LAUNCHED = "splits/launched.json"
SIDES = "splits/sides.jsonl"
PARTS = "splits/parts.jsonl"
# The template's defaults: the partition of a stack that changed neither parameter.
DEFAULT_PARTITION = (0, 0.2)
LAUNCH_LOCK = "locks/launch.json"
RUNS_JSON = "runs/index.json"
RUNS_HTML = "runs/index.html"
STATUS_JSON = "status.json"
STATUS_HTML = "status.html"

MANIFEST_NAME = "manifest.jsonl"
VERDICT_NAME = "verdict.json"
REFUSED = "splits/refused/"
# What every key of `sides` begins with.
SIDES_PREFIX = "splits/sides"


def manifest(dataset: str) -> str:
    """Where each object under `raw/` is listed with its side, or why it was left out."""
    return f"{SPLITS}{dataset}/{MANIFEST_NAME}"


def verdict(dataset: str) -> str:
    """What the split decided about a dataset, in words."""
    return f"{SPLITS}{dataset}/{VERDICT_NAME}"


def sides(seed: int, validation_share: float) -> str:
    """Which side each content is on in one partition; seed and share make the partition."""
    if (seed, validation_share) == DEFAULT_PARTITION:
        return SIDES
    return f"{SPLITS}sides-seed-{seed}-share-{validation_share}.jsonl"


def partition_of_sides(key: str) -> tuple[int, float] | None:
    """Return the seed and the share of a key that `sides` made, None of any other key."""
    if key == SIDES:
        return DEFAULT_PARTITION
    found = re.fullmatch(rf"{SPLITS}sides-seed-(\d+)-share-([\d.]+)\.jsonl", key)
    return (int(found[1]), float(found[2])) if found else None


def refused_manifest(drop: str) -> str:
    """The manifest of a drop that was refused; `drop` identifies what was listed."""
    return f"{REFUSED}{drop}/{MANIFEST_NAME}"


def refused_verdict(drop: str) -> str:
    """Why a drop was refused, and what to do."""
    return f"{REFUSED}{drop}/{VERDICT_NAME}"


def launched(dataset: str) -> str:
    """Written once a training job was started for a dataset; names the run."""
    return f"{SPLITS}{dataset}/launched.json"


def records_of(dataset: str) -> str:
    """The prefix of what the split wrote about a dataset: the channel `manifest`."""
    return f"{SPLITS}{dataset}/"


def side(side_name: str) -> str:
    """The prefix of one side's copies, `train` or `validation`: a channel of the training job.

    It holds the copies of every dataset that have not expired; a manifest says which are its own.
    """
    return f"{DATASETS}{side_name}/"


def side_before_sharing(dataset: str, side_name: str) -> str:
    """Where a dataset's copies were when each dataset had its own; old manifests name them."""
    return f"{DATASETS}{dataset}/{side_name}/"


def copy(side_name: str, class_name: str, name: str) -> str:
    """The key of one image's copy on a side."""
    return f"{side(side_name)}{class_name}/{name}"


def code(sha256: str) -> str:
    """The prefix of one version of the training code: the channel `code`."""
    return f"{CODE}{sha256}/"


def pretrained(folder: str) -> str:
    """Where the user puts a file of weights to begin with: the channel `pretrained`."""
    return f"{PRETRAINED}{folder}/"


def run(name: str) -> str:
    """The prefix of everything one training job leaves."""
    return f"{RUNS}{name}/"


def run_output_archive(name: str) -> str:
    """Where SageMaker puts what the job wrote to `/opt/ml/output/data`."""
    return f"{RUNS}{name}/output/output.tar.gz"


def run_model_archive(name: str) -> str:
    """Where SageMaker puts what the job wrote to `/opt/ml/model`."""
    return f"{RUNS}{name}/output/model.tar.gz"


def run_checkpoints(name: str) -> str:
    """The prefix that SageMaker keeps equal to `/opt/ml/checkpoints`; what is there expires."""
    return f"{CHECKPOINTS}{name}/"


def run_file(name: str, file_name: str) -> str:
    """A file of the run's own, such as `config.json`."""
    return f"{RUNS}{name}/{file_name}"


def run_history(name: str) -> str:
    """One list per metric, one entry per epoch."""
    return run_file(name, "history.json")


def run_predictions(name: str) -> str:
    """What the model said of each validation image."""
    return run_file(name, "predictions.csv")


def run_metrics(name: str) -> str:
    """How the run ended, in figures; written last, it lists every other file."""
    return run_file(name, "metrics.json")


def run_report(name: str) -> str:
    """All of a run on one page."""
    return run_file(name, "report.html")


def run_plot(name: str, plot: str) -> str:
    """A plot's key; `plot` without its extension."""
    return f"{RUNS}{name}/plots/{plot}.png"


def notified_lock(run_name: str) -> str:
    """Claimed by the one invocation that tells people how a run ended."""
    return f"locks/notified-{run_name}.json"


def s3_uri(bucket: str, key: str) -> str:
    """A key as SageMaker wants it."""
    return f"s3://{bucket}/{key}"


def fetch(bucket: str, key: str, to: str = ".") -> str:
    """Return the command that brings an object here; a link works only where it may be read."""
    return shlex.join(["aws", "s3", "cp", s3_uri(bucket, key), to])


def fetch_folder(bucket: str, prefix: str, to: str, *options: str) -> str:
    """Return the command that brings all objects under a prefix into a folder."""
    return shlex.join(["aws", "s3", "sync", s3_uri(bucket, prefix), to, *options])


def refused_lock(drop: str) -> str:
    """Claimed by the one invocation that tells people why a drop was refused."""
    return f"locks/refused-{drop}.json"


def unstarted_lock(run_name: str, occasion: str) -> str:
    """Claimed by the one invocation that tells people that a run was not started.

    `occasion` tells one time from the next.
    """
    return f"locks/unstarted-{run_name}-{occasion}.json"


def capped_lock(day: str) -> str:
    """Claimed by the one invocation of a day that tells people of the daily limit."""
    return f"locks/capped-{day}.json"
