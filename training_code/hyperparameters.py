"""The hyperparameters of a job: names, defaults, legal values, and how text becomes a value."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields

from failure import JobError

# The sagemaker SDK adds hyperparameters of its own under this prefix.
_ADDED_BY_SDK = "sagemaker_"


@dataclass(frozen=True)
class Hyperparameter:
    """One hyperparameter; `least` and `most` are both legal."""

    name: str
    default: float
    least: float
    most: float
    meaning: str

    def parse(self, text: str) -> float:
        """Read a value; raises JobError naming the legal ones."""
        whole = isinstance(self.default, int)
        try:
            value = int(text) if whole else float(text)
        except ValueError:
            value = float("nan")
        if self.least <= value <= self.most:  # false for nan
            return value
        kind = "a whole number" if whole else "a number"
        raise JobError(
            f"The hyperparameter {self.name} must be {kind} from {self.least} to {self.most}, "
            f"not {text!r}."
        )


ALL = (
    Hyperparameter("epochs", 30, 1, 10_000, "passes over the training images"),
    Hyperparameter(
        "batch-size", 32, 1, 4096, "images per step; a batch larger than the data is the data"
    ),
    Hyperparameter(
        "learning-rate",
        0.002,
        1e-8,
        10.0,
        "its peak: it warms up over a tenth of the steps, then falls to 0 along a cosine",
    ),
    Hyperparameter(
        "image-size", 128, 16, 1024, "every picture is scaled to a square of this many pixels"
    ),
    Hyperparameter("seed", 0, 0, 2**32 - 1, "same seed, same images, same machine: same history"),
)
_BY_NAME = {hyperparameter.name: hyperparameter for hyperparameter in ALL}


@dataclass(frozen=True)
class Hyperparameters:
    """The values a job trains with; the names in `ALL` with underscores."""

    epochs: int
    batch_size: int
    learning_rate: float
    image_size: int
    seed: int

    def by_name(self) -> dict[str, float]:
        """Return the values under the names they are given with, such as batch-size."""
        return {field.name.replace("_", "-"): getattr(self, field.name) for field in fields(self)}


def parse(given: Mapping[str, str]) -> Hyperparameters:
    """Read name -> text, defaults for the rest; raises JobError for an unknown name or value."""
    values: dict[str, float] = {one.name: one.default for one in ALL}
    for name, text in given.items():
        if name.startswith(_ADDED_BY_SDK):
            continue
        if name not in _BY_NAME:
            raise JobError(_unknown(name))
        values[name] = _BY_NAME[name].parse(text)
    return Hyperparameters(
        epochs=int(values["epochs"]),
        batch_size=int(values["batch-size"]),
        learning_rate=values["learning-rate"],
        image_size=int(values["image-size"]),
        seed=int(values["seed"]),
    )


def _unknown(name: str) -> str:
    similar = difflib.get_close_matches(name, _BY_NAME, n=1)
    hint = f" Did you mean {similar[0]}?" if similar else ""
    return f"There is no hyperparameter {name!r}, only {', '.join(_BY_NAME)}.{hint}"
