"""A drop to start with: drawn phone photographs in which only the defect tells the class.

Table, phone, screen, reflections, dust, exposure and white balance are drawn at random and alike
for every class, so that neither border nor colour nor brightness gives the answer away: a
classifier that does well has looked at the screen.
"""

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from local_cloud.atomic_folder import atomic_folder
from local_cloud.sample_drop.camera import develop
from local_cloud.sample_drop.defects import DEFECTS
from local_cloud.sample_drop.phone import draw_body, draw_screen, lay_phone
from local_cloud.sample_drop.surroundings import (
    cast_shadow,
    draw_table,
    reflect_room,
    sprinkle_dust,
)

# Drawn once and used again; it gets another name when the pictures change.
SAMPLE_FOLDER = "sample-drop-1"
CLASSES = ("good", "oil", "scratch", "stain")
IMAGES_PER_CLASS = 150


def photograph(label: str, number: int, seed: int = 0) -> bytes:
    """Return the JPEG file of one phone: the same bytes for the same arguments.

    Raises:
        ValueError: the label is not one of CLASSES.
    """
    rng = np.random.default_rng([seed, CLASSES.index(label), number])
    phone, picture = lay_phone(rng), draw_table(rng)
    cast_shadow(picture, phone, rng)
    draw_body(picture, phone, rng)
    draw_screen(picture, phone, rng)
    if label in DEFECTS:
        DEFECTS[label](picture, phone, rng)
    glass = phone.screen()
    reflect_room(picture, phone, glass, rng)
    sprinkle_dust(picture, glass, rng)
    return develop(picture, rng)


def write_sample_drop(
    folder: Path,
    per_class: int = IMAGES_PER_CLASS,
    seed: int = 0,
    drawn: Callable[[], None] = lambda: None,
) -> int:
    """Write `folder`/<class>/phone-001.jpg and so on; return how many images that is.

    They are written beside it first: a folder that is there is a whole one and stays as it is, and
    of two that are written at once the first stays. `drawn` is called after each image.
    """
    jobs = [(label, number, seed) for label in CLASSES for number in range(1, per_class + 1)]
    with atomic_folder(folder) as unfinished, _painters() as pool:
        for label in CLASSES:
            (unfinished / label).mkdir()
        with _no_interrupts():  # the painters are started here
            bodies = pool.map(photograph, *zip(*jobs, strict=True), chunksize=5)
        for (label, number, _), body in zip(jobs, bodies, strict=True):
            (unfinished / label / f"phone-{number:03}.jpg").write_bytes(body)
            drawn()
    return len(jobs)


@contextmanager
def _painters() -> Iterator[ProcessPoolExecutor]:
    """Yield a pool of processes that draws no more than it has begun when an error ends it."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Let processes that are started here never see Ctrl-C, which is for the one that waits."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
