"""Packs code as `sam build` and `sam package` do, but downloads no packages."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_cloud import environment
from local_cloud.cloud.arns import ARTIFACTS_BUCKET
from local_cloud.cloud.function_code import installed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Json = dict[str, Any]
FUNCTION, LAYER = "AWS::Serverless::Function", "AWS::Serverless::LayerVersion"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.MULTILINE)
NO_DOWNLOADS = {"PIP_NO_INDEX": "1", "UV_OFFLINE": "1"}
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest time in a zip: equal content gives equal bytes


class PackagingError(Exception):
    """A layer can't be built; the message is the output of make, or names missing packages."""


@dataclass(eq=False)
class Packager:
    """Replaces the local folders of a SAM template by archives in the artifacts bucket."""

    _s3: S3Client
    _folder: Path
    _layer_folders: dict[str, Path]
    _uris: dict[Path, str] = field(default_factory=dict)

    def package(self, template: Json) -> None:
        """Upload the code of each function and layer and write its address into the template.

        Raises:
            PackagingError: a layer can't be built.
        """
        common = template.get("Globals", {}).get("Function", {})
        for logical_id, resource in template["Resources"].items():
            properties = resource.setdefault("Properties", {})
            if resource["Type"] == FUNCTION:
                folder = self._folder / (properties.get("CodeUri") or common["CodeUri"])
                properties["CodeUri"] = self._upload(folder)
            elif resource["Type"] == LAYER:
                properties["ContentUri"] = self._layer(logical_id, properties["ContentUri"])

    def _layer(self, logical_id: str, content: Any) -> str:
        source = self._folder / local_path(content)
        if logical_id in self._layer_folders:
            return self._upload(self._layer_folders[logical_id])
        with tempfile.TemporaryDirectory() as temporary:
            built = Path(temporary)
            if (requirements := source / f"{logical_id}.txt").is_file():
                write_metadata(requirements, built)
            elif (source / "Makefile").is_file():
                run_makefile(source, logical_id, built)
            else:
                return self._upload(source)
            return self._upload(built)

    def _upload(self, folder: Path) -> str:
        if folder not in self._uris:
            body = zipped(folder)
            digest = hashlib.sha256(body).hexdigest()
            self._s3.put_object(Bucket=ARTIFACTS_BUCKET, Key=digest, Body=body)
            self._uris[folder] = f"s3://{ARTIFACTS_BUCKET}/{digest}"
        return self._uris[folder]


def local_path(uri: Any) -> str:
    """Return a layer's folder from the template: plain, or in a `!Sub` without variables."""
    path: str = uri["Fn::Sub"] if isinstance(uri, dict) else uri
    return path


def write_metadata(requirements: Path, layer: Path) -> None:
    """Write the metadata of a list of pinned packages into a layer, without the packages.

    Raises:
        PackagingError: some aren't installed here, so nothing can stand in for them.
    """
    pins = PIN.findall(requirements.read_text())
    if missing := [name for name, _ in pins if not installed(name)]:
        names = ", ".join(missing)
        raise PackagingError(f"{requirements} lists packages that are not installed here: {names}")
    for name, version in pins:
        folder = layer / "python" / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir(parents=True)
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (folder / "METADATA").write_text(text)


def run_makefile(source: Path, logical_id: str, target: Path) -> None:
    """Build a layer as SAM's `BuildMethod: makefile` does.

    Raises:
        PackagingError: make failed.
    """
    command = ["make", "-C", str(source), f"build-{logical_id}", f"ARTIFACTS_DIR={target}"]
    command += [f"PYTHON={sys.executable}"]  # it has the packages that the layers are made of
    with tempfile.TemporaryDirectory() as home:
        # Without the MAKEFLAGS of a `make run` that this may be part of.
        variables = environment.for_child(Path(home)) | NO_DOWNLOADS
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PackagingError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def zipped(folder: Path) -> bytes:
    """Return the folder's files as a zip that depends on names and content alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EPOCH)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
