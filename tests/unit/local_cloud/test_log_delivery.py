"""Log lines as events: within what CloudWatch Logs takes at once."""

from __future__ import annotations

from pathlib import Path

from local_cloud.cloud.log_delivery import (
    MOST_BYTES,
    MOST_EVENTS,
    OVERHEAD_BYTES,
    FollowedFile,
    batches,
)


def test_every_line_is_an_event_in_order():
    [batch] = batches(["first", "", "third"], 5)

    assert batch == [
        {"timestamp": 5, "message": "first"},
        {"timestamp": 5, "message": " "},
        {"timestamp": 5, "message": "third"},
    ]


def test_nothing_makes_no_batch():
    assert batches([], 5) == []


def test_a_batch_has_so_many_events_at_most():
    assert [len(batch) for batch in batches(["x"] * (MOST_EVENTS + 1), 5)] == [MOST_EVENTS, 1]


def test_a_batch_has_so_many_bytes_at_most():
    half = "ä" * ((MOST_BYTES // 2 - OVERHEAD_BYTES) // 2)

    assert [len(batch) for batch in batches([half, half, "x"], 5)] == [2, 1]


def test_half_a_line_waits_for_its_end(tmp_path: Path):
    path = tmp_path / "log"
    path.write_bytes(b"old\n")
    followed = FollowedFile(path, "group", "stream", offset=4)
    with path.open("ab") as log:
        log.write("one\nm\u00f6".encode()[:-1])
        log.flush()
        assert followed.read_lines() == ["one"]
        log.write("\u00f6".encode()[-1:] + b"re\n")
        log.flush()
        assert followed.read_lines() == ["m\u00f6re"]


def test_a_deleted_file_has_no_lines_and_is_read_from_its_beginning_when_it_is_back(tmp_path: Path):
    path = tmp_path / "log"
    path.write_bytes(b"an old line\n")
    followed = FollowedFile(path, "group", "stream", offset=12)

    path.unlink()
    assert followed.read_lines() == []
    path.write_bytes(b"new\n")
    assert followed.read_lines() == ["new"]


def test_a_shorter_file_of_the_same_name_is_read_from_its_beginning(tmp_path: Path):
    path = tmp_path / "log"
    path.write_bytes(b"new\n")

    assert FollowedFile(path, "group", "stream", offset=12).read_lines() == ["new"]
