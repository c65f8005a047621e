"""output.tar.gz is read by name only; hostile and damaged archives do no harm."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from plot.errors import ArchiveError
from plot.inputs.archive import read_members
from tests.support.archives import HISTORY, member, output_archive, pack

LIMITS = {"history.json": 10_000}
GOOD = ("history.json", b"{}")


def read(archive: bytes, **bounds: int) -> dict[str, bytes]:
    return read_members(io.BytesIO(archive), LIMITS, **bounds).files


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def no_file_is_written(tmp_path: Path) -> object:
    yield
    assert list(tmp_path.iterdir()) == []


def test_reads_the_named_members_only() -> None:
    files = read_members(io.BytesIO(output_archive()), LIMITS | {"predictions.csv": 10_000}).files
    assert set(files) == {"history.json", "predictions.csv"}
    assert files["predictions.csv"].startswith(b"file,class")


def test_a_leading_dot_does_not_matter() -> None:
    assert read(pack([member("./history.json", b"{}")])) == {"history.json": b"{}"}


def test_a_missing_member_is_not_returned() -> None:
    assert read(pack([member("other.json", b"{}")])) == {}


@pytest.mark.usefixtures("no_file_is_written")
@pytest.mark.parametrize(
    "hostile",
    [
        member("../history.json", b"evil"),
        member("/history.json", b"evil"),
        member("a/../history.json", b"evil"),
        member(".//history.json", b"evil"),
        member("nested/history.json", b"evil"),
        member("history.json", kind=tarfile.SYMTYPE, link="/etc/passwd"),
        member("history.json", kind=tarfile.LNKTYPE, link="/etc/passwd"),
        member("history.json", kind=tarfile.DIRTYPE),
        member("history.json", kind=tarfile.FIFOTYPE),
        member("history.json", kind=tarfile.CHRTYPE),
    ],
)
def test_hostile_members_are_skipped(hostile: tuple[tarfile.TarInfo, bytes]) -> None:
    assert read(pack([hostile])) == {}
    assert read(pack([hostile, member(*GOOD)])) == {"history.json": b"{}"}


def test_the_first_of_two_members_with_the_same_name_counts() -> None:
    twice = pack([member(*GOOD), member("history.json", b"later"), member("config.json", b"[]")])
    files = read_members(io.BytesIO(twice), LIMITS | {"config.json": 100}).files
    assert files == {"history.json": b"{}", "config.json": b"[]"}


def test_a_member_over_its_limit_is_skipped_and_reported() -> None:
    archive = pack([member("history.json", b" " * 10_001), member("config.json", b"[]")])
    contents = read_members(io.BytesIO(archive), LIMITS | {"config.json": 100})
    assert contents.files == {"config.json": b"[]"}
    assert contents.faults == {"history.json": "history.json has 10,001 bytes, the limit is 10,000"}


def test_members_before_the_damage_are_kept() -> None:
    whole = pack([member(*GOOD), member("noise", os.urandom(100_000)), member("config.json")])
    cut = io.BytesIO(whole[: len(whole) // 2])
    contents = read_members(cut, LIMITS | {"config.json": 100})
    assert contents.files == {"history.json": b"{}"}
    assert "damaged" in contents.faults["output.tar.gz"]


def test_a_bomb_stops_at_the_bound() -> None:
    bomb = pack([member("zeros", bytes(30_000_000)), member(*GOOD)])
    assert len(bomb) < 40_000
    with pytest.raises(ArchiveError, match="unpacks to more than 1000000 bytes"):
        read(bomb, maximum_unpacked_bytes=1_000_000)


def test_a_header_that_claims_terabytes_is_stopped() -> None:
    header = tarfile.TarInfo("long")
    header.type = tarfile.GNUTYPE_LONGNAME
    header.size = 1 << 42
    with pytest.raises(ArchiveError, match="a header is too large"):
        read(gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(3_000_000)))


def test_too_many_members_are_refused() -> None:
    many = pack([member(f"{number}.json") for number in range(50)])
    with pytest.raises(ArchiveError, match="more than 40 members"):
        read(many, maximum_members=40)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_archive_is_refused(share: float) -> None:
    # Random bytes do not compress: the cut falls among them, before history.json.
    whole = pack([member("noise", os.urandom(100_000)), member(*GOOD)])
    with pytest.raises(ArchiveError, match="damaged"):
        read(whole[: int(len(whole) * share)])


@pytest.mark.parametrize(
    "body",
    [b"", b"no gzip at all", gzip.compress(b"no tar at all" * 100), gzip.compress(b"x")],
    ids=["empty", "no gzip", "no tar", "one byte"],
)
def test_other_files_are_refused(body: bytes) -> None:
    with pytest.raises(ArchiveError, match="damaged"):
        read(body)


def test_reading_stops_after_the_last_wanted_member() -> None:
    whole = pack([member(*GOOD), member("noise", os.urandom(500_000))])
    stream = io.BytesIO(whole[: len(whole) // 2])
    assert read_members(stream, LIMITS).files == {"history.json": b"{}"}


def test_the_history_of_a_real_archive_is_whole() -> None:
    assert json.loads(read(output_archive())["history.json"]) == HISTORY
