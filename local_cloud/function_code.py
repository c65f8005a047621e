"""Fetches a function's deployed code and layers and unpacks them where its process can import."""

from __future__ import annotations

import base64
import io
import shutil
import threading
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from local_cloud.account import ARTIFACTS_BUCKET
from local_cloud.clients import Clients

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef


class FunctionCode:
    """Unpacked packages under `folder`, one folder per content, shared by all who use it."""

    def __init__(self, clients: Clients, folder: Path) -> None:
        self._clients = clients
        self._folder = folder
        self._lock = threading.Lock()

    def task_root(self, configuration: FunctionConfigurationResponseTypeDef) -> Path:
        """Return the folder that stands for /var/task."""
        return self._unpacked(configuration["CodeSha256"])

    def layer_roots(self, configuration: FunctionConfigurationResponseTypeDef) -> list[Path]:
        """Return the folders that stand for /opt, one per layer, in the template's order."""
        roots = []
        for layer in configuration.get("Layers", []):
            _, _, name, number = layer["Arn"].rsplit(":", 3)
            version = self._clients("lambda").get_layer_version(
                LayerName=name, VersionNumber=int(number)
            )
            roots.append(self._unpacked(version["Content"]["CodeSha256"]))
        return roots

    def _unpacked(self, sha256_base64: str) -> Path:
        digest = base64.b64decode(sha256_base64).hex()
        target = self._folder / digest[:16]
        with self._lock:
            if not target.exists():
                answer = self._clients("s3").get_object(Bucket=ARTIFACTS_BUCKET, Key=digest)
                archive = zipfile.ZipFile(io.BytesIO(answer["Body"].read()))
                partial = target.with_suffix(".partial")
                shutil.rmtree(partial, ignore_errors=True)
                archive.extractall(partial)
                partial.rename(target)  # whole or not at all
        return target
