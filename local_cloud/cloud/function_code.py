"""Fetches a function's deployed code and layers and unpacks them where its process can import."""

from __future__ import annotations

import io
import threading
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from local_cloud.cloud.clients import Clients, fetch
from local_cloud.cloud.layer_packages import link_runtime, unpack

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
        self._unpacked: dict[str, Path] = {}
        self._lock = threading.Lock()

    def import_path(self, function: GetFunctionResponseTypeDef) -> list[Path]:
        """Return what Python looks through: the code, /opt/python of each layer, the runtime's own.

        The layers are in the template's order:
        https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html
        """
        roots = [root / "python" for root in self._layer_roots(function["Configuration"])]
        return [self.task_root(function), *roots, self._runtime_root()]

    def task_root(self, function: GetFunctionResponseTypeDef) -> Path:
        """Return the folder that stands for /var/task."""
        return self._root(function["Code"]["Location"], function["Configuration"]["CodeSha256"])

    def _layer_roots(self, configuration: FunctionConfigurationTypeDef) -> list[Path]:
        """Return the folders that stand for /opt, one per layer."""
        roots = []
        for layer in configuration.get("Layers", []):
            _, _, name, number = layer["Arn"].rsplit(":", 3)
            version = self._clients("lambda").get_layer_version(
                LayerName=name, VersionNumber=int(number)
            )
            content = version["Content"]
            roots.append(self._root(content["Location"], content["CodeSha256"]))
        return roots

    def _runtime_root(self) -> Path:
        with self._lock:
            if "runtime" not in self._unpacked:
                self._unpacked["runtime"] = link_runtime(self._folder)
            return self._unpacked["runtime"]

    def _root(self, location: str, sha256: str) -> Path:
        with self._lock:
            if sha256 not in self._unpacked:
                with zipfile.ZipFile(io.BytesIO(fetch(location))) as archive:
                    self._unpacked[sha256] = unpack(archive, sha256, self._folder)
            return self._unpacked[sha256]
