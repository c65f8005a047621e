"""The shape of the code: who imports whom, how long modules are, and that names are unique."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Where each folder's modules are imported from.
FOLDERS = {
    "functions": ROOT / "functions",
    "training_code": ROOT / "training_code",
    "local_cloud": ROOT,
    "operations": ROOT,
    "droptrain": ROOT,
    "scripts": ROOT,
    "benchmarks": ROOT,
}
FUNCTIONS = ("intake", "split", "launch", "plot", "watch", "predict")
MAXIMUM_LINES = 250
MAXIMUM_FUNCTION_LINES = 45
CLIENT_LIBRARIES = {"boto3", "obstore"}
# Named after what they reach.
GATEWAYS = {"s3", "sns", "sqs", "sagemaker", "scheduler", "eventbridge"}
# Of training_code, each importing those before it alone; reading imports nothing but itself.
PACKAGES = ("reading", "loading", "learning", "judging", "auditing", "exporting")
WITHOUT_TENSORFLOW = (
    "files",
    "formats",
    "orientation",
    "pixels",
    "tiff",
    "damage",
    "memory",
    "scaling",
)
# What may import what, besides itself.
MAY_IMPORT = {
    # A layer brings the training's reader to predict alone, so that both read alike.
    "functions": {"training_code"},
    "training_code": set(),
    "operations": set(),
    # How names are shown in a terminal.
    "local_cloud": {"operations"},
    "droptrain": {"local_cloud", "operations"},
    "scripts": {"local_cloud", "operations"},
    "benchmarks": set(FOLDERS),
}


def paths(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path, folder: str) -> str:
    return ".".join(path.relative_to(FOLDERS[folder]).with_suffix("").parts).removesuffix(
        ".__init__"
    )


MODULES = {name_of(path, folder): path for folder in FOLDERS for path in paths(folder)}
FOLDER_OF = {name_of(path, folder): folder for folder in FOLDERS for path in paths(folder)}


def imported(path: Path) -> Iterator[str]:
    """Yield each name that a module imports, also within functions: modules and what is in them."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


GRAPH = {name: set(imported(path)) & set(MODULES) - {name} for name, path in MODULES.items()}


def reached_from(name: str) -> set[str]:
    """Return the module and every module that its imports load."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting += GRAPH[module]
    return reached


def libraries(name: str) -> set[str]:
    return {library.partition(".")[0] for library in imported(MODULES[name])}


def of_function(function: str) -> list[str]:
    return [name for name in MODULES if name.partition(".")[0] == function]


def test_no_imports_form_a_circle():
    TopologicalSorter(GRAPH).prepare()


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_imports_only_the_folders_below_it(folder: str):
    for name in (module for module in MODULES if FOLDER_OF[module] == folder):
        foreign = {FOLDER_OF[module] for module in GRAPH[name]} - {folder}
        assert foreign <= MAY_IMPORT[folder], name


@pytest.mark.parametrize("package", PACKAGES)
def test_the_packages_of_the_training_import_one_way(package: str):
    later = PACKAGES[PACKAGES.index(package) + 1 :]
    for name in (module for module in MODULES if module.partition(".")[0] == package):
        foreign = {module.partition(".")[0] for module in GRAPH[name]} - {package}
        assert foreign.isdisjoint({*later, "train"}), name
        assert not foreign or package != "reading", name


def test_what_these_packages_share_imports_none_of_them():
    shared = {name for name in MODULES if FOLDER_OF[name] == "training_code"} - {"train"}
    for name in (module for module in shared if module.partition(".")[0] not in PACKAGES):
        assert {module.partition(".")[0] for module in GRAPH[name]}.isdisjoint(PACKAGES), name


@pytest.mark.parametrize("module", WITHOUT_TENSORFLOW)
def test_bytes_are_read_without_tensorflow(module: str):
    reached = reached_from("reading") | reached_from(f"reading.{module}")
    assert {name for name in reached if libraries(name) & {"tensorflow", "keras"}} == set()


@pytest.mark.parametrize("name", [name for name in MODULES if name.partition(".")[0] == "predict"])
def test_nothing_is_predicted_with_tensorflow(name: str):
    reached = {
        module for module in reached_from(name) if libraries(module) & {"tensorflow", "keras"}
    }
    assert reached == set()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_share_common_alone(function: str):
    for name in of_function(function):
        foreign = {module.partition(".")[0] for module in GRAPH[name]} - {function, "common"}
        assert foreign <= ({"reading"} if function == "predict" else set()), name
    for name in of_function("common"):
        assert {module.partition(".")[0] for module in GRAPH[name]} <= {"common"}, name


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_goes_from_handler_to_workflow_to_the_rest(function: str):
    importers = {
        part: {name for name in MODULES if f"{function}.{part}" in GRAPH[name]} - benchmarks()
        for part in ("handler", "workflow")
    }
    assert importers["handler"] == set()
    assert importers["workflow"] <= {f"{function}.handler"}


def benchmarks() -> set[str]:
    return {name for name in MODULES if FOLDER_OF[name] == "benchmarks"}


def test_only_gateways_import_clients():
    reaching = {name for name in of_functions() if libraries(name) & CLIENT_LIBRARIES}
    assert {name for name in reaching if not GATEWAYS & set(name.split("."))} == set()


def of_functions() -> list[str]:
    return [name for name in MODULES if FOLDER_OF[name] == "functions"]


def is_pure(name: str) -> bool:
    """Whether a module's docstring says that it is."""
    return "Pure." in (ast.get_docstring(tree(MODULES[name])) or "")


@pytest.mark.parametrize("name", [name for name in of_functions() if is_pure(name)])
def test_a_pure_module_reaches_no_client(name: str):
    clients = {module for module in reached_from(name) if libraries(module) & CLIENT_LIBRARIES}
    assert clients == set()


def test_no_module_is_too_long():
    lengths = {name: len(path.read_text("utf-8").splitlines()) for name, path in MODULES.items()}
    assert {name: lines for name, lines in lengths.items() if lines > MAXIMUM_LINES} == {}


def test_no_function_is_too_long():
    lengths = {
        f"{name}.{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for name, path in MODULES.items()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: lines for name, lines in lengths.items() if lines > MAXIMUM_FUNCTION_LINES} == {}


def test_a_class_name_is_defined_once():
    homes: dict[str, list[str]] = {}
    for name, path in MODULES.items():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, []).append(name)
    assert {name: modules for name, modules in homes.items() if len(modules) > 1} == {}
