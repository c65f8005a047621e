"""Lets packages that are installed at the desk stand in for those of a layer, and no others.

What `sam build` fetches for a layer is made for Lambda's processor and Python. For each package
that a layer says it holds, the desk's of the same name takes its place. What no layer holds cannot
be imported, here as in Lambda.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath

from local_cloud.atomic_folder import whole_folder

# What Lambda's Python brings along: boto3 and what boto3 needs.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3")


def unpack(archive: zipfile.ZipFile, key: str, folder: Path) -> Path:
    """Unpack an archive into a folder below `folder`, with links in place of its packages."""
    names = archive.namelist()
    replaced = _installed_packages(names)
    links = {
        place.parent / top: path
        for place in replaced
        for top, path in installed(_name(place)).items()
    }
    left_out = {*replaced, *links}
    kept = [name for name in names if left_out.isdisjoint(_with_parents(name))]
    return _made(folder, key, links, lambda target: archive.extractall(target, kept))


def link_runtime(folder: Path) -> Path:
    """Make a folder below `folder` of what a function can import without any layer."""
    links = {PurePosixPath(top): path for name in RUNTIME for top, path in installed(name).items()}
    return _made(folder, "runtime", links, lambda target: None)


@cache
def installed(name: str) -> Mapping[str, Path]:
    """Return the files and folders of a package that is installed at the desk, by name."""
    try:
        package = distribution(name)
    except PackageNotFoundError:
        return {}
    # Not `package.files`, which makes an object of each of thousands of lines.
    record = package.read_text("RECORD") or ""
    tops = {re.split("[/,]", line, maxsplit=1)[0] for line in record.splitlines()}
    tops -= {"", "..", "__pycache__"}
    return {top: Path(str(package.locate_file(top))) for top in sorted(tops)}


def _installed_packages(names: Iterable[str]) -> set[PurePosixPath]:
    """Return the metadata folders in an archive of packages that the desk has, too."""
    folders = {PurePosixPath(name).parent for name in names}
    return {one for one in folders if one.suffix == ".dist-info" and installed(_name(one))}


def _name(metadata: PurePosixPath) -> str:
    """Return the package's name from its metadata folder, `<name>-<version>.dist-info`."""
    return metadata.name.partition("-")[0]


def _with_parents(name: str) -> list[PurePosixPath]:
    return [PurePosixPath(name), *PurePosixPath(name).parents]


def _made(
    folder: Path, key: str, links: Mapping[PurePosixPath, Path], fill: Callable[[Path], object]
) -> Path:
    """Return a folder of this content: an earlier one, unless the desk's packages have changed."""
    digest = hashlib.sha256(repr((key, sorted(links.items()))).encode()).hexdigest()[:16]
    target = folder / digest
    if not target.exists():
        with whole_folder(target) as unfinished:
            fill(unfinished)
            for place, path in links.items():
                (unfinished / place).parent.mkdir(parents=True, exist_ok=True)
                (unfinished / place).symlink_to(path)
    return target
