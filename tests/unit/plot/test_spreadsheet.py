"""predictions.csv as it is published: text for a spreadsheet, the same names for a program."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.cells import escape, unescape
from plot.errors import PredictionsError
from plot.inputs import spreadsheet
from plot.inputs.predictions import read_predictions
from plot.inputs.spreadsheet import rewrite
from tests.support.predictions import as_csv, make_predictions

FORMULAS = [
    '=HYPERLINK("https://example.org";"open")',
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\uff1d1+1",
    "\t=1",
    "\r=1",
    "good;=1+1",
    'a;"=1+1',
    "'=1",
]


def published(body: bytes, size: int | None = None) -> bytes:
    return rewrite(io.BytesIO(body), len(body) if size is None else size, "predictions.csv")[0]


@pytest.mark.parametrize("name", FORMULAS)
def test_no_cell_begins_a_formula_with_any_separator(name: str) -> None:
    for separator in ",;":
        for cell in escape(name).split(separator):
            assert cell.strip('"')[:1] not in {*"=+-@\t\r\n", "\uff1d"}, cell
    assert unescape(escape(name)) == name


@pytest.mark.parametrize(
    "cell", ["good", "0.981234", "-0.5", "-1e-05", "Öl & Fett", "划痕", "it's"]
)
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert escape(cell) == cell


@given(st.text(st.characters(codec="utf-8"), max_size=20).filter(lambda name: "\\u" not in name))
def test_every_name_is_read_back(name: str) -> None:
    assert unescape(escape(name)) == name


def test_names_and_figures_survive_rewriting() -> None:
    names = ["good", *FORMULAS[:6], "good;=1+1", "oi\u202el", "\u5212\u75d5"]
    predictions = make_predictions(names, 60)
    body = published(as_csv(predictions))
    assert body.startswith(b"\xef\xbb\xbf")
    assert b"\xe2\x80\xae" not in body
    assert rb"oi\u202el" in body
    assert "\u5212\u75d5".encode() in body
    read = read_predictions(body)
    assert read.classes == tuple(names)
    assert read.files == predictions.files
    assert read.truth.tolist() == predictions.truth.tolist()
    assert read.predicted.tolist() == predictions.predicted.tolist()
    assert read.probabilities is not None
    assert predictions.probabilities is not None
    assert (read.probabilities == predictions.probabilities).all()


def test_a_table_with_a_byte_order_mark_keeps_one() -> None:
    body = b"\xef\xbb\xbffile,class,predicted\na,=b,=b\n"
    assert published(body) == b"\xef\xbb\xbffile,class,predicted\na,'=b,'=b\n"


def test_a_very_large_table_keeps_every_row_and_loses_its_columns_per_class() -> None:
    predictions = make_predictions([f"class {n}" for n in range(40)], 200)
    whole = as_csv(predictions)
    body, remark = rewrite(io.BytesIO(whole), spreadsheet.WIDE_BYTES + 1, "predictions.csv")
    assert "only output.tar.gz has the probabilities" in remark
    read = read_predictions(body)
    assert read.probabilities is None
    assert len(read) == 200
    named = [read.classes[place] for place in read.truth]
    assert named == [predictions.classes[place] for place in predictions.truth]
    assert read.confidence.tolist() == predictions.confidence.tolist()
    header = next(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert header == ["file", "class", "predicted", "probability"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"file,class\n\xff,b\n", "isn't CSV in UTF-8"),
        (b"file,class\n" + b"x" * 20_000 + b",b\n", "isn't CSV"),
        (b"file,class\n" + b"x," * 600_000 + b"\n", "a line of 1,048,576 characters or more"),
    ],
)
def test_refuses_other_files(body: bytes, words: str) -> None:
    with pytest.raises(PredictionsError, match=words):
        published(body)


def test_refuses_tables_beyond_the_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MAXIMUM_ROWS", 3)
    with pytest.raises(PredictionsError, match="more than 3 rows"):
        published(b"file\n" + b"a\n" * 4)
    assert published(b"file\n" + b"a\n" * 3).count(b"\n") == 4
    monkeypatch.setattr(spreadsheet, "MAXIMUM_BYTES", 100_000)
    with pytest.raises(PredictionsError, match="larger than 100,000 bytes"):
        published(b"file\n" + b"\x07" * 9_000 + b"\n" + b"\x07" * 9_000 + b"\n" + b"a\n")
