"""Puts the files of the model that predictions need beside the report of a run.

SageMaker packs the model into one archive, with formats that predictions don't need. It isn't
trusted more than the results are: a few known members are read from the stream, up to a size.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing

from common import keys
from common.model_files import KNOWN_IMAGES, LABELS, NETWORK, NOVELTY, PREPROCESSING
from common.observability import logger
from common.s3 import JSON, OCTETS, Bucket
from plot.errors import ArchiveError
from plot.inputs.archive import MEBIBYTE, read_members

# Bytes. The largest network to choose has 47 MB in this format.
LIMITS = {
    KNOWN_IMAGES: 16 * MEBIBYTE,
    NOVELTY: MEBIBYTE,
    LABELS: MEBIBYTE,
    PREPROCESSING: MEBIBYTE,
    NETWORK: 256 * MEBIBYTE,
}


def copy_model(bucket: Bucket, run: str, present: Collection[str]) -> list[str]:
    """Write the files of the model that aren't `present`; return the keys of all of them.

    The network is written last: where it is, the others are. A run without a model has none.
    """
    wanted = {name: keys.run_model_file(run, name) for name in LIMITS}
    if wanted[NETWORK] in present:
        return [key for key in wanted.values() if key in present]
    stream = bucket.open(keys.run_model_archive(run))
    if stream is None:
        return []
    try:
        with closing(stream):
            archive = read_members(stream, LIMITS)
    except ArchiveError as error:
        logger.warning("the model can't be read", extra={"run": run, "reason": str(error)})
        return []
    if archive.faults or NETWORK not in archive.files:
        extra = {"run": run, "faults": archive.faults, "files": sorted(archive.files)}
        logger.warning("the model is incomplete, so nobody can predict with it", extra=extra)
        return []
    copied = [name for name in LIMITS if name in archive.files]
    for name in copied:
        content_type = JSON if name.endswith(".json") else OCTETS
        bucket.put(wanted[name], archive.files[name], content_type)
    return [wanted[name] for name in copied]
