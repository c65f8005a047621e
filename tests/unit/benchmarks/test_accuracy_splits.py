"""Which images are trained on: stratified, seeded, or the last of each class by name."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.accuracy.splits import (
    AT_RANDOM,
    BY_NAME,
    FEW,
    fingerprint,
    link,
    natural_order,
    split,
)

CLASSES = {"good": 25, "oil": 10, "rare": 2}
MEASURED = {"good": 5, "oil": 2, "rare": 1}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "drop"
    for label, images in CLASSES.items():
        (root / label).mkdir(parents=True)
        for number in range(images):
            (root / label / f"{number}.jpg").write_bytes(b"x" * (number + 1))
    (root / "good" / ".DS_Store").touch()
    (root / "good" / "notes.txt").touch()
    (root / ".hidden").mkdir()
    (root / ".hidden" / "1.jpg").touch()
    return root


def counts(names: list[str]) -> Counter[str]:
    return Counter(name.partition("/")[0] for name in names)


@pytest.mark.parametrize("kind", [AT_RANDOM, BY_NAME])
def test_a_fifth_of_each_class_is_measured_on_and_never_trained_on(folder: Path, kind: str):
    sides = split(folder, kind, seed=0)

    assert counts(sides["validation"]) == MEASURED
    assert counts([*sides["train"], *sides["validation"]]) == CLASSES
    assert not {*sides["train"]} & {*sides["validation"]}


@pytest.mark.parametrize("kind", FEW)
def test_few_a_class_are_trained_on_and_the_same_measured_on(
    folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch
):
    usual = split(folder, AT_RANDOM, seed=0)
    monkeypatch.setitem(FEW, kind, 7)

    sides = split(folder, kind, seed=0)

    assert sides["validation"] == usual["validation"]
    assert {*sides["train"]} < {*usual["train"]}
    assert counts(sides["train"]) == {"good": 7, "oil": 7, "rare": 1}


def test_a_seed_draws_the_same_images_and_another_one_others(folder: Path):
    assert split(folder, AT_RANDOM, 1) == split(folder, AT_RANDOM, 1)
    assert split(folder, AT_RANDOM, 1) != split(folder, AT_RANDOM, 2)


def test_by_name_the_last_are_measured_on_whatever_the_seed(folder: Path):
    sides = split(folder, BY_NAME, seed=1)

    assert sides == split(folder, BY_NAME, seed=2)
    assert sides["validation"][:5] == [f"good/{number}.jpg" for number in range(20, 25)]
    assert sides["validation"][5:7] == ["oil/8.jpg", "oil/9.jpg"]


def test_numbers_in_names_count_as_numbers():
    names = ["a10.jpg", "a9.jpg", "A2.jpg", "b1.jpg", "7.jpg", "²x.jpg", "a02.jpg"]

    assert natural_order(names) == [
        "7.jpg", "A2.jpg", "a02.jpg", "a9.jpg", "a10.jpg", "b1.jpg", "²x.jpg"
    ]  # fmt: skip


def test_the_links_are_the_split_and_nothing_older(folder: Path, tmp_path: Path):
    data = tmp_path / "data"
    link(folder, split(folder, AT_RANDOM, 0), data)

    link(folder, split(folder, BY_NAME, 0), data)

    linked = {path.relative_to(data / "validation") for path in data.glob("validation/*/*")}
    assert {path.as_posix() for path in linked} == {*split(folder, BY_NAME, 0)["validation"]}
    assert (data / "train" / "oil" / "7.jpg").read_bytes() == b"x" * 8


def test_the_fingerprint_follows_sides_names_and_contents(folder: Path, tmp_path: Path):
    def print_of(kind: str, seed: int) -> str:
        link(folder, split(folder, kind, seed), tmp_path / "data")
        return fingerprint(tmp_path / "data")

    before = print_of(BY_NAME, 0)

    assert print_of(BY_NAME, 1) == before
    assert print_of(AT_RANDOM, 0) != before
    (folder / "oil" / "3.jpg").write_bytes(b"another")
    assert print_of(BY_NAME, 0) != before


def test_a_folder_that_cannot_be_trained_on_is_refused(folder: Path, tmp_path: Path):
    with pytest.raises(ValueError, match="two folders or more"):
        split(tmp_path / "nowhere", AT_RANDOM, 0)
    (folder / "rare" / "1.jpg").unlink()
    with pytest.raises(ValueError, match="fewer than two images"):
        split(folder, AT_RANDOM, 0)
