import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reading import damage, images
from reading.formats import UnreadableImageError
from tests.unit.training_code.odd_files import LEFT_OUT, jpeg


def test_the_damaged_file_is_blamed_and_none_that_was_read_beside_it(tmp_path: Path) -> None:
    damaged, _ = LEFT_OUT["flipped bits"]
    contents = [jpeg(), damaged()] * 20
    for number, content in enumerate(contents):
        (tmp_path / str(number)).write_bytes(content)

    def is_readable(number: int) -> bool:
        try:
            images.read(tmp_path / str(number), 24)
        except UnreadableImageError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(is_readable, range(40))) == [True, False] * 20


def test_what_others_write_to_standard_error_arrives(capfd: pytest.CaptureFixture[str]) -> None:
    def decode() -> int:
        os.write(2, b"a line of somebody else\nCorrupt JPEG data: bad Huffman code\nand another\n")
        return 7

    result, said = damage.decode_and_listen(decode)
    assert (result, damage.complaint(said, b"")) == (7, "Corrupt JPEG data: bad Huffman code")
    assert capfd.readouterr().err == "a line of somebody else\nand another\n"
    os.write(2, b"later\n")
    assert capfd.readouterr().err == "later\n"


def test_standard_error_is_given_back_when_decoding_fails(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def decode() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        damage.decode_and_listen(decode)
    os.write(2, b"later\n")
    assert capfd.readouterr().err == "later\n"


@pytest.mark.parametrize(
    ("line", "data", "is_damage"),
    [
        ("Corrupt JPEG data: 4 extraneous bytes before marker 0xd9", b"x\0\0\0\0\xff\xd9", False),
        ("Corrupt JPEG data: 4 extraneous bytes before marker 0xd9", b"xabcd\xff\xd9", True),
        ("Corrupt JPEG data: 4 extraneous bytes before marker 0xe1", b"", False),
        ("Corrupt JPEG data: 4 extraneous bytes before marker 0xd3", b"", True),
        ("Corrupt JPEG data: 9999 extraneous bytes before marker 0xd9", bytes(9999), True),
        ("Corrupt JPEG data: premature end of data segment", b"", True),
        ("Premature end of JPEG file", b"", True),
        ("Warning: unknown JFIF revision number 9.01", b"", False),
    ],
)
def test_padding_is_told_from_damage(line: str, data: bytes, is_damage: bool) -> None:
    assert (damage.complaint(f"{line}\n", data) is not None) == is_damage
