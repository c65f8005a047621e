"""Makes the network that a job asks for."""

from pathlib import Path
from typing import Any

import backbones
import cnn


def build(
    architecture: str,
    image_size: int,
    classes: int,
    batch_size: int,
    *,
    pretrained: Path | None = None,
    synchronized: bool = False,
) -> Any:
    """Return an uncompiled keras.Model, all of whose layers are layers of its own.

    `pretrained` is a file of weights, for architectures that take any. With `synchronized` several
    GPUs normalise over their images together.

    In: float32 (batch, image_size, image_size, 3), 0 to 255. Out: probabilities, float32
    (batch, classes). Raises JobError when the weights do not fit.
    """
    if architecture == "tutorial":
        return cnn.build_tutorial(image_size, classes)
    if architecture == "cnn":
        return cnn.build(image_size, classes, batch_size, synchronized)
    model = backbones.build(architecture, image_size, classes, synchronized)
    if pretrained is None:
        print(
            f"WARNING: {architecture} begins without pretrained weights and learns from this drop "
            "alone; on a small one the architecture cnn does better.",
            flush=True,
        )
    else:
        backbones.begin_with(model, architecture, pretrained)
    return model
