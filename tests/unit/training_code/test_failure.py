from pathlib import Path

import pytest

import failure


def test_what_a_person_can_mend_is_said_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "output" / "failure"
    failure.report(failure.JobError("The class 'oil' has no image."), file)
    assert file.read_text() == "The class 'oil' has no image.\n"
    assert capsys.readouterr().err == "The class 'oil' has no image.\n"


def test_a_surprise_names_its_place_and_leaves_its_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        raise KeyError("lost")
    except KeyError as error:
        failure.report(error, tmp_path / "failure")
    text = (tmp_path / "failure").read_text()
    assert "KeyError: 'lost' in test_failure.py, line" in text
    assert "Traceback" not in text
    assert "Traceback" in capsys.readouterr().err


def test_running_out_of_memory_names_the_remedies() -> None:
    class ResourceExhaustedError(Exception):  # TensorFlow's has this name
        pass

    for error in (MemoryError(), ResourceExhaustedError("OOM when allocating tensor")):
        assert "Lower batch-size or image-size" in failure.paragraph(error)


def test_the_file_holds_no_more_than_sagemaker_shows(tmp_path: Path) -> None:
    failure.report(failure.JobError("long " * 1000), tmp_path / "failure")
    assert len((tmp_path / "failure").read_text()) <= 1025


def test_an_unwritable_place_does_not_hide_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    failure.report(failure.JobError("The reason."), Path("/proc/nowhere/failure"))
    assert "The reason." in capsys.readouterr().err
