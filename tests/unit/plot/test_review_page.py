"""The page of the label review: its content, its bounds, and that no name comes alive."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from common.pages.templating import SHARED
from plot.analysis import Analysis
from plot.inputs.out_of_sample import TemperatureScaling
from plot.inputs.review import LabelReview
from plot.label_review.findings import findings_of
from plot.pages.review import MAXIMUM_BYTES, render_review
from plot.pages.runs import render_runs
from plot.reporting import describe_end, write_message
from plot.run_index import RunIndex, entry_of
from plot.run_record import make_record
from split.drop import reasons
from tests.support.jobs import RUN, job_end
from tests.support.page_reader import Reader
from tests.support.pages import (
    BUCKET,
    COSTS,
    analysis_of,
    hostile_review,
    page_of,
    reviewed_analysis,
    usual_review,
)
from tests.support.reviews import (
    ReviewedDrop,
    candidate,
    usual_drop,
    usual_files,
    with_thumbnails,
)
from tests.support.runs import Shape

SCRIPT = (SHARED / "copy_commands.js").read_text(encoding="utf-8")


def page(drop: ReviewedDrop, files: dict[str, bytes]) -> str:
    return render_review(BUCKET, job_end(), reviewed_analysis(drop, files))


def assert_only_the_script_of_the_page_can_run(page: str) -> Reader:
    reader = Reader(page)
    assert page.count("<script") == 1
    assert f"<script>{SCRIPT}</script>" in page
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    policies = [tag["content"] for name, tag in reader.tags if "http-equiv" in tag]
    assert policies == [
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src 'sha256-{digest}'"
    ]
    for tag, attributes in reader.tags:
        assert tag not in {"iframe", "object", "embed", "form", "base", "input"}
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        assert (attributes.get("src") or "data:image/jpeg;").startswith("data:image/jpeg;")
        assert (attributes.get("href") or "#").startswith(("#", "data:,", "https://arxiv.org/"))
    return reader


def test_it_has_each_kind_with_its_meaning_and_its_command() -> None:
    reader = assert_only_the_script_of_the_page_can_run(usual_review())
    for words in (
        "About 10 images may be labelled wrong.",
        "Showing 12 of 24, the worst first.",
        "good , more likely oil (99.0 %; good 0.5 %)",
        "Most similar images of “oil”:",
        "Images in two classes",
        "Near copies in different classes",
        "Near copies in training and validation",
        "Distance (bits of 256 that differ): 4",
        "Images unlike all others",
        f"aws s3 cp s3://{BUCKET}/runs/{RUN}/review.sh .",
        f"aws s3 mv 's3://{BUCKET}/raw/stain/part 9/IMG_0009.jpg' 's3://{BUCKET}/set-aside/",
    ):
        assert words in reader.text
    pictures = [attributes for tag, attributes in reader.tags if tag == "img"]
    assert len(pictures) == 12 * 4 + 8
    assert all(picture["alt"] for picture in pictures)
    assert len(re.findall("<button", usual_review())) == 12 + 6 + 2


def test_names_are_never_markup() -> None:
    page = hostile_review()
    reader = assert_only_the_script_of_the_page_can_run(page)
    assert "alert(1)" in reader.text
    assert "{{ 7 * 7 }}" in reader.text
    assert not {"\u202e", "\x1b"} & set(page)


def test_empty_kinds_are_named_in_a_line() -> None:
    drop = usual_drop()
    text = Reader(page(drop, {"review.json": json.dumps(drop.review()).encode()})).text
    assert "No label looks wrong." in text
    assert "Nothing of this kind Labels that may be wrong Images in two classes" in text
    assert "aws s3 mv" not in text


def judged(images: int, reason: str | None = None) -> str:
    drop = usual_drop()
    review = drop.review(candidates=[candidate(next(iter(drop.images)), "oil")])
    review |= {"images": 1_000, "judged_images": images}
    analysis = reviewed_analysis(drop, {"review.json": json.dumps(review).encode()})
    results = replace(analysis.results, scaling=TemperatureScaling(reason=reason))
    return Reader(render_review(BUCKET, job_end(), replace(analysis, results=results))).text


def test_it_says_which_images_were_judged() -> None:
    assert "1,000 images were judged, each by a model that was trained without it." in judged(1_000)
    assert (
        "Only the 200 validation images could be judged by a model that was trained without them. "
        "A wrong label among the other 800 images isn't found. Use another architecture."
    ) in judged(200, "Use another architecture.")


def test_the_candidates_that_are_likely_right_stand_apart() -> None:
    drop = usual_drop()
    rows = [candidate(key, "oil") for key in list(drop.images)[:6]]

    def text(estimated: int) -> str:
        review = drop.review(candidates=rows) | {"estimated_wrong": estimated}
        return Reader(page(drop, {"review.json": json.dumps(review).encode()})).text

    for estimated, sentence in ((4, "About 4 images may be"), (0, "No label looks wrong")):
        shown = text(estimated)
        assert sentence in shown
        above, below = shown.split("Less likely" if estimated else "Not likely")
        assert above.count("more likely oil") == estimated
        assert below.count("more likely oil") == 6 - estimated
    assert "Less likely" not in text(6)


def test_without_a_manifest_it_has_no_commands_and_says_so() -> None:
    drop = usual_drop()
    text = Reader(page(ReviewedDrop.of([]), usual_files(drop))).text
    assert "( manifest.jsonl ) is missing" in text
    assert drop.images["raw/good/IMG_0001.jpg"]["file"] in text
    assert "aws s3 mv" not in text


def test_without_findings_no_manifest_is_missed() -> None:
    drop = usual_drop()
    text = Reader(page(ReviewedDrop.of([]), with_thumbnails(drop.review()))).text
    assert "No label looks wrong." in text
    assert "is missing" not in text


def test_files_that_training_never_saw_are_named() -> None:
    drop = usual_drop()
    contents = drop.contents | {"raw/good/same.jpg": "same", "raw/oil/same.jpg": "same"}
    analysis = reviewed_analysis(ReviewedDrop(contents), usual_files(drop))
    split = analysis_of(Shape(images=40, epochs=1)).split
    assert split is not None
    split = split.model_copy(update={"left_out": {reasons.TWO_CLASSES: 2}})
    text = Reader(render_review(BUCKET, job_end(), replace(analysis, split=split))).text
    assert (
        "2 files with the same content in more than one class are not used at all, such as "
        "raw/good/same.jpg and raw/oil/same.jpg ." in text
    )
    findings = findings_of(LabelReview(), analysis.manifest.raw_objects)
    nothing = replace(analysis, split=split, findings=findings)
    text = Reader(render_review(BUCKET, job_end(), nothing)).text
    assert "Labels that may be wrong Images in two classes that are used" in text


def large(drop: ReviewedDrop, rows: int, picture: bytes) -> dict[str, bytes]:
    keys = list(drop.images)
    like = [{"key": key} for key in keys[:6]]
    listed = [candidate(key, "oil", neighbours=like) for key in keys[:rows]]
    files = with_thumbnails(drop.review(candidates=listed))
    return {name: picture if name != "review.json" else body for name, body in files.items()}


def noise() -> bytes:
    """A picture that no JPEG makes small."""
    output = io.BytesIO()
    pixels = os.urandom(128 * 128 * 3)
    Image.frombytes("RGB", (128, 128), pixels).save(output, format="JPEG", quality=80)
    return output.getvalue()


def test_it_stays_below_five_megabytes_whatever_is_listed() -> None:
    folder = "x" * 200
    drop = ReviewedDrop.of(f"raw/good/{folder}/{'&' * 600}{n}.jpg" for n in range(300))
    body = page(drop, large(drop, 300, noise()))
    assert MAXIMUM_BYTES / 2 < len(body.encode()) <= MAXIMUM_BYTES < 5_000_000
    [shown] = re.findall(r"Showing (\d+) of 300", Reader(body).text)
    assert 10 < int(shown) < 300
    assert "review.csv lists 300." in Reader(body).text


@pytest.mark.parametrize(
    "picture",
    [b"", b"<script>alert(1)</script>", noise()[:300], b"GIF89a" + bytes(99)],
    ids=["empty", "markup", "cut off", "gif"],
)
def test_what_is_no_picture_is_not_shown(picture: bytes) -> None:
    drop = usual_drop()
    body = page(drop, large(drop, 2, picture))
    assert "<img" not in body
    assert "no picture" in body


def test_a_picture_of_too_many_pixels_is_not_decoded() -> None:
    output = io.BytesIO()
    Image.new("1", (4_000, 4_000)).save(output, format="PNG")
    drop = usual_drop()
    assert "<img" not in page(drop, large(drop, 1, output.getvalue()))


def reviewed(candidates: int) -> Analysis:
    drop = usual_drop()
    review = drop.review(candidates=[candidate(key, "oil") for key in list(drop.images)])
    review |= {"candidates": review["candidates"][:candidates], "candidates_total": candidates}
    return reviewed_analysis(drop, {"review.json": json.dumps(review).encode()})


def test_report_record_list_and_message_lead_to_it() -> None:
    analysis, job = reviewed(12), job_end()
    end = describe_end(job, analysis, [])
    text = Reader(page_of(analysis)).text
    assert "About 12 images may be labelled wrong. review.html" in text
    assert f"aws s3 cp s3://{BUCKET}/runs/{RUN}/review.html ." in text
    assert end.facts["review"] == f"runs/{RUN}/review.html"
    _, lines = write_message(BUCKET, job, end)
    expected = f"About 12 images may be labelled wrong: s3://{BUCKET}/runs/{RUN}/review.html"
    assert [line for line in lines if "labelled wrong" in line or "review" in line] == [expected]
    record = make_record(job, end, analysis, COSTS, [])
    assert record.figures.doubtful_labels == 12
    index = RunIndex().with_entry(entry_of(record))
    assert index.runs[0].doubtful_labels == 12
    assert "(12 labels to check)" in Reader(render_runs(index, BUCKET)).text


def test_a_review_without_candidates_is_no_news() -> None:
    analysis = reviewed(0)
    assert "No label looks wrong. review.html" in Reader(page_of(analysis)).text
    facts: dict[str, Any] = dict(describe_end(job_end(), analysis, []).facts)
    assert not {"review", "doubtful_labels"} & set(facts)


def test_a_run_without_a_review_says_nothing_of_one() -> None:
    analysis = analysis_of(Shape(images=40, epochs=1))
    assert "review.html" not in page_of(analysis)
    assert (
        "doubtful_labels"
        not in make_record(job_end(), describe_end(job_end(), analysis, []), analysis, COSTS, [])
        .to_json()
        .decode()
    )
