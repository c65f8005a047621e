import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from failure import Interrupted, JobError
from loading import dataset
from loading.channel import Skipped
from tests.unit.training_code.pictures import COLOURS, channel, picture


@pytest.fixture
def channels(tmp_path: Path) -> tuple[Path, Path]:
    return channel(tmp_path / "train", 3), channel(tmp_path / "validation", 1)


def load(channels: tuple[Path, Path]) -> dataset.ImageData:
    return dataset.load(*channels, size=16, check=lambda: None)


def test_classes_are_the_folders_in_order(channels: tuple[Path, Path]) -> None:
    data = load(channels)
    assert data.classes == sorted(COLOURS)
    assert data.train.count(data.classes) == dict.fromkeys(sorted(COLOURS), 3)
    assert data.validation.count(data.classes) == dict.fromkeys(sorted(COLOURS), 1)
    assert data.train.pixels.shape == (9, 16, 16, 3)


def test_each_row_is_the_image_of_its_file_and_class(channels: tuple[Path, Path]) -> None:
    data = load(channels)
    for file, label, pixels in zip(
        data.train.files, data.train.labels, data.train.pixels, strict=True
    ):
        name = data.classes[label]
        assert file.startswith(f"{name}/")
        assert np.abs(pixels.mean(axis=(0, 1)) - COLOURS[name]).max() < 30


def test_nested_folders_count_to_their_class(channels: tuple[Path, Path]) -> None:
    nested = channels[0] / "mint" / "session 2" / "deep"
    nested.mkdir(parents=True)
    picture((0, 0, 0), seed=5).save(nested / "x.png")
    data = load(channels)
    assert data.train.count(data.classes)["mint"] == 4
    assert "mint/session 2/deep/x.png" in data.train.files


def test_hidden_and_system_files_are_not_even_mentioned(channels: tuple[Path, Path]) -> None:
    train = channels[0]
    for name in (".DS_Store", "mint/.DS_Store", "mint/._0.png", "mint/Thumbs.db"):
        (train / name).write_bytes(b"\0")
    (train / "__MACOSX").mkdir()
    (train / ".ipynb_checkpoints").mkdir()
    data = load(channels)
    assert data.skipped == []
    assert data.classes == sorted(COLOURS)


def test_an_unreadable_file_is_skipped_and_named(
    channels: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (channels[0] / "mint" / "aa.jpg").write_bytes(b"")
    (channels[1] / "stray.png").write_bytes(b"")
    data = load(channels)
    assert data.skipped == [
        Skipped("train/mint/aa.jpg", "empty file"),
        Skipped("validation/stray.png", "not in the folder of a class"),
    ]
    assert "skipped train/mint/aa.jpg: empty file" in capsys.readouterr().out
    assert data.train.count(data.classes)["mint"] == 3
    assert "mint/aa.jpg" not in data.train.files


@pytest.mark.skipif(os.name != "posix", reason="names that are not UTF-8 exist on POSIX only")
def test_a_name_that_is_not_utf8_can_be_stored(channels: tuple[Path, Path]) -> None:
    path = os.fsencode(channels[0] / "mint") + b"/\xff.png"
    picture((0, 0, 0), seed=5).save(channels[0] / "plain.png")
    (channels[0] / "plain.png").rename(os.fsdecode(path))
    assert any(file.encode("utf-8").endswith(b"udcff.png") for file in load(channels).train.files)


def test_a_class_without_a_readable_image_ends_the_job_with_the_reasons(
    channels: tuple[Path, Path],
) -> None:
    for path in (channels[0] / "mint").iterdir():
        path.write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(JobError, match=r"'mint' has no readable image.*\(3 x a Git LFS pointer"):
        load(channels)


def test_an_empty_validation_channel_ends_the_job(channels: tuple[Path, Path]) -> None:
    for path in channels[1].glob("*/*"):
        path.unlink()
    with pytest.raises(JobError, match="validation channel has no readable image"):
        load(channels)


def test_a_class_without_validation_images_is_warned_of(channels: tuple[Path, Path]) -> None:
    (channels[1] / "mint" / "0.png").unlink()
    (channels[1] / "mint").rmdir()
    [warning] = load(channels).warnings
    assert warning["code"] == "unmeasured"
    assert "no readable validation image of mint" in warning["sentence"]


def test_a_class_that_decoding_makes_too_small_ends_the_job(channels: tuple[Path, Path]) -> None:
    for path in list((channels[0] / "mint").iterdir())[:2]:
        path.write_bytes(path.read_bytes()[:-60])
    message = (
        r"at least 4 images that can be read: 'mint' has 2 \(2 of 4 files left out: 2 x damaged"
    )
    with pytest.raises(JobError, match=message):
        dataset.load(*channels, size=16, check=lambda: None, least_images=4)


def test_a_class_that_lost_much_is_warned_of(channels: tuple[Path, Path]) -> None:
    (channels[0] / "mint" / "0.png").write_bytes(b"")
    [warning] = load(channels).warnings
    assert warning["code"] == "files-left-out"
    assert warning["sentence"].startswith("'mint': 1 of 4 files left out: 1 x empty file. Upload")


def test_the_same_picture_in_two_classes_and_on_both_sides_is_found(
    channels: tuple[Path, Path],
) -> None:
    same = picture((9, 200, 9), seed=7)
    same.save(channels[0] / "mint" / "same.png")
    same.save(channels[0] / "mint" / "again.png")
    same.save(channels[1] / "mint" / "same.bmp")
    other = picture((9, 200, 200), seed=8)
    other.save(channels[0] / "mint" / "other.png")
    other.save(channels[0] / "copper" / "other.bmp")
    data = load(channels)
    assert data.exact_copies == {
        "in_two_classes": {
            "images": 2,
            "examples": [["train/copper/other.bmp", "train/mint/other.png"]],
        },
        "on_both_sides": {
            "validation_images": 1,
            "examples": [
                ["train/mint/again.png", "train/mint/same.png", "validation/mint/same.bmp"]
            ],
        },
    }
    assert [warning["code"] for warning in data.warnings] == [
        "copies-in-two-classes",
        "copies-on-both-sides",
    ]
    assert "train/mint/again.png and validation/mint/same.bmp" in data.warnings[1]["sentence"]


def test_pictures_that_differ_are_no_copies(channels: tuple[Path, Path]) -> None:
    data = load(channels)
    assert data.warnings == []
    assert data.exact_copies["on_both_sides"] == {"validation_images": 0, "examples": []}


def test_a_class_known_to_validation_alone_ends_the_job(channels: tuple[Path, Path]) -> None:
    (channels[1] / "new").mkdir()
    with pytest.raises(JobError, match="classes that the train channel lacks: new"):
        load(channels)


@pytest.mark.parametrize(
    ("folders", "found"), [((), "holds no folder"), (("good",), "holds only the folder 'good'")]
)
def test_fewer_than_two_classes_end_the_job(
    folders: tuple[str, ...], found: str, tmp_path: Path
) -> None:
    for name in folders:
        (tmp_path / name).mkdir()
    with pytest.raises(JobError, match=found):
        load((tmp_path, tmp_path))


def test_a_missing_channel_ends_the_job(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="train channel is missing"):
        load((tmp_path / "nowhere", tmp_path))


def test_a_request_to_stop_is_heard_between_files(channels: tuple[Path, Path]) -> None:
    def stop() -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        dataset.load(*channels, size=16, check=stop)


LISTED = {
    "train": frozenset({"copper/0.png", "mint/0.png", "mint/1.png"}),
    "validation": frozenset({"copper/0.png", "mint/0.png"}),
}


def test_a_channel_of_several_datasets_is_read_as_the_manifest_says(
    channels: tuple[Path, Path],
) -> None:
    data = dataset.load(*channels, size=16, check=lambda: None, listed=LISTED)

    assert data.classes == ["copper", "mint"]  # no other folder makes a class
    assert set(data.train.files) == LISTED["train"]
    assert set(data.validation.files) == LISTED["validation"]
    assert data.skipped == []


def test_an_image_of_the_dataset_that_is_not_there_ends_the_job(
    channels: tuple[Path, Path],
) -> None:
    (channels[0] / "mint" / "1.png").unlink()

    with pytest.raises(JobError, match=r"1 of 3 images .* train channel \(mint/1.png\)"):
        dataset.load(*channels, size=16, check=lambda: None, listed=LISTED)


def _deep(path: Path, values: int) -> None:
    Image.fromarray(np.full((20, 20), values, np.uint16)).save(path)


def test_files_of_16_bits_share_the_bits_that_the_brightest_of_both_sides_needs(
    channels: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    train, validation = channels
    _deep(train / "mint" / "x.png", 1000)  # would need 10 bits
    _deep(train / "mint" / "y.png", 100)  # 8
    _deep(validation / "mint" / "z.png", 4000)  # 12
    data = load(channels)
    values = {
        file: channel.pixels[row].max()
        for channel in (data.train, data.validation)
        for row, file in enumerate(channel.files)
        if "mint/0" not in file
    }
    assert data.depth == 12
    assert values["mint/x.png"] == 1000 >> 4
    assert values["mint/y.png"] == 100 >> 4
    assert values["mint/z.png"] == 4000 >> 4
    assert [warning["code"] for warning in data.warnings] == ["dark"]
    assert "1 of 15 pictures are nearly black" in data.warnings[0]["sentence"]
    assert "train/mint/y.png" in data.warnings[0]["sentence"]
    assert "files of 16 bits: 12 bits are in use" in capsys.readouterr().out


def test_what_the_exported_model_reads_otherwise_is_said_before_the_training(
    channels: tuple[Path, Path],
) -> None:
    for number in range(4):
        picture((9, 9, 200), seed=number).save(channels[0] / "mint" / f"scan {number}.tif")
    data = load(channels)
    (warning,) = data.warnings
    assert warning["code"] == "reading"
    assert "4 of 16 image files differently" in warning["sentence"]
    assert "(4 x TIFF): train/mint/scan 0.tif" in warning["sentence"]
    assert "and 1 more" in warning["sentence"]
