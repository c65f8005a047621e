"""docs/architecture.md names every key, and modules and resources that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from common import keys
from tests.support.events import event_names

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PACKAGES = ("intake", "split", "launch", "plot", "common")
TRAINING_PACKAGES = sorted(path.parent.name for path in ROOT.glob("training_code/*/__init__.py"))


def test_every_source_of_events_has_an_arrow() -> None:
    for source in {name.split("/")[0] for name in event_names()}:
        assert f"(../events/{source}/" in DOCUMENT


def test_every_key_is_in_the_table() -> None:
    spelled = {
        value
        for name, value in vars(keys).items()
        if name.isupper() and not name.endswith("_NAME") and isinstance(value, str)
    }
    assert {value for value in spelled if f"`{value}" not in DOCUMENT} == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_the_modules_of_a_function_exist(package: str) -> None:
    [row] = [line for line in DOCUMENT.splitlines() if line.startswith(f"| [{package}](")]
    modules = re.findall(r"`(\w+)`", row)
    assert modules
    for module in modules:
        assert (ROOT / "functions" / package / f"{module}.py").is_file(), module


@pytest.mark.parametrize("package", TRAINING_PACKAGES)
def test_each_module_of_a_training_package_is_in_its_row(package: str) -> None:
    [row] = [line for line in DOCUMENT.splitlines() if line.startswith(f"| [{package}](")]
    modules = {path.stem for path in (ROOT / "training_code" / package).glob("[!_]*.py")}
    assert set(re.findall(r"`(\w+)`", row)) == modules


def test_every_function_and_queue_of_the_flow_is_in_the_template() -> None:
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    named = set(re.findall(r"\b\w+(?:Function|Queue|Rule)\b", DOCUMENT))
    assert {name for name in named if f"\n  {name}:\n" not in template} == set()


def test_the_types_of_the_documents_exist() -> None:
    section = DOCUMENT.split("### Types of the documents")[1].split("\n## ")[0]
    named = set(re.findall(r"`([A-Z]\w+)`", section))
    code = "".join(path.read_text("utf-8") for path in (ROOT / "functions").rglob("*.py"))
    assert named
    defined = re.findall(r"^(?:class )?(\w+)(?:\(| = TypedDict\()", code, re.MULTILINE)
    assert named <= set(defined)
