"""The keys of the bucket, spelled nowhere else under functions/. Pure.

The tools around the functions import nothing of them and spell the few keys they need themselves;
a contract test compares the two.
"""

from __future__ import annotations

import re
import shlex
from datetime import date
from typing import Literal

RAW = "raw/"
SPLITS = "splits/"
DATASETS = "datasets/"
CODE = "code/"
PRETRAINED = "pretrained/"
RUNS = "runs/"
CHECKPOINTS = "checkpoints/"
MODELS = "models/"
PREDICTIONS = "predictions/"
LOCKS = "locks/"
# Where users drop images to have them classified, and labelled ones that no run may train on.
INBOX = "inbox/"
TEST = "test/"
# Where a user may move what no run shall train on; no function reads or writes there.
SET_ASIDE = "set-aside/"

READY_MARKER = f"{RAW}_READY"
WAITING = f"{SPLITS}waiting.json"
NEWEST = f"{SPLITS}newest.json"
NEWEST_LAUNCHED = f"{SPLITS}launched.json"
PARTS = f"{SPLITS}parts.jsonl"
REFUSED = f"{SPLITS}refused/"
# Every key that `sides` returns begins with this.
SIDES_PREFIX = f"{SPLITS}sides"
SIDES = f"{SIDES_PREFIX}.jsonl"
# The template's defaults: the partition of a stack that changed neither parameter.
DEFAULT_PARTITION = (0, 0.2)
RUNS_JSON = f"{RUNS}index.json"
RUNS_HTML = f"{RUNS}index.html"
# Which run was measured on which sealed test set, a line for each.
TEST_LOOKS = f"{RUNS}test_looks.jsonl"
CURRENT_MODEL = f"{MODELS}current.json"
MODEL_HISTORY = f"{MODELS}history.jsonl"
# Every answer of a batch is a line below `predictions/<date>/`; each image once is a line here.
PREDICTIONS_BY_DAY = f"{PREDICTIONS}daily/"
PREDICTIONS_HTML = f"{PREDICTIONS}latest.html"
PREDICTIONS_REVIEW = f"{PREDICTIONS}review.jsonl"
PREDICTIONS_REVIEW_HTML = f"{PREDICTIONS}review.html"
THUMBNAILS = f"{PREDICTIONS}thumbnails/"
STATUS_JSON = "status.json"
STATUS_HTML = "status.html"
LAUNCH_LOCK = f"{LOCKS}launch.json"


def records_of(dataset: str) -> str:
    """The prefix of the documents about a dataset: the channel `manifest`."""
    return f"{SPLITS}{dataset}/"


def manifest(dataset: str) -> str:
    """Lists each object under `raw/` with its side, or why it was left out."""
    return f"{records_of(dataset)}manifest.jsonl"


def verdict(dataset: str) -> str:
    """What split decided about a dataset, with its warnings."""
    return f"{records_of(dataset)}verdict.json"


def launched(dataset: str) -> str:
    """Names the run of a dataset, once a training job was started for it."""
    return f"{records_of(dataset)}launched.json"


def refused_manifest(drop: str) -> str:
    """The manifest of a refused drop; `drop` identifies what was listed."""
    return f"{REFUSED}{drop}/manifest.jsonl"


def refused_verdict(drop: str) -> str:
    """Why a drop was refused, and what to do."""
    return f"{REFUSED}{drop}/verdict.json"


def sides(seed: int, validation_share: float) -> str:
    """The side of each content in one partition, which seed and share define."""
    if (seed, validation_share) == DEFAULT_PARTITION:
        return SIDES
    return f"{SIDES_PREFIX}-seed-{seed}-share-{validation_share}.jsonl"


def partition_of_sides(key: str) -> tuple[int, float] | None:
    """Return the seed and the share of a key that `sides` returned, None for any other key."""
    if key == SIDES:
        return DEFAULT_PARTITION
    match = re.fullmatch(rf"{SIDES_PREFIX}-seed-(\d+)-share-([\d.]+)\.jsonl", key)
    return (int(match[1]), float(match[2])) if match else None


def side(side_name: str) -> str:
    """The prefix of the copies of `train`, `validation` or `test`: a channel of the training job.

    It holds the copies of every dataset that haven't expired; a manifest lists those of its own.
    """
    return f"{DATASETS}{side_name}/"


def side_before_sharing(dataset: str, side_name: str) -> str:
    """Where old manifests say that a dataset's copies are: each dataset had its own once."""
    return f"{DATASETS}{dataset}/{side_name}/"


def copy(side_name: str, class_name: str, name: str) -> str:
    """One image's copy on a side."""
    return f"{side(side_name)}{class_name}/{name}"


def code(sha256: str) -> str:
    """The prefix of one version of the training code: the channel `code`."""
    return f"{CODE}{sha256}/"


def pretrained(folder: str) -> str:
    """The prefix of initial weights, the user's or those of the build: the channel `pretrained`."""
    return f"{PRETRAINED}{folder}/"


def run(name: str) -> str:
    """The prefix of all results of one training job."""
    return f"{RUNS}{name}/"


def run_output_archive(name: str) -> str:
    """Where SageMaker stores what the job wrote to `/opt/ml/output/data`."""
    return f"{run(name)}output/output.tar.gz"


def run_model_archive(name: str) -> str:
    """Where SageMaker stores what the job wrote to `/opt/ml/model`."""
    return f"{run(name)}output/model.tar.gz"


def run_checkpoints(name: str) -> str:
    """The prefix that SageMaker keeps in sync with `/opt/ml/checkpoints`; objects expire."""
    return f"{CHECKPOINTS}{name}/"


def run_file(name: str, file_name: str) -> str:
    """A file of a run, such as `config.json`."""
    return f"{run(name)}{file_name}"


def run_predictions(name: str) -> str:
    """The model's prediction for each validation image."""
    return run_file(name, "predictions.csv")


def run_metrics(name: str) -> str:
    """How the run ended, in figures; written last, it lists every other file."""
    return run_file(name, "metrics.json")


def run_decision(name: str) -> str:
    """When an image is a defect: the threshold for the wanted miss rate, and what it proves."""
    return run_file(name, "decision.json")


def run_model_file(name: str, file_name: str) -> str:
    """A file of the model's archive, unpacked, such as `model.tflite`."""
    return f"{run(name)}model/{file_name}"


def predictions(batch: str) -> str:
    """The answers of one batch, which is named `<date>/<time>-<invocation>`."""
    return f"{PREDICTIONS}{batch}.jsonl"


def answers_of_day(day: date) -> str:
    """The prefix of a day's batches."""
    return f"{PREDICTIONS}{day}/"


def batch_of(key: str) -> str:
    """Return the batch of a key that `predictions` returned."""
    return key.removeprefix(PREDICTIONS).removesuffix(".jsonl")


def thumbnails(batch: str) -> str:
    """Small pictures of a batch's images, by ETag; objects expire."""
    return f"{THUMBNAILS}{batch}.json"


def predictions_of_day(day: date) -> str:
    """The answers of a day, each image once, for programs."""
    return f"{PREDICTIONS_BY_DAY}{day}.jsonl"


def predictions_table(day: date) -> str:
    """The answers of a day, each image once, for a spreadsheet."""
    return f"{PREDICTIONS}{day}.csv"


def run_report(name: str) -> str:
    """The report of a run, one page."""
    return run_file(name, "report.html")


def run_review(name: str, kind: Literal["html", "csv", "sh"]) -> str:
    """The review of the labels: a page, a table and a script."""
    return run_file(name, f"review.{kind}")


def run_plot(name: str, plot: str) -> str:
    """A plot; `plot` is its name without the extension."""
    return f"{run(name)}plots/{plot}.png"


def notification_lock(news: Literal["notified", "refused", "unstarted", "capped"], *of: str) -> str:
    """Held while people are notified once, for example of the end of the run that `of` names."""
    return f"{LOCKS}{'-'.join((news, *of))}.json"


def s3_uri(bucket: str, key: str) -> str:
    """A key as SageMaker and the AWS CLI expect it."""
    return f"s3://{bucket}/{key}"


def fetch(bucket: str, key: str, to: str = ".") -> str:
    """The command that downloads an object; a link would work only where it may be read."""
    return shlex.join(["aws", "s3", "cp", s3_uri(bucket, key), to])


def fetch_folder(bucket: str, prefix: str, to: str, *options: str) -> str:
    """The command that downloads all objects under a prefix into a folder."""
    return shlex.join(["aws", "s3", "sync", s3_uri(bucket, prefix), to, *options])
