"""The sealed test set: nothing in it is trained on, and it changes no dataset."""

from __future__ import annotations

import json

from split.drop import reasons
from split.drop.cleaning import clean
from split.drop.test_set_warnings import warnings_of_test_set
from split.images import CleanedDrop, RawObject
from split.manifest import labelled_contents, write_manifest
from split.partition.dataset import dataset_of
from split.partition.test_set import contents_of, seal
from tests.unit.split.builders import raw

CLASSES = ("good", "oil")
RAW = [raw(f"raw/{name}/{n}.jpg") for name in CLASSES for n in range(3)]
TEST = [raw(f"test/{name}/new {n}.jpg") for name in CLASSES for n in range(2)]


def drop_beside(
    *tested: RawObject, dropped: list[RawObject] = RAW
) -> tuple[CleanedDrop, CleanedDrop]:
    """Clean a drop and the test set beside it."""
    test = clean(tested, {})
    return clean(dropped, {}, sealed=contents_of(test)), test


def warnings_beside(*tested: RawObject, dropped: list[RawObject] = RAW) -> dict[str, str]:
    cleaned, test = drop_beside(*tested, dropped=dropped)
    warnings = warnings_of_test_set(cleaned, seal(test, cleaned.class_sizes()))
    return {warning.code: warning.sentence for warning in warnings}


def test_an_image_of_the_test_set_is_left_out_and_says_where_it_is():
    cleaned, _ = drop_beside(*TEST, raw("test/oil/again.jpg", "raw/good/1.jpg"))

    assert [(item.source.key, item.reason, item.detail) for item in cleaned.left_out] == [
        ("raw/good/1.jpg", reasons.IN_TEST_SET, "test/oil/again.jpg")
    ]
    assert len(cleaned.images) == 5


def test_each_copy_of_an_image_of_the_test_set_is_left_out():
    twice = [
        *RAW,
        raw("raw/good/copy.jpg", "raw/good/1.jpg"),
        raw("raw/oil/too.jpg", "raw/good/1.jpg"),
    ]

    cleaned, _ = drop_beside(raw("test/good/1.jpg", "raw/good/1.jpg"), dropped=twice)

    assert {item.source.key for item in cleaned.left_out if item.reason == reasons.IN_TEST_SET} == {
        "raw/good/1.jpg",
        "raw/good/copy.jpg",
        "raw/oil/too.jpg",
    }


def test_what_the_test_set_itself_leaves_out_is_not_trained_on_either():
    cleaned, test = drop_beside(
        raw("test/good/a.jpg", "raw/good/0.jpg"), raw("test/oil/b.jpg", "raw/good/0.jpg")
    )

    assert [item.reason for item in test.left_out] == [reasons.TWO_CLASSES] * 2
    assert [item.source.key for item in cleaned.left_out] == ["raw/good/0.jpg"]


def test_an_empty_file_under_both_is_just_empty():
    cleaned, _ = drop_beside(
        raw("test/good/0.jpg", "nothing", size=0),
        dropped=[*RAW, raw("raw/good/empty.jpg", "nothing", size=0)],
    )

    assert [item.reason for item in cleaned.left_out] == [reasons.EMPTY]


def test_class_and_group_are_those_below_the_prefix():
    [item] = seal(clean([raw("test/oil/part 7/left/1.jpg")], {}), CLASSES).images

    assert (item.image.class_name, item.image.group, item.side) == ("oil", "part 7", "test")
    assert item.copy_key.startswith("datasets/test/oil/1-")


def test_a_copy_that_exists_keeps_its_name():
    first = seal(clean([raw("test/oil/1.jpg", "the same")], {}), CLASSES).images
    copies = [item.copy_key for item in first]

    again = seal(clean([raw("test/oil/renamed.jpg", "the same")], {}), CLASSES, copies).images

    assert [item.copy_key for item in again] == copies


def test_a_class_that_nothing_is_trained_on_is_not_measured():
    test_set = seal(clean([*TEST, raw("test/dent/1.jpg"), raw("test/../1.jpg")], {}), CLASSES)

    assert test_set.class_sizes() == {"good": 2, "oil": 2}
    assert {item.source.key: item.reason for item in test_set.left_out} == {
        "test/dent/1.jpg": reasons.NO_SUCH_CLASS,
        "test/../1.jpg": reasons.NO_SUCH_CLASS,
    }


def test_another_test_set_makes_no_other_dataset():
    def identity(*tested: RawObject) -> str:
        cleaned, _ = drop_beside(*tested)
        return dataset_of(
            cleaned.images, {i.source.content: "train" for i in cleaned.images}
        ).identity

    assert identity() == identity(*TEST)
    assert identity(*TEST) != identity(raw("test/good/1.jpg", "raw/good/1.jpg"))


def test_the_manifest_lists_it_and_counts_it_to_no_side():
    cleaned, test = drop_beside(*TEST, raw("test/good/notes.txt"))
    dataset = dataset_of(cleaned.images, {i.source.content: "train" for i in cleaned.images})
    test_set = seal(test, CLASSES)

    written = write_manifest(cleaned, dataset, test_set)

    rows = {row["key"]: row for row in map(json.loads, written.splitlines())}
    assert rows["test/good/new 0.jpg"]["side"] == "test"
    assert rows["test/good/new 0.jpg"]["copy"].startswith("datasets/test/good/new_0-")
    assert rows["test/good/notes.txt"]["left_out"] == reasons.ANNOTATION
    assert labelled_contents(written) == labelled_contents(write_manifest(cleaned, dataset))
    assert len(labelled_contents(written)) == 6


def test_without_a_test_set_there_is_nothing_to_warn_of():
    assert warnings_beside() == {}
    assert warnings_beside(*TEST) == {}


def test_the_images_that_are_left_out_are_named():
    warnings = warnings_beside(*TEST, raw("test/good/1.jpg", "raw/good/1.jpg"))

    assert list(warnings) == ["in-the-test-set"]
    assert "1 image under raw/ left out" in warnings["in-the-test-set"]
    assert "raw/good/1.jpg" in warnings["in-the-test-set"]


def test_classes_that_only_one_of_the_two_has_are_named():
    warnings = warnings_beside(TEST[0], raw("test/dent/1.jpg"), raw("test/dent/2.jpg"))

    assert "test/dent/ (2 images)" in warnings["test-class-without-training"]
    assert "no image of 'oil'" in warnings["class-without-test-images"]
    assert len(warnings) == 2


def test_a_part_that_was_trained_on_is_named():
    dropped = [*RAW, raw("raw/good/part 7/1.jpg")]

    warnings = warnings_beside(*TEST, raw("test/oil/part 7/2.jpg"), dropped=dropped)

    assert list(warnings) == ["group-in-the-test-set"]
    assert "part 7" in warnings["group-in-the-test-set"]


def test_files_that_are_no_images_are_counted():
    odd = (raw("test/good/.DS_Store"), raw("test/good/a.heic"), raw("test/notes.txt"))

    warnings = warnings_beside(*TEST, *odd)

    assert list(warnings) == ["test-files-left-out"]
    assert "2 files under test/ left out" in warnings["test-files-left-out"]
    assert "a HEIC picture (1)" in warnings["test-files-left-out"]
