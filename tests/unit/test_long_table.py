"""The page that `make test-long` writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from benchmarks.page import machine, processor
from tests.support.long_table import (
    Figures,
    Row,
    duration,
    lines_of,
    render,
    scenario_of,
    this_machine,
)


def row(passed: bool = True, **counts: float) -> Row:
    figures = Figures(repetitions=1200)
    for name, number in counts.items():
        figures.add(name, number)
    figures.check("one job")
    figures.check("one job")
    figures.check("a|b")
    return Row("a burst", figures, passed, 61.2)


def page(*rows: Row) -> list[str]:
    return render(rows, date(2026, 3, 14), "2 cores", "3.11.7").splitlines()


def test_a_row_says_how_much_was_checked_and_how_long_it_took():
    assert page(row(events=20000, megabytes=1.25))[-1] == (
        "| a burst | 1,200 | events: 20,000; megabytes: 1.2 | one job; a\\|b | passed | 1 min 1 s "
        "| 2026-03-14 |"
    )


def test_date_machine_and_python_are_said():
    lines = page(row())

    assert "- Machine: 2 cores" in lines
    assert "- Python: 3.11.7" in lines
    assert "- Result: all 1 passed" in lines


def test_the_processor_is_said():
    assert processor() in this_machine()
    assert processor() in machine()


def test_a_failure_is_told_in_its_row_and_above():
    lines = page(row(), replace(row(passed=False), scenario="a soak"))

    assert "- Result: 1 of 2 failed" in lines
    assert "| **failed** |" in lines[-1]
    assert "| **failed** |" not in lines[-2]


def test_every_row_has_as_many_cells_as_there_are_headings():
    heading, rule, line = page(row(events=1))[-3:]

    assert heading.count(" |") == rule.count("---|") == line.count(" |")


def test_counts_add_up():
    figures = Figures()
    figures.add("drops", 2)
    figures.add("drops", 3)

    assert figures.counts == {"drops": 5}


def test_a_tests_name_becomes_words():
    assert scenario_of("test_killed_at_every_write") == "killed at every write"
    assert scenario_of("test_ended_by[SIGTERM]") == "ended by (SIGTERM)"


def test_short_durations_have_no_minutes():
    assert duration(59.4) == "59 s"
    assert duration(119.6) == "2 min 0 s"


def test_what_is_run_again_takes_the_place_of_its_row_and_the_others_stay():
    other = replace(row(passed=False), scenario="two stacks")
    before = render([other, row()], date(2026, 3, 14), "2 cores", "3.11.7")

    page = render([replace(other, passed=True)], date(2026, 3, 15), "", "", before)

    assert "- Result: all 2 passed" in page
    [first, second] = page.splitlines()[-2:]
    assert first.startswith("| two stacks |")
    assert first.endswith("| passed | 1 min 1 s | 2026-03-15 |")
    assert second in before


def test_a_table_of_its_own_stays_until_its_test_runs_again():
    counted = row()
    counted.figures.tables["Faults by kind"] = {"killed": 1200, "an answer lost": 3}
    before = render([counted], date(2026, 3, 14), "2 cores", "3.11.7")

    assert before.endswith(
        "| 2026-03-14 |\n\n## Faults by kind\n\n| what | how often |\n|---|---|\n"
        "| killed | 1,200 |\n| an answer lost | 3 |\n"
    )
    other = replace(row(), scenario="two stacks")
    merged = render([other], date(2026, 3, 15), "", "", before)
    assert merged.count("| killed | 1,200 |") == 1
    assert list(lines_of(merged)) == ["a burst", "two stacks"]

    counted.figures.tables["Faults by kind"] = {"killed": 7}
    again = render([counted], date(2026, 3, 15), "", "", merged)
    assert "| killed | 7 |" in again
    assert "1,200 |\n| an answer" not in again
