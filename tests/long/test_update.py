"""A stack of an earlier commit is updated to this one, while its job trains, and keeps its data."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.end_to_end.conftest import ROOT, Chain
from tests.end_to_end.drops import contents, launched, manifest
from tests.end_to_end.test_chain import next_run
from tests.support.long_table import Figures

# The last commit before the functions' modules, documents and classes were renamed.
EARLIER = "ddc6f004a20f2fa6bdbb22644bd07a16f8675230"
DEPLOYED = ("template.yaml", "functions", "layers", "training_code")
CLASSES, SIZE = 2, 12


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """The template of the earlier commit, with the code beside it."""
    command = ["git", "-C", str(ROOT), "archive", EARLIER, *DEPLOYED]
    packed = subprocess.run(command, capture_output=True, check=False)
    if packed.returncode:
        pytest.skip(f"no commit {EARLIER[:7]} here, as in a shallow clone")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(tmp_path / "earlier", filter="data")
    return tmp_path / "earlier" / "template.yaml"


def test_a_stack_is_updated_and_goes_on_with_its_data(
    chain: Chain, earlier: Path, figures: Figures
):
    (chain.control / "predict").touch()
    chain.template = earlier
    chain.deploy(QuietPeriodSeconds="1")
    chain.drop_classes(SIZE)
    first = chain.await_run("done")["run"]
    [dataset] = launched(chain)
    sides, bucket, copies = sides_of(chain, dataset), chain.bucket, contents(chain, "datasets/")
    assert len(copies) == len(sides) == CLASSES * SIZE

    second = update_during_a_job(chain, first)
    assert chain.bucket == bucket
    assert comparison(chain, second) == (first, len(validated(sides)))
    figures.check("a job that trains during the update ends, and its run is compared as ever")

    chain.drop_classes(SIZE)  # the same again
    assert chain.await_drop("unchanged")["run"] == second
    assert contents(chain, "datasets/") == copies
    figures.check("what was trained before the update is not trained or copied again")

    chain.ready()
    third = chain.await_run("done", run=next_run(chain, first, second))["run"]
    assert list(launched(chain)) == [dataset]
    assert contents(chain, "datasets/") == copies
    assert comparison(chain, third) == (second, len(validated(sides)))
    figures.check("a run after the update is compared with the one before it, image by image")

    chain.drop_classes(SIZE, prefix="new ")
    fourth = chain.await_run("done", run=next_run(chain, first, second, third))["run"]
    [newest] = [name for name, run in launched(chain).items() if run == fourth]
    assert sides_of(chain, newest).items() >= sides.items()
    assert contents(chain, "datasets/").items() >= copies.items()
    assert len(contents(chain, "datasets/")) == 2 * CLASSES * SIZE
    assert listed_runs(chain) == [fourth, third, second, first]
    assert chain.problems() == []
    figures.repetitions += 1
    figures.add("copies after the update", len(contents(chain, "datasets/")) - len(copies))
    figures.check("every image keeps its side and is copied once; the index lists all runs")


def update_during_a_job(chain: Chain, first: str) -> str:
    """Train once more, and update the stack meanwhile; return the run."""
    chain.deploy(QuietPeriodSeconds="1", Epochs="3")
    (chain.control / "hold").touch()
    chain.ready()
    second: str = chain.await_run("training", run=next_run(chain, first))["run"]
    chain.template = ROOT / "template.yaml"
    chain.deploy(QuietPeriodSeconds="1", Epochs="4")
    (chain.control / "hold").unlink()
    chain.await_run("done", run=second)
    return second


def sides_of(chain: Chain, dataset: str) -> dict[str, str]:
    return {row["content"]: row["side"] for row in manifest(chain, dataset)}


def validated(sides: dict[str, str]) -> set[str]:
    return {content for content, side in sides.items() if side == "validation"}


def comparison(chain: Chain, run: str) -> tuple[str, int]:
    """Return the run that a run was compared with, and the number of images both share."""
    body = chain.s3.get_object(Bucket=chain.bucket, Key=f"runs/{run}/metrics.json")["Body"].read()
    figures = json.loads(body)["figures"]["comparison"]
    return figures["run_before"], figures["shared_images"]


def listed_runs(chain: Chain) -> list[str]:
    body = chain.s3.get_object(Bucket=chain.bucket, Key="runs/index.json")["Body"].read()
    return [entry["run"] for entry in json.loads(body)["runs"]]
