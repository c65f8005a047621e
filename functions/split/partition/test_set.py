"""The sealed test set: images under `test/`, which are neither trained nor validated on. Pure.

They are copied and listed in the manifest like the images of a third side, so a run is measured on
exactly what the split saw. They are in no dataset: another test set alone starts no run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from split.drop import reasons
from split.images import CleanedDrop, Image, LeftOut
from split.partition.dataset import AssignedImage, assign_copies


@dataclass(frozen=True)
class SealedTestSet:
    """The images that a run is measured on, and the objects under `test/` that are left out."""

    images: Sequence[AssignedImage] = ()
    left_out: Sequence[LeftOut] = ()

    def class_sizes(self) -> dict[str, int]:
        """Count the images of each class."""
        return dict(sorted(Counter(item.image.class_name for item in self.images).items()))


def seal(test: CleanedDrop, classes: Collection[str], copies: Iterable[str] = ()) -> SealedTestSet:
    """Give the images their copies, and leave out those of a class that nothing is trained on.

    `copies` are the keys of the copies made so far.
    """
    known: list[Image] = []
    strange: list[LeftOut] = []
    for image in test.images:
        if image.class_name in classes:
            known.append(image)
        else:
            strange.append(LeftOut(image.source, reasons.NO_SUCH_CLASS))
    return SealedTestSet(assign_copies(known, lambda _: "test", copies), [*test.left_out, *strange])


def contents_of(test: CleanedDrop) -> dict[str, str]:
    """Return each content under `test/`, with one of its keys."""
    sources = [image.source for image in test.images]
    sources += [left_out.source for left_out in test.left_out]
    return {source.content: source.key for source in sorted(sources, key=lambda item: item.key)}
