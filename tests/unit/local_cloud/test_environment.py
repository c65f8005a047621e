"""What of a shell reaches this process, its children and its clients."""

from __future__ import annotations

import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from local_cloud import environment
from local_cloud.cloud.clients import ACCESS_KEY, Clients, fetch
from tests.support import hostile_shell
from tests.support.hostile_shell import TOKEN, Trap


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    with Trap() as listening:
        yield listening


@pytest.fixture(scope="module")
def hostile(trap: Trap, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return hostile_shell.variables(trap.url, tmp_path_factory.mktemp("shell"))


class Server(http.server.ThreadingHTTPServer):
    """Answers every request and keeps its headers."""

    def __init__(self) -> None:
        self.headers: list[dict[str, str]] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        self.server.headers.append({name.lower(): text for name, text in self.headers.items()})
        self.send_response(200)
        for name, text in {
            "Content-Length": "2",
            "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT",
            "ETag": '"1"',
        }.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (its name)
        """Print nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield listening
        listening.shutdown()


# Each is a shell of its own: one variable may hide what another does.
@pytest.mark.parametrize("name", hostile_shell.NAMES)
def test_no_variable_reaches_a_client(
    name: str, hostile: dict[str, str], server: Server, trap: Trap, monkeypatch: pytest.MonkeyPatch
):
    for inherited in hostile_shell.NAMES:
        monkeypatch.delenv(inherited, raising=False)
    monkeypatch.setenv(name, hostile[name])
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    server.headers.clear()
    trap.caught.clear()

    clients = Clients(f"http://localhost:{server.server_port}")
    assert clients("s3").get_object(Bucket="bucket", Key="key")["Body"].read() == b"ok"
    assert fetch(f"{clients.endpoint}/bucket/key") == b"ok"

    assert trap.caught == []
    assert len(server.headers) == 2
    authorization = server.headers[0]["authorization"]
    assert f"Credential={ACCESS_KEY}/" in authorization
    assert "/us-east-1/s3/" in authorization
    assert TOKEN not in str(server.headers)


@pytest.mark.parametrize("name", hostile_shell.NAMES)
def test_no_variable_passes_to_this_process_or_a_child(
    name: str, hostile: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(os, "environ", {name: hostile[name]})

    child = environment.for_child(tmp_path / "home")
    environment.isolate()

    assert child.get(name) != hostile[name]
    assert os.environ.get(name) != hostile[name]


def test_what_the_machine_and_the_language_need_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    needed = {
        "PATH": "/opt/bin",
        "LC_ALL": "de_DE.UTF-8",
        "TMPDIR": "/scratch",
        "CUDA_VISIBLE_DEVICES": "1",
        "OPENBLAS_CORETYPE": "Haswell",
    }
    monkeypatch.setattr(os, "environ", needed | {"COLUMNS": "80"})

    child = environment.for_child(tmp_path / "home")
    environment.isolate()

    assert needed.items() <= child.items()
    assert "COLUMNS" not in child
    assert (needed | {"COLUMNS": "80"}).items() <= os.environ.items()


def test_a_child_has_a_home_of_its_own(tmp_path: Path):
    child = environment.for_child(tmp_path / "home")

    assert child["HOME"] == str(tmp_path / "home")
    assert list((tmp_path / "home").iterdir()) == []


def test_there_is_one_place_for_the_environment_and_one_for_clients():
    package = Path(environment.__file__).parent
    worker = "function_worker.py"  # runs in the function's own process, like the handlers
    places: dict[str, set[str]] = {}
    for path in package.rglob("*.py"):
        for call in ("os.environ", "os.getenv", "boto3.client(", "S3Store(", "Session(", "urlopen"):
            if call in path.read_text() and path.name != worker:
                places.setdefault(call, set()).add(path.name)

    assert places == {
        "os.environ": {"environment.py"},
        "Session(": {"clients.py"},
    }
