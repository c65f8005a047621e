"""A sample drop: drawn photographs of phones in which only the defect distinguishes the classes.

Table, phone, screen, reflections, dust, exposure and white balance are random, and the same for
every class, so that neither border nor colour nor brightness gives the answer away: a good
classifier has looked at the screen.
"""

import io
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from local_cloud.atomic_folder import atomic_folder
from local_cloud.sample_drop.defects import DEFECTS
from local_cloud.sample_drop.phone import draw_body, draw_screen, lay_phone
from local_cloud.sample_drop.surroundings import (
    cast_shadow,
    draw_table,
    reflect_room,
    sprinkle_dust,
)
from local_cloud.sample_drop.texture import COLUMNS, HEIGHT, ROWS, WIDTH, Array

# Drawn once and used again; it gets another name when the pictures change.
SAMPLE_FOLDER = "sample-drop-1"
CLASSES = ("good", "oil", "scratch", "stain")
IMAGES_PER_CLASS = 150
JPEG_QUALITY = 90


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


def develop(scene: Array, rng: np.random.Generator) -> bytes:
    """Return the JPEG file of a scene: random exposure, white balance, sharpness and noise."""
    exposure = np.exp(rng.normal(0, 0.15))
    white_balance = np.exp(rng.normal(0, 0.05, 3))
    corner = (2 * ROWS / HEIGHT - 1) ** 2 + (2 * COLUMNS / WIDTH - 1) ** 2
    vignette = 1 - rng.uniform(0, 0.14) * corner
    light = scene * np.float32(exposure * white_balance) * vignette[..., None]
    noise = rng.standard_normal(light.shape, np.float32) * np.float32(rng.uniform(0.004, 0.012))
    pixels = (np.clip(light + noise, 0, 1) * 255 + 0.5).astype(np.uint8)
    image = Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.6)))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def write_sample_drop(
    folder: Path,
    per_class: int = IMAGES_PER_CLASS,
    seed: int = 0,
    drawn: Callable[[], None] = lambda: None,
) -> int:
    """Write `folder`/<class>/phone-001.jpg and so on; return the number of images.

    The folder is created completely or not at all, and an existing one stays as it is. `drawn` is
    called after each image.
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
    """Yield a pool of processes that starts no more images after an error."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Hide Ctrl-C from processes started here: the waiting process handles it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
