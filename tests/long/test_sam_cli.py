"""The real SAM CLI and droptrain's commands against an empty local cloud."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

from tests.long.standing import ROOT, StandingCloud, Terminal, program
from tests.long.watching import Watcher, draw
from tests.support.long_table import Figures

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

PARAMETERS = {
    "QuietPeriodSeconds": "4",
    "Epochs": "2",
    "ImageSize": "32",
    "BatchSize": "8",
    "MaximumRunsPerDay": "50",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project's files, to change and to build in."""
    folder = tmp_path / "project"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached"], cwd=ROOT, capture_output=True, check=True
    )
    for name in listed.stdout.decode().split("\0"):
        if name and os.path.lexists(ROOT / name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            # With its time, which make looks at; a link stays one.
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    return folder


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[StandingCloud]:
    with StandingCloud(tmp_path, "--empty") as standing:
        yield standing


def deploy(terminal: Terminal, name: str, fails: bool = False, **parameters: str) -> str:
    overrides = " ".join(f"{key}={value}" for key, value in (PARAMETERS | parameters).items())
    return terminal.sam(
        "deploy",
        "--no-confirm-changeset",
        "--no-progressbar",
        "--stack-name",
        name,
        "--parameter-overrides",
        overrides,
        fails=fails,
    )


def bucket_of(terminal: Terminal, stack: str) -> str:
    query = "Stacks[0].Outputs[?OutputKey=='BucketName'].OutputValue"
    return terminal.aws(
        *("cloudformation", "describe-stacks", "--stack-name", stack),
        *("--query", query, "--output", "text"),
    ).strip()


def stacks(terminal: Terminal) -> list[str]:
    """Name the stacks there are, but that of the SAM CLI's own bucket."""
    answer = terminal.aws(
        *("cloudformation", "describe-stacks", "--query", "Stacks[].StackName"),
        *("--output", "json"),
    )
    names: list[str] = json.loads(answer)
    return [name for name in names if not name.startswith("aws-sam-cli")]


def names_left(terminal: Terminal, *command: str) -> str:
    return terminal.aws(*command, "--output", "text").strip()


@pytest.fixture
def bare(tmp_path: Path, project: Path, cloud: StandingCloud) -> Terminal:
    """A terminal with the SAM CLI, Python with pip, and make, but without uv or settings."""
    path, home = tmp_path / "bin", tmp_path / "home"
    path.mkdir()
    home.mkdir()
    where = [*program("SAM")[:-1], "python", "-c", "import shutil; print(shutil.which('sam'))"]
    sam = subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip()
    for name in ("sh", "make", "find", "rm", "mkdir", "cp", "dirname", "realpath"):
        (path / name).symlink_to(str(shutil.which(name)))
    for name, program_file in (("sam", sam), ("python3", sys.executable)):
        (path / name).write_text(f'#!/bin/sh\nexec "{program_file}" "$@"\n')
        (path / name).chmod(0o755)
    return cloud.terminal(project, PATH=str(path), HOME=str(home))


def answers_to_guided(**parameters: str) -> list[str]:
    """List what is typed at `sam deploy --guided`: Enter, but for these and the last question."""
    names = yaml_parse((ROOT / "template.yaml").read_text())["Parameters"]
    enter = [""] * 6  # confirm, roles, rollback, save, file, environment
    return ["demo", "", *(parameters.get(name, "") for name in names), *enter, "y"]


def packages(built: Path) -> dict[str, bytes]:
    """Return the files of the built layers, but for what tells how they were installed."""
    ignored = {"RECORD", "INSTALLER", ".lock"}
    return {
        str(path.relative_to(built)): path.read_bytes()
        for path in built.glob("*Layer/python/**/*")
        if path.is_file() and path.name not in ignored and path.parent.name != "bin"
    }


def test_the_stock_sam_cli_on_a_machine_without_uv(
    tmp_path: Path, project: Path, cloud: StandingCloud, bare: Terminal, figures: Figures
):
    terminal = cloud.terminal(project)
    missing = f"Template file not found at {project}/.sam/run-sam-build-first/template.yaml"
    for command in (["deploy"], ["deploy", "--guided"], ["package"]):
        assert missing in bare.run("sam", *command, fails=True)
    options = ("--stack-name", "demo", "--no-confirm-changeset")
    refused = bare.run("sam", "deploy", "--template", "template.yaml", *options, fails=True)
    assert "'ContentUri' requires" in refused
    assert stacks(terminal) == []
    figures.check("without `sam build`, `sam deploy` stops before anything is made")

    assert "Successfully installed" in bare.run("sam", "build")
    by_pip = packages(project / ".aws-sam" / "build")
    bare.run(
        "sam", "deploy", "--guided", "--no-progressbar", answers=answers_to_guided(**PARAMETERS)
    )
    bucket = bucket_of(terminal, "demo")
    stack = Watcher(cloud, bucket)
    images = draw(tmp_path / "phones", {"good": 12, "oil": 12})
    terminal.aws("s3", "sync", images, f"s3://{bucket}/raw/")
    assert stack.job(stack.await_run(1))["HyperParameters"]["epochs"] == "2"
    figures.check("`sam build` by pip and `sam deploy --guided`; a drop is trained")

    assert "is up to date" in bare.run(
        "sam", "deploy", "--no-confirm-changeset", "--no-fail-on-empty-changeset"
    )
    figures.check("`sam deploy` remembers the answers")
    terminal.sam("build", "--no-cached")
    assert packages(project / ".aws-sam" / "build") == by_pip
    assert any(name.startswith("SplitLayer/python/sklearn/") for name in by_pip)
    figures.check("uv builds the same layers as pip, file by file")
    figures.repetitions += 1
    figures.add("commands", terminal.commands + bare.commands)
    figures.add("trainings with TensorFlow", 1)


def test_layers_that_were_not_built_fail_as_in_lambda(
    project: Path, cloud: StandingCloud, figures: Figures
):
    """What happened before the template kept it from happening."""
    terminal = cloud.terminal(project)
    template = project / "template.yaml"
    template.write_text(template.read_text().replace("ContentUri: !Sub ", "ContentUri: "))
    terminal.sam(
        *("deploy", "--template", template, "--stack-name", "demo"),
        *("--no-confirm-changeset", "--no-progressbar"),
    )
    described = terminal.aws(
        *("cloudformation", "describe-stack-resource", "--stack-name", "demo"),
        *("--logical-resource-id", "IntakeFunction"),
        *("--query", "StackResourceDetail.PhysicalResourceId", "--output", "text"),
    )
    answer = project / "answer.json"
    terminal.aws("lambda", "invoke", "--function-name", described.strip(), answer)
    answered = json.loads(answer.read_text())
    assert answered["errorType"] == "Runtime.ImportModuleError"
    assert "No module named 'aws_lambda_powertools'" in answered["errorMessage"]
    figures.repetitions += 1
    figures.add("commands", terminal.commands)
    figures.check("packages of this machine do not stand in for a layer that was not built")


def test_the_sam_cli_deploys_updates_deletes_and_deploys_again(
    tmp_path: Path, project: Path, cloud: StandingCloud, figures: Figures
):
    terminal = cloud.terminal(project)
    assert (project / "template.yaml").read_bytes() == (ROOT / "template.yaml").read_bytes()
    terminal.sam("build")
    deploy(terminal, "demo")
    bucket = bucket_of(terminal, "demo")
    stack = Watcher(cloud, bucket)
    images = draw(tmp_path / "phones", {"good": 12, "oil": 12})
    terminal.aws("s3", "sync", images, f"s3://{bucket}/raw/")
    first = stack.await_run(1)
    figures.check("`sam build` and `sam deploy` of the untouched template; a drop is trained")

    kept = {key for key in stack.every_key() if not key.startswith("status.")}
    change(project / "training_code" / "train.py", "the changed training code")
    change(project / "functions" / "plot" / "handler.py", "the changed plot")
    terminal.sam("build")
    deploy(terminal, "demo", Epochs="3")
    assert bucket_of(terminal, "demo") == bucket
    assert kept <= set(stack.every_key())
    (tmp_path / "_READY").touch()
    terminal.aws("s3", "cp", tmp_path / "_READY", f"s3://{bucket}/raw/_READY")
    second = stack.await_run(2)
    assert [stack.job(run)["HyperParameters"]["epochs"] for run in (first, second)] == ["2", "3"]
    assert_changed(cloud, second)
    figures.check("an update keeps bucket and data; its parameter and its code reach the next job")

    kept = set(stack.every_key())
    terminal.sam("delete", "--no-prompts", "--stack-name", "demo", "--region", "us-east-1")
    assert set(stack.every_key()) == kept
    assert_nothing_is_left(terminal, cloud)
    figures.check("`sam delete` leaves the bucket with its objects, no function, queue or role")

    deploy(terminal, "demo", Epochs="1")
    new = bucket_of(terminal, "demo")
    assert new != bucket
    terminal.aws("s3", "sync", images, f"s3://{new}/raw/")
    third = Watcher(cloud, new).await_run(1)
    assert third.split("-")[0] != first.split("-")[0]
    assert set(stack.every_key()) == kept
    figures.check("the same name again gets a new bucket and leaves the old one alone")
    figures.repetitions += 1
    figures.add("commands", terminal.commands)
    figures.add("trainings with TensorFlow", 3)


def assert_changed(cloud: StandingCloud, run: str) -> None:
    logs = cloud.out / "local-cloud" / "logs"
    assert "the changed training code" in (logs / f"{run}.log").read_text()
    [plot] = logs.glob("demo-PlotFunction-*.log")
    assert "the changed plot" in plot.read_text()


def assert_nothing_is_left(terminal: Terminal, cloud: StandingCloud) -> None:
    assert stacks(terminal) == []
    functions = ("list-functions", "--query", "Functions[].FunctionName")
    assert names_left(terminal, "lambda", *functions) in ("", "None")
    assert cloud.client("sqs").list_queues().get("QueueUrls", []) == []
    assert "demo" not in names_left(terminal, "iam", "list-roles", "--query", "Roles[].RoleName")


def change(file: Path, words: str) -> None:
    """Let a program print words when it is loaded."""
    text = file.read_text()
    lines = text.splitlines(keepends=True)
    at = next((n for n, line in enumerate(lines) if line.startswith("import time")), None)
    assert at is not None, file
    file.write_text("".join([*lines[:at], f'print("{words}", flush=True)\n', *lines[at:]]))


def test_a_first_create_that_fails_leaves_nothing_in_the_way(
    tmp_path: Path, project: Path, cloud: StandingCloud, figures: Figures
):
    terminal = cloud.terminal(project)
    terminal.sam("build")
    assert "Epochs" in deploy(terminal, "demo", fails=True, Epochs="0")
    figures.repetitions += 1
    built = project / ".aws-sam" / "build" / "template.yaml"
    right = built.read_text()
    built.write_text(
        f"{right}\n".replace("Type: AWS::Scheduler::ScheduleGroup", "Type: AWS::No::Thing")
    )
    assert "AWS::No::Thing" in deploy(terminal, "demo", fails=True)
    figures.repetitions += 1
    built.write_text(right)

    deploy(terminal, "demo")

    assert stacks(terminal) == ["demo"]
    bucket = bucket_of(terminal, "demo")
    stack = Watcher(cloud, bucket)
    images = draw(tmp_path / "phones", {"good": 12, "oil": 12})
    terminal.aws("s3", "sync", images, f"s3://{bucket}/raw/")
    stack.await_run(1)
    figures.add("commands", terminal.commands)
    figures.add("trainings with TensorFlow", 1)
    figures.check("a parameter outside its bounds, a resource type that does not exist: refused")
    figures.check("then a right deployment under the same name trains a drop")


def test_droptrains_own_commands(
    tmp_path: Path, project: Path, cloud: StandingCloud, figures: Figures
):
    terminal = cloud.terminal(project)
    overrides = " ".join(f"{key}={value}" for key, value in PARAMETERS.items())

    def droptrain(command: str, *options: str) -> str:
        run = (sys.executable, "-m", "droptrain", command, "--stack", "demo", *options)
        return terminal.run(*run)

    deployed = droptrain("deploy", "--yes", "--region", "us-east-1", "--parameters", overrides)
    bucket = bucket_of(terminal, "demo")
    assert f"aws s3 sync ./images s3://{bucket}/raw/" in deployed
    assert "Nothing has been dropped yet" in droptrain("status")
    stack = Watcher(cloud, bucket)
    images = draw(tmp_path / "phones", {"good": 12, "oil": 12})
    terminal.aws("s3", "sync", images, f"s3://{bucket}/raw/")
    run = cloud.wait(stack.jobs, "no job")[0]
    followed = droptrain("logs", run)
    assert "epoch 2" in followed
    stack.await_run(1)
    status = droptrain("status")
    assert "The newest run: done" in status
    assert run in status
    deleted = droptrain("delete", "--yes")
    assert bucket in deleted
    assert stacks(terminal) == []
    assert f"runs/{run}/plots/accuracy.png" in stack.every_key()
    droptrain("delete", "--yes", "--bucket", bucket)
    assert bucket not in terminal.aws("s3", "ls")
    figures.repetitions += 1
    figures.add("commands", terminal.commands)
    figures.add("trainings with TensorFlow", 1)
    figures.check(
        "`droptrain deploy`, `status`, `logs` of a running job, `delete`, `delete --bucket`"
    )
