"""What another terminal is given to speak to the cloud."""

from __future__ import annotations

import os
import subprocess
from itertools import pairwise
from pathlib import Path
from urllib.request import proxy_bypass_environment

from local_cloud.run.results import has_ended
from local_cloud.run.serve import environment, instructions
from operations.status_json import StatusJson
from tests.support import hostile_shell


def sourced(script: str, variables: dict[str, str]) -> dict[str, str]:
    ended = subprocess.run(
        ["/bin/sh", "-c", script + "env"], env=variables, capture_output=True, text=True, check=True
    )
    return dict(line.split("=", 1) for line in ended.stdout.splitlines() if "=" in line)


def test_sourcing_it_leads_to_the_cloud_and_away_from_every_account():
    before = {"AWS_PROFILE": "work", "AWS_SESSION_TOKEN": "secret", "AWS_REGION": "eu-west-1"}
    after = sourced(environment("http://localhost:4700", "the-bucket"), before)

    assert after["AWS_ENDPOINT_URL"] == "http://localhost:4700"
    assert after["AWS_REGION"] == after["AWS_DEFAULT_REGION"] == "us-east-1"
    assert after["BUCKET"] == "the-bucket"
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & set(after)


def test_sourcing_it_in_a_hostile_shell_leaves_nothing_that_leads_elsewhere(tmp_path: Path):
    endpoint, trap = "http://localhost:4700", "http://localhost:9"
    before = hostile_shell.variables(trap, tmp_path) | {"PATH": os.environ["PATH"]}
    after = sourced("set -eu\n" + environment(endpoint, ""), before)

    assert {name: text for name, text in after.items() if name.startswith("AWS_")} == {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    assert proxy_bypass_environment("localhost", {"no": after["no_proxy"]})
    assert after["NO_PROXY"] == after["no_proxy"]


def test_without_a_stack_there_is_no_bucket_to_name():
    assert "BUCKET" not in environment("http://localhost:4700", "")


def test_the_instructions_name_the_script_and_what_it_sets(tmp_path: Path):
    script = tmp_path / "environment"
    script.write_text(environment("http://localhost:4700", "the-bucket"))

    text = instructions(script, "the-bucket")

    assert f"source {script}" in text
    assert "export AWS_ENDPOINT_URL=http://localhost:4700" in text
    assert "aws s3 sync" in text


def test_results_are_fetched_once_for_each_run_that_ends():
    training: StatusJson = {"run": {"run": "a-1", "state": "training"}}
    done: StatusJson = {"run": {"run": "a-1", "state": "done"}}
    next_drop: StatusJson = done | {"drop": {"state": "waiting"}}
    capped: StatusJson = done | {"drop": {"state": "capped"}}

    looks: list[StatusJson] = [{}, training, done, next_drop, capped]

    assert [has_ended(*two) for two in pairwise(looks)] == [False, True, False, False]
    assert has_ended({}, done)
