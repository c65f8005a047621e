"""The architectures to choose from, and how each is trained. Plain data: loads no TensorFlow."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """How one architecture learns, and the image size and learning rate that suit it.

    image_size is in pixels a side; least_size is the smallest that the architecture can take.
    label_smoothing 0 and weight_decay 0 mean none. Without a decaying rate it stays as it is.
    least_steps: an epoch goes over a small drop several times rather than have fewer steps.
    takes_weights: it can begin with weights that were trained elsewhere.
    """

    image_size: int
    learning_rate: float
    least_size: int = 16
    augments: bool = True
    rate_decays: bool = True
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    weighs_classes: bool = True
    least_steps: int = 8
    takes_weights: bool = False


# https://keras.io/api/applications/: their convolutions halve the picture five times.
_BACKBONE = Recipe(image_size=224, learning_rate=0.0003, least_size=32, takes_weights=True)

RECIPES = {
    "cnn": Recipe(image_size=128, learning_rate=0.002),
    # What a tutorial teaches, and nothing more: the baseline that the others have to beat.
    "tutorial": Recipe(
        image_size=64,
        learning_rate=0.001,
        augments=False,
        rate_decays=False,
        weight_decay=0.0,
        label_smoothing=0.0,
        weighs_classes=False,
        least_steps=1,
    ),
    "mobilenet-v2": _BACKBONE,
    "efficientnet-v2-b0": _BACKBONE,
    "resnet-50-v2": _BACKBONE,
}
