"""What the review proposes: moves that overwrite nothing, a script that does nothing by itself."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest

from common.cells import unescape
from plot.inputs.dataset import read_manifest
from plot.inputs.lenient_json import LenientReader
from plot.inputs.review import read_review
from plot.label_review.findings import Findings, findings_of
from plot.label_review.script import write_script
from plot.label_review.table import write_table
from tests.support.reviews import (
    HOSTILE_NAMES,
    ReviewedDrop,
    candidate,
    together,
    usual_drop,
    usual_files,
)


def findings_in(drop: ReviewedDrop, **lists: list[dict[str, Any]]) -> Findings:
    return findings(drop, json.dumps(drop.review(**lists)).encode())


def findings(drop: ReviewedDrop, body: bytes) -> Findings:
    review = read_review(LenientReader({"review.json": body}, {}))
    assert review is not None
    manifest = read_manifest(io.BytesIO(drop.manifest), "", review.files)
    return findings_of(review, manifest.raw_objects)


def moves(findings: Findings) -> list[tuple[str, str]]:
    return [
        (move.source, move.target)
        for section in findings.sections
        for finding in section.findings
        for image in finding.images
        for advice in image.advice
        for move in advice.moves
    ]


def test_a_group_stays_a_group() -> None:
    drop = ReviewedDrop.of(["raw/oil/part 1/left/7.jpg", "raw/oil/8.jpg", "raw/good/9.jpg"])
    keys = list(drop.images)[1:]
    assert moves(findings_in(drop, candidates=[candidate(key, "stain") for key in keys])) == [
        ("raw/oil/8.jpg", "raw/stain/8.jpg"),
        ("raw/oil/part 1/left/7.jpg", "raw/stain/part 1/left/7.jpg"),
    ]


def test_no_object_is_overwritten() -> None:
    drop = ReviewedDrop.of(f"raw/{name}/part/1.jpg" for name in ("a", "b", "c"))
    rows = [candidate("raw/a/part/1.jpg", "b"), candidate("raw/b/part/1.jpg", "a")]
    rows += [candidate(f"raw/{name}/part/1.jpg", "d") for name in "abc"]
    planned = moves(findings_in(drop, candidates=rows))
    targets = [target for _, target in planned]
    assert len(set(targets)) == 5
    assert not set(targets) & set(drop.contents)
    assert targets[2] == "raw/d/part/1.jpg"
    for source, target in planned:
        assert target.startswith(("raw/a/part/1", "raw/b/part/1", "raw/d/part/1")), source
        assert target.endswith(".jpg")


def test_the_same_move_has_the_same_target_wherever_it_is_proposed() -> None:
    drop = ReviewedDrop.of(["raw/a/1.jpg", "raw/b/1.jpg"])
    planned = findings_in(
        drop,
        candidates=[candidate("raw/a/1.jpg", "b")],
        in_two_classes=[together("raw/a/1.jpg", "raw/b/1.jpg")],
    )
    first, second, other = moves(planned)
    assert first == second
    assert other[0] == "raw/b/1.jpg"


def test_all_objects_of_an_image_are_moved() -> None:
    drop = ReviewedDrop({"raw/a/1.jpg": "x", "raw/a/2.jpg": "x", "raw/b/3.jpg": "y"})
    assert moves(findings_in(drop, candidates=[candidate("raw/a/1.jpg", "b")])) == [
        ("raw/a/1.jpg", "raw/b/1.jpg"),
        ("raw/a/2.jpg", "raw/b/2.jpg"),
    ]


@pytest.mark.parametrize(
    "name", ["", ".", "..", "b/../..", "b\nc", "b\x7f", "a", 3, None, "x" * 2000]
)
def test_what_is_not_another_class_is_no_target(name: object) -> None:
    drop = ReviewedDrop.of(["raw/a/1.jpg"])
    review = drop.review(candidates=[candidate("raw/a/1.jpg", "b") | {"suggested": name}])
    assert moves(findings(drop, json.dumps(review).encode())) == []


def test_an_odd_image_is_moved_out_of_raw() -> None:
    targets = []
    for content in ("x", "y"):
        drop = ReviewedDrop({"raw/a/part/1.jpg": content})
        [(source, target)] = moves(findings_in(drop, odd=[{"key": "raw/a/part/1.jpg"}]))
        assert source == "raw/a/part/1.jpg"
        assert re.fullmatch(r"set-aside/[0-9a-f]{8}/a/part/1\.jpg", target)
        targets.append(target)
    assert targets[0] != targets[1]  # nor does a later image of that name replace the first


def test_an_image_that_the_manifest_lacks_has_no_move() -> None:
    drop = ReviewedDrop.of(["raw/a/1.jpg"])
    review = drop.review(candidates=[candidate("raw/a/1.jpg", "b")])
    planned = findings(ReviewedDrop.of(["raw/a/2.jpg"]), json.dumps(review).encode())
    assert moves(planned) == []
    [finding] = planned.sections[0].findings
    assert finding.images[0].name == drop.images["raw/a/1.jpg"]["file"]


def test_every_command_of_the_script_is_a_comment_and_remarks_stay_remarks() -> None:
    drop = ReviewedDrop.of(f"raw/{folder}/{name}" for folder in "ab" for name in HOSTILE_NAMES)
    keys = list(drop.images)
    rows = [candidate(key, "c $(touch pwned)") for key in keys]
    planned = findings_in(drop, candidates=rows, in_two_classes=[together(keys[0], keys[-1])])
    lines = write_script(planned, "the-bucket", "run-1").decode().split("\n")
    assert len(moves(planned)) == len(keys) + 2
    commands = [line for line in lines if line.startswith("# ")]
    assert len(commands) == len(keys) + 2
    assert all(line.startswith('# aws s3 mv "s3://$BUCKET/"') for line in commands)
    others = [line for line in lines if not line.startswith(("# ", "##"))]
    assert [line for line in others if line] == ["#!/bin/sh", "BUCKET=the-bucket"]


def test_the_script_of_a_review_without_findings_has_no_command() -> None:
    script = write_script(findings_in(usual_drop()), "the-bucket", "run-1").decode()
    assert "aws s3" not in script
    assert "Labels that may be wrong:" not in script


def test_the_script_sets_apart_what_is_likely_right() -> None:
    drop = usual_drop()
    planned = findings(drop, usual_files(drop)["review.json"])
    above, below = (
        write_script(planned, "the-bucket", "run-1").decode().split("## The estimate expects")
    )
    assert above.count(" is more likely ") == 10
    assert below.count(" is more likely ") == 2


def test_the_table_has_a_row_for_each_move_and_each_image_without_one() -> None:
    drop = usual_drop()
    planned = findings(drop, usual_files(drop)["review.json"])
    rows = list(csv.DictReader(io.StringIO(write_table(planned).decode("utf-8-sig"))))
    assert [(row["key"], row["target"]) for row in rows] == moves(planned)
    assert rows[0]["section"] == "candidates"
    assert rows[0]["class"] == "good"
    assert rows[0]["probability"] == "0.99"
    like = json.loads(rows[0]["neighbours"])
    assert len(like) == 3
    assert {file.partition("/")[0] for file in like} == {"oil"}
    assert [row["finding"] for row in rows if row["section"] == "in-two-classes"] == ["1", "1"]
    unknown = findings(ReviewedDrop.of([]), usual_files(drop)["review.json"])
    rows = list(csv.DictReader(io.StringIO(write_table(unknown).decode("utf-8-sig"))))
    assert len(rows) == len(moves(planned))
    assert {row["target"] for row in rows} == {""}
    assert rows[0]["suggested"] == "oil"


def test_a_spreadsheet_shows_every_name_as_text() -> None:
    drop = ReviewedDrop.of(f"raw/=1+1/{name}" for name in HOSTILE_NAMES)
    planned = findings_in(drop, candidates=[candidate(key, "@x") for key in drop.images])
    table = write_table(planned).decode("utf-8-sig")
    assert "\u202e" not in table
    rows = list(csv.DictReader(io.StringIO(table)))
    assert all(row["class"] == "'=1+1" and row["suggested"] == "'@x" for row in rows)
    keys = {unescape(row["key"]) for row in rows}
    assert keys == set(drop.contents)
