"""review.json is read field by field; whatever a job leaves there does no harm."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from plot.inputs.archive import read_members
from plot.inputs.results import Results, read_results
from plot.inputs.review import MAXIMUM_NEIGHBOURS, MAXIMUM_ROWS, THUMBNAILS, LabelReview
from tests.support.archives import member, pack
from tests.support.reviews import candidate, thumbnail, together, usual_drop, usual_files
from tests.support.runs import Shape, files_of

DROP = usual_drop()
FILES = usual_files(DROP)


def results(document: Any) -> Results:
    return read_results(files_of(Shape(images=20, epochs=1)) | {"review.json": dumped(document)})


def dumped(document: Any) -> bytes:
    return document if isinstance(document, bytes) else json.dumps(document).encode()


def reviewed(document: Any) -> LabelReview:
    review = results(document).review
    assert review is not None
    return review


def test_a_review_is_read() -> None:
    read = results(FILES["review.json"])
    review = read.review
    assert review is not None
    assert read.missing == ()
    assert (len(review.candidates), review.candidates_total, review.judged_images) == (12, 24, 80)
    assert review.candidates[0].suggested == "oil"
    assert len(review.candidates[0].neighbours) == 3
    assert review.near_copies_across_classes[0].distance == 4
    assert [image.side for image in review.odd] == ["train", "validation"]
    assert [image.distance for image in review.odd] == [0.61, 0.48]
    assert len(list(review.files)) == 12 + 2 + 2 + 2 + 2


def test_an_older_run_has_no_review_and_misses_nothing() -> None:
    read = read_results(files_of(Shape(images=20, epochs=1)))
    assert read.review is None
    assert read.missing == ()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"[" * 99_999])
def test_a_review_that_cannot_be_read_is_named(body: bytes) -> None:
    read = results(body)
    assert read.review is None
    assert any("labels that may be wrong are unknown" in sentence for sentence in read.missing)


def test_unexpected_rows_are_left_out_and_named() -> None:
    good = candidate(next(iter(DROP.images)), "oil")
    review = DROP.review(candidates=[good, good, good, good])
    rows = review["candidates"]
    rows[1] = 3
    rows[2]["probability"] = 1.5
    rows[3]["neighbours"] = [{"file": "oil/1.jpg", "class": "oil"}, {"file": 3}]
    read = results(review | {"odd": "none", "in_two_classes": [{"images": [rows[0]]}]})
    assert read.review is not None
    assert len(read.review.candidates) == 2
    assert len(read.review.candidates[1].neighbours) == 1
    assert read.review.odd == read.review.in_two_classes == ()
    [sentence] = read.missing
    for name in ("candidates", "neighbours", "odd", "in_two_classes"):
        assert f"'{name}'" in sentence


def test_lists_are_bounded() -> None:
    image = {"file": "a/1.jpg", "class": "a", "side": "train"}
    row = image | {"suggested": "b", "probability": 0.9, "neighbours": [image] * 99}
    review = reviewed(
        {"candidates": [row] * 5_000, "near_copies_across_sides": [{"images": [image] * 99}]}
    )
    assert len(review.candidates) == MAXIMUM_ROWS
    assert len(review.candidates[0].neighbours) == MAXIMUM_NEIGHBOURS
    assert len(review.near_copies_across_sides[0].images) == 20


def read_folder(*members: tuple[str, bytes]) -> tuple[set[str], set[str]]:
    archive = pack([member(name, body) for name, body in members])
    contents = read_members(io.BytesIO(archive), {"review.json": 100}, folder=THUMBNAILS)
    return set(contents.files), set(contents.faults)


def test_only_files_of_the_folder_are_read() -> None:
    names = ("review/0.jpg", "./review/é.jpg", "review/../../x.jpg", "/review/1.jpg", "review/")
    names += ("review/a/b.jpg", "other/review/2.jpg", f"review/{'x' * 101}", "review/2-b_c.png")
    files, faults = read_folder(*((name, b"x") for name in names), ("review.json", b"{}"))
    assert files == {"review/0.jpg", "review/2-b_c.png", "review.json"}
    assert faults == set()


def test_thumbnails_are_bounded_each_and_together() -> None:
    large, usual = bytes(THUMBNAILS.maximum_bytes + 1), bytes(THUMBNAILS.maximum_bytes)
    fitting = THUMBNAILS.maximum_total_bytes // len(usual)
    many = [(f"review/{number}.jpg", usual) for number in range(fitting + 3)]
    files, faults = read_folder(("review/large.jpg", large), *many, ("review.json", b"{}"))
    assert len(files) == fitting + 1
    assert "review.json" in files
    assert faults == {"review/large.jpg", *(name for name, _ in many[fitting:])}


def test_what_is_too_large_is_named() -> None:
    read = read_results(files_of(Shape(images=20, epochs=1)), {"review/1.jpg": "it is too large"})
    assert "Too large to be shown: 1 thumbnail of the label review." in read.missing


def test_the_thumbnails_are_kept_beside_the_review() -> None:
    files = {"review/a.jpg": thumbnail(0), "mistakes/99.png": b"x"}
    read = read_results(files_of(Shape(images=20, epochs=1, mistakes=0)) | files)
    assert set(read.thumbnails) == {"review/a.jpg"}


def test_a_group_is_of_two_images_or_more() -> None:
    keys = list(DROP.images)
    review = DROP.review(in_two_classes=[together(keys[0]), together(*keys[:3])])
    assert [len(group.images) for group in reviewed(review).in_two_classes] == [3]
