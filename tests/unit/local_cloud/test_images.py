"""Folders that can be dropped, and those that cannot."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from common import file_names
from local_cloud.run import images
from local_cloud.run.images import ImagesError, read_image_folder
from split.drop import file_kinds


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

    drop = read_image_folder(tmp_path, minimum_images=2)

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

    assert read_image_folder(tmp_path, 2).class_sizes == {"a": 2, "b": 2}


def test_hidden_files_do_not_make_a_class(tmp_path: Path):
    fill(tmp_path, {"a": 2, "b": 2, ".thumbnails": 5})

    assert read_image_folder(tmp_path, 2).class_sizes == {"a": 2, "b": 2}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "is empty"),
        ({"a": 0, "b": 0}, "is empty"),
        ({".": 5}, "not in class folders"),
        ({"a": 5}, "one class only, 'a'"),
        ({"a": 5, "b": 1}, "'b' has 1"),
        ({"a": 1, "b": 1}, "'a' has 1, 'b' has 1"),
    ],
)
def test_folders_that_cannot_be_trained_on(tmp_path: Path, files: dict[str, int], says: str):
    fill(tmp_path, files)

    with pytest.raises(ImagesError, match=says):
        read_image_folder(tmp_path, minimum_images=2)


def test_a_folder_without_images(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "notes.txt").write_text("x")

    with pytest.raises(ImagesError, match="no image files"):
        read_image_folder(tmp_path, 2)


def test_no_folder_and_a_file(tmp_path: Path):
    file = tmp_path / "x.jpg"
    file.write_bytes(b"x")

    with pytest.raises(ImagesError, match="is a file"):
        read_image_folder(file, 2)
    with pytest.raises(ImagesError, match="There is no folder"):
        read_image_folder(tmp_path / "nowhere", 2)


def test_links_are_followed_as_by_aws_s3_sync(tmp_path: Path):
    elsewhere = fill(tmp_path / "elsewhere", {"b": 2, "more": 1})
    folder = fill(tmp_path / "phones", {"a": 1})
    (folder / "b").symlink_to(elsewhere / "b")
    (folder / "a" / "more").symlink_to(elsewhere / "more")
    (folder / "a" / "linked.jpg").symlink_to(elsewhere / "b" / "0.jpg")

    drop = read_image_folder(folder, 2)

    assert drop.class_sizes == {"a": 3, "b": 2}
    assert [upload.name for upload in drop.uploads] == [
        "a/0.jpg",
        "a/linked.jpg",
        "a/more/0.jpg",
        "b/0.jpg",
        "b/1.jpg",
    ]
    assert drop.skipped == []


@pytest.mark.parametrize("target", ["..", ".", "../../phones"])
def test_a_link_back_ends_nowhere(tmp_path: Path, target: str):
    folder = fill(tmp_path / "phones", {"a": 2, "b": 2})
    (folder / "a" / "back").symlink_to(target)

    drop = read_image_folder(folder, 2)

    assert drop.class_sizes == {"a": 2, "b": 2}
    assert drop.skipped == ["Skipped 'a/back': link to a folder that contains it."]


def test_what_aws_s3_sync_skips_is_named(tmp_path: Path):
    folder = fill(tmp_path / "phones", {"a": 2, "b": 2})
    (folder / "a" / "gone.jpg").symlink_to("nowhere.jpg")
    os.mkfifo(folder / "b" / "pipe.jpg")

    drop = read_image_folder(folder, 2)

    assert len(drop.uploads) == 4
    assert drop.skipped == [
        "Skipped 'a/gone.jpg': broken link.",
        "Skipped 'b/pipe.jpg': neither a file nor a folder.",
    ]


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no such names")
def test_names_that_are_not_utf_8_are_named_with_the_remedy(tmp_path: Path):
    folder = fill(tmp_path / "phones", {"a": 2, "b": 2})
    for name in (b"a/caf\xe9.jpg", b"a/\xfc.jpg", b"b/\x1b[2J\xff.jpg", b"b/\xe4"):
        Path(os.fsdecode(bytes(folder) + b"/" + name)).write_bytes(b"x")

    drop = read_image_folder(folder, 2)

    assert drop.class_sizes == {"a": 2, "b": 2}
    assert drop.skipped == [
        "Skipped 'a/caf\\xe9.jpg', 'a/\\xfc.jpg', 'b/\\x1b[2J\\xff.jpg' and 1 more: S3 needs names "
        f"in UTF-8. Rename with, for example: convmv -f latin1 -t utf8 -r --notest {folder}"
    ]


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no such names")
def test_a_folder_of_nothing_else_says_so(tmp_path: Path):
    Path(os.fsdecode(bytes(tmp_path) + b"/\xe9")).mkdir()

    with pytest.raises(ImagesError, match=r"nothing that can be uploaded.*convmv"):
        read_image_folder(tmp_path, 2)


def test_what_may_not_be_read_is_named_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = fill(tmp_path / "phones", {"a": 2, "b": 2, "c": 2})
    locked = [folder / "a" / "1.jpg", folder / "c"]
    allowed = os.access
    monkeypatch.setattr(  # root may read everything
        os, "access", lambda path, mode: path not in locked and allowed(path, mode)
    )

    drop = read_image_folder(folder, 1)

    assert drop.class_sizes == {"a": 1, "b": 2}
    remedy = f"no permission to read. Grant it with: chmod -R u+rX {folder}"
    assert drop.skipped == [f"Skipped 'a/1.jpg', 'c': {remedy}"]


def test_classes_one_folder_further_down(tmp_path: Path):
    fill(tmp_path, {"phones/phones/good": 2, "phones/phones/oil": 2})

    with pytest.raises(ImagesError) as raised:
        read_image_folder(tmp_path / "phones", 2)

    assert "one class only, 'phones'" in str(raised.value)
    assert "classes are 'good', 'oil'" in str(raised.value)
    assert f"--images {tmp_path}/phones/phones;" in str(raised.value)
    assert read_image_folder(tmp_path / "phones" / "phones", 2).class_sizes == {"good": 2, "oil": 2}


def test_classes_several_folders_further_down(tmp_path: Path):
    fill(tmp_path, {"1/2/3/good": 2, "1/2/3/oil": 2, "1/.cache": 2})

    with pytest.raises(ImagesError, match=rf"--images {tmp_path}/1/2/3;"):
        read_image_folder(tmp_path, 2)


def test_one_class_in_one_folder_after_another(tmp_path: Path):
    fill(tmp_path, {"oil/monday": 2})

    with pytest.raises(ImagesError, match="Add a folder with images of at least one more class"):
        read_image_folder(tmp_path, 2)


def test_the_folder_of_a_single_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    fill(tmp_path / "phones", {"good": 2, "oil": 2})

    with pytest.raises(ImagesError, match=rf"--images {tmp_path}/phones$"):
        read_image_folder(tmp_path / "phones" / "good", 2)
    monkeypatch.chdir(tmp_path / "phones" / "good")
    with pytest.raises(ImagesError, match=rf"--images {tmp_path}/phones$"):
        read_image_folder(Path(), 2)


def test_the_local_cloud_and_the_split_know_the_same_images():
    assert images.IMAGE_EXTENSIONS == file_kinds.IMAGE_EXTENSIONS
    assert images.SYSTEM_NAMES == file_names.SYSTEM_NAMES
