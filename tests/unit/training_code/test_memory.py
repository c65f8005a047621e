"""The largest pictures, eight at once, do not take eight times the memory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from reading.memory import AT_ONCE

TRAINING_CODE = Path(__file__).parents[3] / "training_code"
READING = """
import json, resource, sys, threading
from pathlib import Path
from reading import images, memory

small, large = Path(sys.argv[1]), Path(sys.argv[2])
images._memory = memory.Budget(int(sys.argv[3]))

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

images.read(small, 32)
before, sizes = peak(), []
threads = [
    threading.Thread(target=lambda: sizes.append(images.read(large, 32)[1:3])) for _ in range(8)
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps([peak() - before, sizes]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in other units elsewhere")
@pytest.mark.parametrize(
    ("width", "height", "at_once", "most"),
    [
        (4000, 2500, 80_000_000, 250_000_000),
        # As in a job: the largest that are not scaled in bands, which take the most.
        pytest.param(8000, 7900, AT_ONCE, 2_000_000_000, marks=pytest.mark.long),
        pytest.param(16_000, 12_500, AT_ONCE, 2_000_000_000, marks=pytest.mark.long),
    ],
)
def test_eight_large_pictures_of_a_few_kb(
    width: int, height: int, at_once: int, most: int, tmp_path: Path
) -> None:
    small, large = tmp_path / "small.png", tmp_path / "large.png"
    Image.new("RGB", (64, 64)).save(small)
    image = Image.new("P", (width, height))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.save(large, transparency=bytes([128, 255]), compress_level=1)
    command = [sys.executable, "-c", READING, small, large, str(at_once)]
    # What each thread keeps for its next picture, up to 64 MB, is glibc's and not of the pictures.
    environment = os.environ | {"MALLOC_ARENA_MAX": "1"}
    finished = subprocess.run(
        command, check=True, capture_output=True, cwd=TRAINING_CODE, env=environment
    )
    peak, sizes = json.loads(finished.stdout.splitlines()[-1])
    assert sizes == [[width, height]] * 8
    assert peak < most
