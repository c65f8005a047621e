"""The hyperparameters of a job, and the recipe by which each architecture is trained."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from failure import JobError

# The sagemaker SDK adds hyperparameters of its own under this prefix.
_ADDED_BY_SDK = "sagemaker_"


@dataclass(frozen=True)
class Recipe:
    """How one architecture learns, and the image size and learning rate that suit it.

    image_size is in pixels a side; least_size is the smallest that the architecture can take, and
    larger_size, unless 0, one that is taken instead where the training images ask for it.
    label_smoothing 0 and weight_decay 0 mean none. Without a decaying rate it stays as it is.
    least_steps: an epoch goes over a small drop several times rather than have fewer steps.
    folds: into how many folds the images are dealt to judge each of them; 1 for not at all.
    takes_weights: it can begin with weights that were trained elsewhere. freezes: only its last
    layer is trained, so it must begin with such weights.
    """

    image_size: int
    learning_rate: float
    least_size: int = 16
    larger_size: int = 0
    augments: bool = True
    rate_decays: bool = True
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    weighs_classes: bool = True
    least_steps: int = 8
    takes_weights: bool = False
    freezes: bool = False
    folds: int = 1


# https://keras.io/api/applications/: their convolutions halve the picture five times.
_BACKBONE = Recipe(image_size=224, learning_rate=0.0003, least_size=32, takes_weights=True)

RECIPES = {
    # Class weights cost accuracy on new parts: docs/decisions/0016-the-recipe.md
    "cnn": Recipe(image_size=128, learning_rate=0.002, weighs_classes=False),
    # The network of a tutorial, and nothing more: the baseline that the others have to beat.
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
    "efficientnet-lite0": Recipe(
        image_size=224,
        learning_rate=0.001,
        least_size=32,
        larger_size=448,
        weight_decay=0.01,
        label_smoothing=0.0,
        takes_weights=True,
        freezes=True,
        folds=5,
    ),
    "mobilenet-v2": _BACKBONE,
    "efficientnet-v2-b0": _BACKBONE,
    "resnet-50-v2": _BACKBONE,
}


@dataclass(frozen=True)
class Number:
    """A hyperparameter that is a number; `least` and `most` are both legal.

    `zero`, unless empty, is the meaning of 0, which is then legal, too.
    """

    name: str
    default: float
    least: float
    most: float
    meaning: str
    zero: str = ""

    @property
    def legal(self) -> str:
        """Describe the legal values."""
        kind = "a whole number" if isinstance(self.default, int) else "a number"
        zero = f", or 0 for {self.zero}" if self.zero else ""
        return f"{kind} from {self.least} to {self.most}{zero}"

    def parse(self, text: str) -> float:
        """Read a value; raises JobError naming the legal ones."""
        try:
            value = int(text) if isinstance(self.default, int) else float(text)
        except ValueError:
            value = float("nan")
        if self.least <= value <= self.most or (self.zero and value == 0):  # false for nan
            return value
        raise JobError(f"The hyperparameter {self.name} must be {self.legal}, not {text!r}.")


@dataclass(frozen=True)
class Choice:
    """A hyperparameter that is one of a few words."""

    name: str
    default: str
    choices: tuple[str, ...]
    meaning: str

    @property
    def legal(self) -> str:
        """Describe the legal values."""
        return f"one of {', '.join(self.choices)}"

    def parse(self, text: str) -> str:
        """Read a value; raises JobError naming the legal ones."""
        if text in self.choices:
            return text
        raise JobError(f"The hyperparameter {self.name} must be {self.legal}, not {text!r}.")


_RATE = "its peak: it warms up over a tenth of the steps, then falls to 0 along a cosine"
_SIZE = "every picture is scaled to a square of this many pixels"
_PATIENCE = (
    "stop after this many epochs without a better val_macro_f1 and keep the best epoch's "
    "model; 0 trains all epochs and keeps the last one's"
)
_FOLDS = (
    "judge every image by a network trained on the other folds, in that many folds; 1 judges the "
    "validation images alone"
)
_MINIMUM = "a class with fewer readable images, on both sides together, ends the job"
ALL: tuple[Number | Choice, ...] = (
    Choice(
        "architecture", "cnn", tuple(RECIPES), "the network, with a way of training that suits it"
    ),
    Number("epochs", 80, 1, 10_000, "passes over the training images; several on a small drop"),
    Number("batch-size", 32, 1, 4096, "images per step; a batch larger than the data is the data"),
    Number("learning-rate", 0.0, 1e-8, 10.0, _RATE, zero="the architecture's own"),
    Number("image-size", 0, 16, 1024, _SIZE, zero="the architecture's own, or what images ask for"),
    Number("patience", 0, 0, 10_000, _PATIENCE),
    Choice(
        "precision", "auto", ("auto", "float32"), "auto: 16 bits where the machine multiplies them"
    ),
    Number("folds", 0, 1, 10, _FOLDS, zero="the architecture's own"),
    Number("minimum-images-per-class", 0, 0, 1_000_000, _MINIMUM),
    Number("seed", 0, 0, 2**32 - 1, "same seed, same images, same machine: same history"),
)
_BY_NAME = {parameter.name: parameter for parameter in ALL}


@dataclass(frozen=True)
class Hyperparameters:
    """The values a job trains with; the names in `ALL` with underscores.

    An image_size of 0 has to be chosen from the images first.
    """

    architecture: str
    epochs: int
    batch_size: int
    learning_rate: float
    image_size: int
    patience: int
    precision: str
    folds: int
    minimum_images_per_class: int
    seed: int

    @property
    def recipe(self) -> Recipe:
        """How the architecture is trained."""
        return RECIPES[self.architecture]

    def by_name(self) -> dict[str, float | str]:
        """Return the values under the names they are given with, such as batch-size."""
        return {field.name.replace("_", "-"): getattr(self, field.name) for field in fields(self)}


def parse(texts: Mapping[str, str]) -> Hyperparameters:
    """Read name -> text; others have their default, or the architecture's own value.

    Raises JobError for an unknown name or an illegal value.
    """
    values: dict[str, Any] = {parameter.name: parameter.default for parameter in ALL}
    for name, text in texts.items():
        if name.startswith(_ADDED_BY_SDK):
            continue
        if name not in _BY_NAME:
            raise JobError(_unknown(name))
        values[name] = _BY_NAME[name].parse(text)
    recipe = RECIPES[values["architecture"]]
    values["folds"] = values["folds"] or recipe.folds
    own_size = 0 if recipe.larger_size else recipe.image_size
    values["image-size"] = values["image-size"] or own_size
    values["learning-rate"] = values["learning-rate"] or recipe.learning_rate
    if 0 < values["image-size"] < recipe.least_size:
        raise JobError(
            f"The architecture {values['architecture']} needs an image-size of "
            f"{recipe.least_size} or more, not {values['image-size']}."
        )
    return Hyperparameters(**{name.replace("-", "_"): value for name, value in values.items()})


def _unknown(name: str) -> str:
    similar = difflib.get_close_matches(name, _BY_NAME, n=1)
    hint = f" Did you mean {similar[0]}?" if similar else ""
    return f"There is no hyperparameter {name!r}, only {', '.join(_BY_NAME)}.{hint}"
