"""Fetches a function's deployed code and layers and unpacks them where its process can import."""

from __future__ import annotations

import base64
import io
import threading
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from local_cloud.clients import Clients, fetch
from local_cloud.whole_folder import whole_folder

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import (
        FunctionConfigurationTypeDef,
        GetFunctionResponseTypeDef,
    )


class FunctionCode:
    """Unpacked packages under `folder`, one folder per content, shared by all who use it."""

    def __init__(self, clients: Clients, folder: Path) -> None:
        self._clients = clients
        self._folder = folder
        self._lock = threading.Lock()

    def task_root(self, function: GetFunctionResponseTypeDef) -> Path:
        """Return the folder that stands for /var/task."""
        code, configuration = function["Code"], function["Configuration"]
        return self._unpacked(code["Location"], configuration["CodeSha256"])

    def layer_roots(self, configuration: FunctionConfigurationTypeDef) -> list[Path]:
        """Return the folders that stand for /opt, one per layer, in the template's order.

        The folder of a layer that holds installed packages is empty: they were fetched for
        Lambda's processor and Python, and the desk's own stand in for them.
        """
        roots = []
        for layer in configuration.get("Layers", []):
            _, _, name, number = layer["Arn"].rsplit(":", 3)
            version = self._clients("lambda").get_layer_version(
                LayerName=name, VersionNumber=int(number)
            )
            content = version["Content"]
            roots.append(self._unpacked(content["Location"], content["CodeSha256"]))
        return roots

    def _unpacked(self, location: str, sha256_base64: str) -> Path:
        target = self._folder / base64.b64decode(sha256_base64).hex()[:16]
        with self._lock:
            if not target.exists():
                archive = zipfile.ZipFile(io.BytesIO(fetch(location)))
                with whole_folder(target) as unfinished:
                    if not holds_installed_packages(archive.namelist()):
                        archive.extractall(unfinished)
        return target


def holds_installed_packages(names: Sequence[str]) -> bool:
    """Tell whether an archive with files of these names was made by installing packages."""
    return any(PurePosixPath(name).parent.suffix == ".dist-info" for name in names)
