"""The status page: everything shown, nothing alive."""

from __future__ import annotations

from common.status_page import render

HOSTILE = '<script>alert("x")</script>'


def board(**facts: object) -> dict[str, object]:
    entry = {"state": "done", "sentence": "Done.", "updated_at": "2026-11-22T12:00:00Z"}
    return {"state": "done", "run": entry | facts}


def test_both_sections_are_shown():
    page = render(
        board() | {"drop": {"state": "ready", "sentence": "18 images.", "updated_at": ""}}
    )

    assert "The drop" in page
    assert "18 images." in page
    assert "The newest training run" in page


def test_names_from_outside_are_escaped():
    page = render(board(sentence=HOSTILE, run=HOSTILE, left_out={HOSTILE: 1}, state=HOSTILE))

    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_plots_are_shown_by_their_keys():
    page = render(board(plots=["runs/a-1/plots/accuracy.png", 'runs/"/x y.png']))

    assert '<img src="runs/a-1/plots/accuracy.png"' in page
    assert 'src="runs/%22/x%20y.png"' in page


def test_facts_without_a_value_are_not_shown():
    assert "best epoch" not in render(board(best_epoch=None))
    assert "best epoch" in render(board(best_epoch=3))


def test_an_empty_board_is_a_page():
    assert render({}).startswith("<!doctype html>")


def test_the_time_is_written_for_people():
    assert "2026-11-22 12:00:00 UTC" in render(board())


def test_the_report_is_a_link():
    page = render(board(report='runs/a-1/"report".html'))

    assert '<a href="runs/a-1/%22report%22.html">runs/a-1/&quot;report&quot;.html</a>' in page
