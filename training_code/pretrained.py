"""Finds the weights that a network is to begin with."""

from pathlib import Path

from failure import JobError
from recipe import RECIPES

_SUFFIXES = (".h5", ".keras")  # .weights.h5 is among them


def find(place: Path, architecture: str) -> Path:
    """Return the one file of weights: `place` itself, or what lies in it.

    Raises JobError when there is none, or several, or when the architecture takes none.
    """
    if not RECIPES[architecture].takes_weights:
        takers = ", ".join(name for name, recipe in RECIPES.items() if recipe.takes_weights)
        raise JobError(
            f"The architecture {architecture} takes no pretrained weights: give none, or choose "
            f"one of {takers}."
        )
    if place.is_file():
        return place
    found = sorted(path for path in place.rglob("*") if path.name.endswith(_SUFFIXES))
    if len(found) == 1:
        return found[0]
    names = ", ".join(path.name for path in found) or "none"
    raise JobError(
        "The pretrained weights must be one file that ends in .weights.h5, .h5 or .keras; in "
        f"{place} there is: {names}."
    )
