"""config.json is read field by field."""

from __future__ import annotations

from plot.inputs.configuration import Configuration, read_configuration
from plot.inputs.lenient_json import LenientReader


def test_reads_the_counts_of_the_configuration() -> None:
    body = (
        b'{"classes": ["a", "b"], "images": {"train": {"a": 1200, "b": 3}, "validation": {"a": 1}}}'
    )
    configuration = read_configuration(LenientReader({"config.json": body}, {}))
    assert configuration.images == "1,203 training and 1 validation image, 2 classes"


def test_a_configuration_of_another_shape_is_empty() -> None:
    for body in (b"", b"{", b"[]", b"null", b'{"images": 3}', b'{"images": {"train": {"a": "x"}}}'):
        reading = LenientReader({"config.json": body}, {})
        assert read_configuration(reading) == Configuration()
        assert len(reading.missing) == 1


def test_each_field_of_a_configuration_is_read_on_its_own() -> None:
    body = (
        b'{"seconds": {"total": "x"}, "classes": 3, "exported_epoch": 2, "hyperparameters": '
        b'{"epochs": 1e999, "name": "half \\ud83d of a pair"}, "images": {"train": {"a": '
        + b"9" * 400
        + b'}, "validation": {"a": 7}}}'
    )
    reading = LenientReader({"config.json": body}, {})
    configuration = read_configuration(reading)
    assert configuration.exported_epoch == 2
    assert configuration.counts.validation == {"a": 7}
    assert configuration.hyperparameters["name"] == r"half \ud83d of a pair"
    [sentence] = reading.missing
    assert sentence == (
        "config.json has unexpected values, which are ignored: 'class_names', 'total', 'train'."
    )
