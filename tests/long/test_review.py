"""The script of a label review, run by a shell with the real AWS CLI, relabels what it names."""

from __future__ import annotations

import csv
import io
import shlex
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from common.cells import unescape
from tests.long.standing import StandingCloud, Terminal, program
from tests.long.watching import SIDE, Watcher, draw
from tests.support.archives import member, pack
from tests.support.long_table import Figures
from tests.support.page_reader import Reader
from tests.support.reviews import with_thumbnails

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

OPTIONS = ("--epochs", "1", "--image-size", str(SIDE), "--architecture", "tutorial")
# On request: a quiet period could end between two commands.
ON_REQUEST = ("--parameter", "QuietPeriodSeconds=0", "--parameter", "MaximumRunsPerDay=50")
READY = "raw/_READY"
GOOD, OIL = "good", 'oil $& "grease" it\'s'
# A line break is left out: moto refuses it.
NAMES = (
    "part 1/a b.png",
    "it's $HOME.png",
    '"; touch pwned; ".png',
    "$(touch pwned).png",
    "`touch pwned`.png",
    "-rf.png",
    "tab\t.png",
    "\u202egnp.elif.png",
    "100%d\\n!!~*?#&+.png",
    "グッド ü é.png",
)
TAKEN = "taken.png"


def test_the_script_of_a_review_relabels_whatever_the_names_are(tmp_path: Path, figures: Figures):
    images = draw(tmp_path / "phones", {GOOD: 12 + len(NAMES), OIL: 12})
    for number, name in enumerate((*NAMES, TAKEN)):
        (images / GOOD / name).parent.mkdir(exist_ok=True)
        (images / GOOD / f"{number}.png").rename(images / GOOD / name)
    (images / OIL / "0.png").rename(images / OIL / TAKEN)
    with StandingCloud(tmp_path, *OPTIONS, *ON_REQUEST) as cloud:
        terminal = cloud.terminal(tmp_path, PATH=path_with_aws(tmp_path))
        bucket = cloud.variables()["BUCKET"]
        stack = Watcher(cloud, bucket)
        terminal.aws("s3", "sync", images, f"s3://{bucket}/raw/")
        terminal.aws("s3api", "put-object", "--bucket", bucket, "--key", READY)
        first = stack.await_run(1)
        # Unpacked last: the cloud has saved the results, and doesn't miss what is deleted next.
        cloud.wait((cloud.out / first / "model").exists, "no results")
        before = stack.trained_on(first)
        leave_review(cloud, stack, first, before)
        cloud.wait(lambda: stack.keys(f"runs/{first}/review.sh"), "no review")
        for kind in ("html", "csv", "sh"):
            terminal.aws("s3", "cp", f"s3://{bucket}/runs/{first}/review.{kind}", tmp_path)
        follow_review(terminal, stack, tmp_path)
        terminal.aws("s3api", "put-object", "--bucket", bucket, "--key", READY)

        second = stack.await_run(2)
        after = stack.trained_on(second)
        targets = moves(tmp_path / "review.csv")
        wanted = {f"raw/{GOOD}/{name}" for name in (*NAMES, TAKEN)}
        assert set(targets) == wanted
        keys = {row["key"]: row for row in after[OIL]}
        for row in before[GOOD]:
            if row["key"] in wanted:
                moved = keys[targets[row["key"]]]
                assert all(moved[name] == row[name] for name in ("content", "side", "group"))
        assert len(after[OIL]) == 12 + len(NAMES) + 1
        assert len(after[GOOD]) == 12 - 1 - 1
        assert keys[f"raw/{OIL}/{TAKEN}"]["content"] in {row["content"] for row in before[OIL]}
        assert len(stack.keys("set-aside/")) == 1
        assert not (tmp_path / "pwned").exists()
        figures.check(f"`sh review.sh` relabels {len(wanted)} images; the next run has the labels")
        figures.repetitions += 1
        figures.add("commands of the AWS CLI", terminal.commands + len(wanted))
        figures.add("trainings with TensorFlow", 2)


def follow_review(terminal: Terminal, stack: Watcher, folder: Path) -> None:
    """Run the script: as it is, then with its moves switched on; set the odd image aside."""
    raw = set(stack.keys("raw/"))
    terminal.run("sh", "review.sh")
    assert set(stack.keys("raw/")) == raw  # each command is a comment
    terminal.run("sed", "-i", "/^# aws.*raw.*raw/s/^# //", "review.sh")
    terminal.run("sh", "review.sh")
    terminal.run("sh", "-c", odd_command(folder / "review.html"))


def path_with_aws(folder: Path) -> str:
    """Return a search path on which `aws` is the CLI that `make test-long` names."""
    programs = folder / "bin"
    programs.mkdir()
    (programs / "aws").write_text(f'#!/bin/sh\nexec {shlex.join(program("AWS"))} "$@"\n')
    (programs / "aws").chmod(0o755)
    return f"{programs}:{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"


def leave_review(
    cloud: StandingCloud, stack: Watcher, run: str, classes: dict[str, list[dict[str, Any]]]
) -> None:
    """Add a review to what the job left, and let plot report the run again."""
    s3 = cloud.client("s3")
    key = f"runs/{run}/output/output.tar.gz"
    packed = io.BytesIO(s3.get_object(Bucket=stack.bucket, Key=key)["Body"].read())
    with tarfile.open(fileobj=packed) as archive:
        files = {
            item.name.removeprefix("./"): opened.read()
            for item in archive
            if (opened := archive.extractfile(item))
        }
    named = {f"raw/{GOOD}/{name}" for name in (*NAMES, TAKEN)}
    rows = {row["key"]: image_of(row) for row in classes[GOOD]}
    assert named <= set(rows)
    odd = next(rows[key] for key in sorted(rows) if key not in named)
    candidates = [rows[key] | {"suggested": OIL, "probability": 0.9} for key in sorted(named)]
    files |= with_thumbnails({"judged_images": 99, "candidates": candidates, "odd": [odd]})
    body = pack([member(name, content) for name, content in files.items()])
    s3.put_object(Bucket=stack.bucket, Key=key, Body=body)
    for name in ("metrics.json", "review.html", "review.csv", "review.sh", "report.html"):
        s3.delete_object(Bucket=stack.bucket, Key=f"runs/{run}/{name}")
    s3.put_object(Bucket=stack.bucket, Key=READY, Body=b"")


def image_of(row: dict[str, Any]) -> dict[str, Any]:
    file = row["copy"].split("/", 2)[2]
    return {"file": file, "class": row["class"], "side": row["side"]}


def moves(table: Path) -> dict[str, str]:
    """Return the targets of the candidates by key."""
    rows = csv.DictReader(io.StringIO(table.read_text("utf-8-sig")))
    return {
        unescape(row["key"]): unescape(row["target"])
        for row in rows
        if row["section"] == "candidates"
    }


def odd_command(page: Path) -> str:
    commands = [text for text in Reader(page.read_text("utf-8")).texts if "set-aside/" in text]
    [command] = [text for text in commands if text.startswith("aws s3 mv ")]
    return command
