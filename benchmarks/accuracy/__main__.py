"""How well the training learns, compared with the plain network of tutorials.

A fifth of each class of the sample drop, and of the folders of classes given with --images, is
measured on: once drawn at random, once the last by file name, and then with 20, 50 and 100 images a
class to train on. Each contestant is trained with training_code/train.py on the same images, one
after the other; the figures are those of its last epoch. With --generated, sets are drawn that are
hard in one way each.

    python -m benchmarks.accuracy --write                    the sample drop; an hour
    python -m benchmarks.accuracy --images ./steel --write   and a folder of yours
    python -m benchmarks.accuracy --generated --write        the sets that are drawn; half an hour

Measurements are kept in out/accuracy/trainings. An interrupted benchmark continues there when the
same command is given again; after a change of the training code everything is measured anew.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import ROOT, page
from benchmarks.accuracy import sets, tables
from benchmarks.accuracy.splits import AT_RANDOM, FEW, KINDS, link, split
from benchmarks.accuracy.trainings import Training, TrainingError, contestants, measure
from local_cloud.sample_drop import write_sample_drop
from pretrained_weights.convert import convert, find_checkpoint

OUT = ROOT / "out" / "accuracy"
SEEDS = 3  # of each split and of each drawn set
SAMPLE = "sample drop"


def measure_folders(images: Sequence[Path], out: Path = OUT) -> list[str]:
    """Split and train on the folders; return the parts of their section.

    Raises:
        ValueError: a folder can't be split, or two folders have the same name.
    """
    folders = {folder.resolve().name: folder for folder in images}
    if len(folders) < len(images):
        raise ValueError("Two folders have the same name: the table couldn't tell them apart.")
    folders[SAMPLE] = out / SAMPLE
    write_sample_drop(folders[SAMPLE])
    weights = write_weights(out)
    trainings = []
    for name, folder in folders.items():
        for kind in KINDS:
            for seed in range(SEEDS):
                sides = split(folder, kind, seed)
                if kind in FEW and sides == split(folder, AT_RANDOM, seed):
                    continue  # no class has more images
                data = out / "splits" / f"{name}-{kind}-{seed}"
                link(folder, sides, data)
                trainings += [
                    Training(name, kind, seed, contestant, data)
                    for contestant in contestants(weights)
                ]
    return tables.of_folders(measure(trainings, out))


def measure_generated(out: Path = OUT) -> list[str]:
    """Draw the sets and train on them; return the parts of their section."""
    trainings = []
    weights = write_weights(out)
    for name, generated in sets.SETS.items():
        data = out / "generated" / name
        print(f"drawing the set {name}", file=sys.stderr, flush=True)
        sets.write(generated, data)
        trainings += [
            Training(name, "drawn", seed, contestant, data)
            for seed in range(SEEDS)
            for contestant in contestants(weights, generated.epochs)
        ]
    return tables.of_generated(measure(trainings, out), sets.SETS)


def write_weights(out: Path) -> Path:
    """Convert the pretrained weights from the installed package; return the file."""
    file = out / "efficientnet-lite0.safetensors"
    file.parent.mkdir(parents=True, exist_ok=True)
    convert(find_checkpoint(), file)
    return file


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the page if asked; return the exit code."""
    parser = page.parser_for("accuracy", __doc__)
    parser.add_argument("--generated", action="store_true", help="draw sets instead")
    options = parser.parse_args(arguments)
    section = "accuracy-generated" if options.generated else "accuracy"
    try:
        parts = measure_generated() if options.generated else measure_folders(options.images)
    except (ValueError, TrainingError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    page.publish(section, parts, write=options.write)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
