"""Lists every object under a prefix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import InvalidPathError

from split.images import RawObject
from split.s3.stores import boto_listing, store

if TYPE_CHECKING:
    from obstore import ObjectMeta

LIST_CHUNK = 1000
RETRIES = 10
# The pages of a listing come one after the other, so folders are listed in parallel. More folders
# than this are listed as one: each would cost a request of its own.
MAXIMUM_PARALLEL_FOLDERS = 32
# Up to this many unclear keys are asked for again one by one; above, boto3 lists the whole folder.
MAXIMUM_UNCLEAR_KEYS = 50


def list_objects(bucket: str, prefix: str) -> list[RawObject]:
    """List every object under `prefix`, a folder's name with its slash; in no order."""
    try:
        top = obstore.list_with_delimiter(store(bucket, retries=RETRIES), prefix)
    except InvalidPathError:
        return list(_list_with_boto(bucket, prefix))
    folders = [f"{path}/" for path in top["common_prefixes"]]
    if len(folders) not in range(2, MAXIMUM_PARALLEL_FOLDERS + 1):
        return _list(bucket, prefix)
    objects = _clear_up(bucket, prefix, [_raw_object(meta) for meta in top["objects"]], "/")
    with ThreadPoolExecutor(len(folders)) as pool:
        for of_folder in pool.map(lambda folder: _list(bucket, folder), folders):
            objects += of_folder
    return objects


def _list(bucket: str, prefix: str) -> list[RawObject]:
    chunks = obstore.list(store(bucket, retries=RETRIES), prefix, chunk_size=LIST_CHUNK)
    try:
        objects = [_raw_object(meta) for chunk in chunks for meta in chunk]
    except InvalidPathError:
        # One key that obstore can't express ends its whole listing.
        return list(_list_with_boto(bucket, prefix))
    return _clear_up(bucket, prefix, objects)


def _clear_up(
    bucket: str, prefix: str, objects: list[RawObject], delimiter: str = ""
) -> list[RawObject]:
    """Ask for the true keys of possible folder markers: obstore lists `a/` as `a`."""
    times = Counter(source.key for source in objects)
    unclear = {source.key for source in objects if source.size == 0 or times[source.key] > 1}
    if len(unclear) > MAXIMUM_UNCLEAR_KEYS:
        return list(_list_with_boto(bucket, prefix, delimiter))
    clear = [source for source in objects if source.key not in unclear]
    for key in sorted(key for name in unclear for key in (name, f"{name}/")):
        # A listing starts with the shortest key that has the prefix: the key itself, if it exists.
        first = next(_list_with_boto(bucket, key, page_size=1), None)
        if first and first.key == key and key.startswith(prefix):
            clear.append(first)
    return clear


def _raw_object(meta: ObjectMeta) -> RawObject:
    etag = (meta["e_tag"] or "").strip('"')
    return RawObject(meta["path"], meta["size"], etag, meta["last_modified"].timestamp())


def _list_with_boto(
    bucket: str, prefix: str, delimiter: str = "", page_size: int = LIST_CHUNK
) -> Iterator[RawObject]:
    pages = boto_listing().paginate(
        Bucket=bucket, Prefix=prefix, Delimiter=delimiter, PaginationConfig={"PageSize": page_size}
    )
    for page in pages:
        for item in page.get("Contents", []):
            etag = item["ETag"].strip('"')
            yield RawObject(item["Key"], item["Size"], etag, item["LastModified"].timestamp())
