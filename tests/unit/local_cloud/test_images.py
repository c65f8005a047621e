"""Folders that can be dropped, and those that cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_cloud import images
from local_cloud.images import ImagesError, read_drop
from split import cleaning


def fill(folder: Path, files: dict[str, int]) -> Path:
    """Make so many images in each subfolder; "." is the folder itself."""
    for name, size in files.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(size):
            (folder / name / f"{number}.jpg").write_bytes(b"x")
    return folder


def test_every_file_is_uploaded_under_its_own_name(tmp_path: Path):
    fill(tmp_path, {"iron sheet ash": 2, "oil/monday": 2})
    (tmp_path / "oil" / ".DS_Store").write_bytes(b"junk")

    drop = read_drop(tmp_path, minimum_images=2)

    assert [upload.name for upload in drop.uploads] == [
        "iron sheet ash/0.jpg",
        "iron sheet ash/1.jpg",
        "oil/.DS_Store",
        "oil/monday/0.jpg",
        "oil/monday/1.jpg",
    ]
    assert drop.class_sizes == {"iron sheet ash": 2, "oil": 2}


def test_extensions_may_be_upper_case_and_mixed(tmp_path: Path):
    fill(tmp_path, {"a": 1, "b": 2})
    (tmp_path / "a" / "X.PNG").write_bytes(b"x")

    assert read_drop(tmp_path, 2).class_sizes == {"a": 2, "b": 2}


def test_hidden_files_do_not_make_a_class(tmp_path: Path):
    fill(tmp_path, {"a": 2, "b": 2, ".thumbnails": 5})

    assert read_drop(tmp_path, 2).class_sizes == {"a": 2, "b": 2}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "is empty"),
        ({"a": 0, "b": 0}, "is empty"),
        ({".": 5}, "no class folder"),
        ({"a": 5}, "one class only, 'a'"),
        ({"a": 5, "b": 1}, "'b' has 1"),
        ({"a": 1, "b": 1}, "'a' has 1, 'b' has 1"),
    ],
)
def test_folders_that_cannot_be_trained_on(tmp_path: Path, files: dict[str, int], says: str):
    fill(tmp_path, files)

    with pytest.raises(ImagesError, match=says):
        read_drop(tmp_path, minimum_images=2)


def test_a_folder_without_images(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "notes.txt").write_text("x")

    with pytest.raises(ImagesError, match="no image files"):
        read_drop(tmp_path, 2)


def test_no_folder_and_a_file(tmp_path: Path):
    file = tmp_path / "x.jpg"
    file.write_bytes(b"x")

    with pytest.raises(ImagesError, match="is a file"):
        read_drop(file, 2)
    with pytest.raises(ImagesError, match="There is no folder"):
        read_drop(tmp_path / "nowhere", 2)


def test_the_desk_and_the_split_know_the_same_images():
    assert images.IMAGE_EXTENSIONS == cleaning.IMAGE_EXTENSIONS
    assert images.SYSTEM_NAMES == cleaning.SYSTEM_NAMES
