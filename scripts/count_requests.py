"""Count what one drop asks of AWS, on the local cloud, and keep it in scripts/costs/requests.json.

python -m scripts.count_requests                 two drops, of 200 and of 2,000 images
python -m scripts.count_requests --images 40 80  others; the costs are a line through the two

Each drop is drawn noise, trained for real. What Lambda, SageMaker and the user ask is told apart by
the key that signed the request. Time is not measured: it would be this machine's.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.sts.models import sts_backends
from PIL import Image

from local_cloud.cloud.arns import ACCOUNT
from local_cloud.cloud.event_log import FunctionEnded
from local_cloud.cloud.server import LocalCloud

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "scripts" / "costs" / "requests.json"
CLASSES = ("good", "oil", "scratch", "stain")
SIDE_PIXELS = 64  # noise of this size is a JPEG of some 5 KB, more than the split looks into
EPOCHS = 2
QUIET_SECONDS = 120  # long enough for an upload on a machine that is busy
PARAMETERS = {"QuietPeriodSeconds": str(QUIET_SECONDS), "Epochs": str(EPOCHS)}
PATIENCE_SECONDS = 1200.0
UPLOAD_THREADS = 16

_SIGNATURE = re.compile(r"Credential=(?P<key>[^/]+)/[^/]+/[^/]+/(?P<service>[^/]+)/")


@dataclass
class Recorder:
    """Counts requests to S3 by the key that signed them, the kind of request, and its folder."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, environ: dict[str, Any]) -> None:
        """Take one request to the server."""
        signed = _SIGNATURE.search(environ.get("HTTP_AUTHORIZATION", ""))
        if signed and signed["service"] == "s3":
            kind, folder = kind_of(
                environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"]
            )
            self.counts[signed["key"], kind, folder] += 1


def kind_of(method: str, path: str, query: str) -> tuple[str, str]:
    """Return the price class of a request to S3, `put`, `list`, `get` or `free`, and its folder.

    https://aws.amazon.com/s3/pricing/: PUT, COPY, POST and LIST are one class, all others but
    DELETE, which is free, the other.
    """
    key = unquote(path).lstrip("/").partition("/")[2]
    if method == "GET" and not key:
        prefix = re.search(r"(?:^|&)prefix=([^&]*)", query)
        return "list", _folder(unquote(prefix[1]) if prefix else "")
    kinds = {"PUT": "put", "POST": "put", "GET": "get", "HEAD": "get", "DELETE": "free"}
    return kinds[method], _folder(key)


def _folder(key: str) -> str:
    """Return the key's first folder."""
    if key.startswith("checkpoints/"):
        # A file on its way to its name, which the job's mirror in S3 sees or not, by chance.
        return "checkpoints" if "/epoch-" in key else "unfinished"
    return key.partition("/")[0]


@contextmanager
def recording() -> Iterator[Recorder]:
    """Listen to every request that the local cloud's server gets."""
    recorder = Recorder()
    answer = DomainDispatcherApplication.__call__

    def record(self: Any, environ: dict[str, Any], start_response: Any) -> Any:
        recorder.add(environ)
        return answer(self, environ, start_response)

    DomainDispatcherApplication.__call__ = record
    try:
        yield recorder
    finally:
        DomainDispatcherApplication.__call__ = answer


def measure(images: int) -> dict[str, Any]:
    """Drop so many images into a new cloud, train on them, and count until all is quiet."""
    with tempfile.TemporaryDirectory() as folder, recording() as recorder:
        cloud = LocalCloud(Path(folder) / "cloud")
        with cloud:
            stack = cloud.deploy(ROOT / "template.yaml", PARAMETERS)
            bucket = stack.outputs["BucketName"]
            recorder.counts.clear()
            # Into one quiet window, which ends at each multiple of the quiet period.
            time.sleep(QUIET_SECONDS - time.time() % QUIET_SECONDS)
            _upload(cloud, bucket, images)
            _await(cloud, "Plot")
            # The job's end also starts the split once more, and that one the launch.
            _await(cloud, "Launch", count=2)
            requests = by_whom(recorder, {v: k for k, v in stack.resources.items()})
            logs = [path.read_text() for path in (cloud.workdir / "logs").glob("droptrain-*.log")]
            job_logs = [path.read_text() for path in (cloud.workdir / "logs").glob("*-1.log")]
            return {
                "requests": requests,
                "invocations": dict(_invocations(cloud)),
                "stored_bytes": _stored(cloud, bucket),
                "log_bytes": sum(len(text.encode()) for text in logs + job_logs),
                "metrics": metrics_in("\n".join(logs)),
            }


def by_whom(recorder: Recorder, logical: dict[str, str]) -> dict[str, dict[str, int]]:
    """Sum the requests of each function, of the user, of the training job and its checkpoints.

    Args:
        recorder: what was counted.
        logical: the stack's logical ids by physical names, to name a role's function.
    """
    roles = {
        assumed.access_key_id: logical[assumed.role_arn.rsplit("/", 1)[-1]]
        for assumed in sts_backends[ACCOUNT]["aws"].assumed_roles
    }
    sums: dict[str, Counter[str]] = {}
    for (key, kind, folder), count in recorder.counts.items():
        # The local cloud moves a job's files with its own key, and so does the upload below.
        others = {"raw": "user", "checkpoints": "checkpoints"}.get(folder, "training")
        who = roles[key].removesuffix("Role").lower() if key in roles else others
        sums.setdefault(who, Counter())[kind] += count
    return {who: dict(sorted(counts.items())) for who, counts in sorted(sums.items())}


def metrics_in(log: str) -> list[str]:
    """Name the metrics that functions sent to CloudWatch by their logs.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    lines = (json.loads(line) for line in log.splitlines() if line.startswith('{"_aws"'))
    found = (
        metric["Name"]
        for line in lines
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    )
    return sorted(set(found))


def _upload(cloud: LocalCloud, bucket: str, images: int) -> None:
    random = np.random.default_rng(0)
    s3 = cloud.client("s3")

    def put(number: int, pixels: Any) -> None:
        body = io.BytesIO()
        Image.fromarray(pixels).save(body, "JPEG", quality=90)
        key = f"raw/{CLASSES[number % len(CLASSES)]}/{number}.jpg"
        s3.put_object(Bucket=bucket, Key=key, Body=body.getvalue())

    shape = (SIDE_PIXELS, SIDE_PIXELS, 3)
    noise = (random.integers(0, 256, shape, dtype=np.uint8) for _ in range(images))
    with ThreadPoolExecutor(UPLOAD_THREADS) as pool:
        list(pool.map(put, range(images), noise))


def _await(cloud: LocalCloud, function: str, count: int = 1) -> None:
    seen = 0

    def wanted(record: Any) -> bool:
        nonlocal seen
        if isinstance(record, FunctionEnded) and f"-{function}Function" in record.function:
            if record.status != "ok":
                raise RuntimeError(f"{record.function}: {record.error}")
            seen += 1
        return seen >= count

    cloud.wait_for(wanted, PATIENCE_SECONDS)


def _invocations(cloud: LocalCloud) -> Counter[str]:
    names = (item.function for item in cloud.events if isinstance(item, FunctionEnded))
    return Counter(name.split("-")[1].removesuffix("Function").lower() for name in names)


def _stored(cloud: LocalCloud, bucket: str) -> dict[str, int]:
    """Sum the bytes of all versions, by folder."""
    sums: Counter[str] = Counter()
    pages = cloud.client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket)
    for page in pages:
        for version in page.get("Versions", []):
            sums[_folder(version["Key"])] += version["Size"]
    return dict(sorted(sums.items()))


def main() -> int:
    """Measure two drops and write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--images", type=int, nargs=2, default=(200, 2000), metavar="N")
    few, many = sorted(parser.parse_args().images)
    found = {
        "command": f"python -m scripts.count_requests --images {few} {many}",
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "epochs": EPOCHS,
        "drops": {str(images): measure(images) for images in (few, many)},
    }
    FILE.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
