import re
import sys
from pathlib import Path

import numpy as np
import pytest

from learning import batches
from loading import pixel_storage
from loading.channel import Channel

SIDE = 16


def test_pixels_that_begin_at_a_page_are_not_copied() -> None:
    pixels = pixel_storage.in_memory(3, SIDE)
    pixels[2] = 7
    seen = batches.Shared(pixels)
    pixels[1] = 9
    assert seen.take([2, 1, 0])[:, 0, 0, 0].numpy().tolist() == [7, 9, 0]


def test_others_are_copied() -> None:
    pixels = np.zeros((3, SIDE, SIDE, 3), np.uint8)[::2]
    pixels[1] = 7
    assert batches.Shared(pixels).take([1, 0])[:, 0, 0, 0].numpy().tolist() == [7, 0]


@pytest.mark.skipif(sys.platform != "linux", reason="the most memory used is Linux' to tell")
def test_an_iteration_does_not_allocate_the_images_once_more() -> None:
    images = 500_000_000 // (SIDE * SIDE * 3)
    labels = np.zeros(images, np.int32)
    kept = Channel([""] * images, labels, pixel_storage.in_memory(images, SIDE), [])
    before = most_memory_from_now_on()
    made = batches.training_batches(
        kept, batches.BatchPlan(np.ones(2, np.float32), 2, 1, range(1), 1), augments=False
    )
    for iterated in (made, batches.validation_batches(kept, 2, 2)):
        next(iter(iterated))
    assert most_memory() - before < 100_000_000


def most_memory_from_now_on() -> int:
    """Forget how many bytes the process had at most; return how many it has."""
    Path("/proc/self/clear_refs").write_text("5")
    return most_memory()


def most_memory() -> int:
    (line,) = re.findall(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.M)
    return int(line) * 1024
