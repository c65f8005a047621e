"""Files: packages, channels, archives, a job's /opt/ml."""

from __future__ import annotations

import io
import json
import os
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from local_cloud.cloud.job_data import S3Prefix, pack, parse_uri, path_in_channel
from local_cloud.cloud.job_folder import JobFolder
from local_cloud.cloud.packaging import PackagingError, run_makefile, zipped


def test_a_zip_depends_on_content_alone(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x.py").write_text("x = 1")
    (tmp_path / "a/__pycache__").mkdir()
    (tmp_path / "a/__pycache__/x.pyc").write_text("compiled")
    first = zipped(tmp_path)
    os.utime(tmp_path / "a/x.py", (1e9, 1e9))
    assert zipped(tmp_path) == first
    assert zipfile.ZipFile(io.BytesIO(first)).namelist() == ["a/x.py"]


def test_make_builds_into_the_artifacts_folder(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text('build-Code:\n\techo x > "$(ARTIFACTS_DIR)/x"\n')
    (tmp_path / "out").mkdir()
    run_makefile(tmp_path, "Code", tmp_path / "out")
    assert (tmp_path / "out/x").read_text() == "x\n"
    with pytest.raises(PackagingError, match="build-Other"):
        run_makefile(tmp_path, "Other", tmp_path / "out")


@pytest.mark.parametrize(
    ("key", "prefix", "path"),
    [
        ("datasets/1/train/oil/a.jpg", "datasets/1/train/", "oil/a.jpg"),
        ("datasets/1/train/oil/a.jpg", "datasets/1/train", "oil/a.jpg"),
        ("datasets/1/training.csv", "datasets/1/train", "training.csv"),
        ("a.jpg", "", "a.jpg"),
    ],
)
def test_a_channel_keeps_the_path_below_its_prefix(key: str, prefix: str, path: str) -> None:
    assert path_in_channel(key, prefix) == path


def test_an_s3_uri_is_split() -> None:
    assert parse_uri("s3://bucket/a/b/") == S3Prefix("bucket", "a/b/")
    assert parse_uri("s3://bucket") == S3Prefix("bucket", "")


def test_an_archive_has_the_content_at_its_root(tmp_path: Path) -> None:
    content, archive = tmp_path / "model", tmp_path / "model.tar.gz"
    assert not pack(content, archive)
    (content / "saved").mkdir(parents=True)
    (content / "saved/weights").write_text("w")
    assert pack(content, archive)
    with tarfile.open(archive) as tar:
        assert tar.getnames() == ["saved", "saved/weights"]


@pytest.fixture
def job() -> Any:
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/train"}}
    return {
        "TrainingJobName": "run",
        "TrainingJobArn": "arn:run",
        "HyperParameters": {"epochs": "3"},
        "InputDataConfig": [{"ChannelName": "train", "DataSource": source}],
        "ResourceConfig": {"InstanceType": "ml.m5.xlarge"},
        "AlgorithmSpecification": {
            "ContainerEntrypoint": ["python3"],
            "ContainerArguments": ["/opt/ml/input/data/code/train.py", "--at", "/opt/mlx"],
        },
        "CheckpointConfig": {"S3Uri": "s3://b/checkpoints", "LocalPath": "/opt/ml/kept"},
        "Environment": {"COLOUR": "red", "TRAINING_JOB_NAME": "another"},
    }


def test_the_command_runs_below_the_jobs_folder(tmp_path: Path, job: Any) -> None:
    folder = JobFolder(tmp_path, job)
    script = str(tmp_path / "input/data/code/train.py")
    assert folder.command() == [sys.executable, script, "--at", "/opt/mlx"]
    assert folder.checkpoints == tmp_path / "kept"
    job["AlgorithmSpecification"] = {"TrainingImage": "image"}
    with pytest.raises(ValueError, match="ContainerEntrypoint"):
        folder.command()


def test_the_configuration_is_sagemakers(tmp_path: Path, job: Any) -> None:
    JobFolder(tmp_path, job).write_configuration()

    def read(name: str) -> Any:
        return json.loads((tmp_path / "input/config" / f"{name}.json").read_text())

    assert read("hyperparameters") == {"epochs": "3"}
    assert read("inputdataconfig") == {
        "train": {
            "TrainingInputMode": "File",
            "S3DistributionType": "FullyReplicated",
            "RecordWrapperType": "None",
        }
    }
    assert read("resourceconfig")["hosts"] == ["algo-1"]
    assert read("resourceconfig")["current_instance_type"] == "ml.m5.xlarge"


def test_the_environment_holds_nothing_of_the_shell(
    tmp_path: Path, job: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "shell")
    environment = JobFolder(tmp_path, job).environment()
    assert "AWS_ACCESS_KEY_ID" not in environment
    assert environment["COLOUR"] == "red"
    assert environment["TRAINING_JOB_NAME"] == "run"  # the request cannot change the platform's
    assert environment["SAGEMAKER_BASE_DIR"] == str(tmp_path)


def test_a_failure_is_cut_at_1024_characters(tmp_path: Path, job: Any) -> None:
    folder = JobFolder(tmp_path, job)
    assert folder.failure_text() == ""
    folder.failure.write_text("é" * 2000)
    assert folder.failure_text() == "é" * 1024
