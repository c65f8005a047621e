"""How well the training learns, compared with the plain network of tutorials.

The sample drop, and folders of classes given with --images, are split twice: a fifth of each class
is measured on, once drawn at random and once the last by file name. Each contestant is trained with
training_code/train.py on the same images, one after the other; the figures are those of its last
epoch. With --generated, sets are drawn that are hard in one way each.

    python -m benchmarks.accuracy --write                    the sample drop; twenty minutes
    python -m benchmarks.accuracy --images ./steel --write   and a folder of yours
    python -m benchmarks.accuracy --generated --write        the sets that are drawn; twenty minutes
    python -m benchmarks.accuracy --generated tiny two
    python -m benchmarks.accuracy --epochs 1 --limit 20      a quick trial

Measurements are kept in OUT/trainings. An interrupted benchmark continues there when the same
command is given again; after a change of the training code everything is measured anew.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import page
from benchmarks.accuracy import sets, tables
from benchmarks.accuracy.splits import KINDS, link, split
from benchmarks.accuracy.trainings import Training, TrainingError, contestants, measure
from local_cloud.sample_drop import write_sample_drop

SEEDS = 3
SAMPLE = "sample drop"


def measure_folders(options: argparse.Namespace) -> list[str]:
    """Split and train on the folders; return the parts of their section.

    Raises:
        ValueError: a folder can't be split, or two folders have the same name.
    """
    folders = {folder.resolve().name: folder for folder in options.images}
    if len(folders) < len(options.images):
        raise ValueError("Two folders have the same name: the table couldn't tell them apart.")
    folders[SAMPLE] = options.out / SAMPLE
    write_sample_drop(folders[SAMPLE])
    trainings = []
    for name, folder in folders.items():
        for kind in KINDS:
            for seed in range(options.seeds):
                data = options.out / "splits" / f"{name}-{kind}-{seed}"
                link(folder, split(folder, kind, seed, options.limit), data)
                trainings += [
                    Training(name, kind, seed, contestant, data)
                    for contestant in contestants(options.epochs)
                ]
    return tables.of_folders(measure(trainings, options.out))


def measure_generated(options: argparse.Namespace) -> list[str]:
    """Draw the sets and train on them; return the parts of their section."""
    trainings = []
    for name in options.generated or sets.SETS:
        generated = sets.SETS[name]
        if options.limit:
            generated = generated.limited(options.limit)
        data = options.out / "generated" / name
        print(f"drawing the set {name}", file=sys.stderr, flush=True)
        sets.write(generated, data)
        trainings += [
            Training(name, "drawn", 0, contestant, data)
            for contestant in contestants(options.epochs or generated.epochs)
        ]
    return tables.of_generated(measure(trainings, options.out), sets.SETS)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--images", type=Path, nargs="+", default=[], help="folders of classes")
    parser.add_argument(
        "--generated", nargs="*", choices=sets.SETS, metavar="SET",
        help=f"draw these sets instead, or all of {', '.join(sets.SETS)}",
    )  # fmt: skip
    parser.add_argument("--seeds", type=int, default=SEEDS, help="of each split of a folder")
    parser.add_argument("--epochs", type=int, help="for every contestant, in a trial")
    parser.add_argument("--limit", type=int, help="images of each class, in a trial")
    parser.add_argument("--out", type=Path, default=Path("out/accuracy"))
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args(arguments)
    if options.write and (options.epochs or options.limit or options.generated):
        parser.error("--write is for whole measurements: without --epochs, --limit or some sets")
    return options


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the page if asked; return the exit code."""
    options = parse(arguments)
    try:
        if options.generated is None:
            page.publish("accuracy", measure_folders(options), write=options.write)
        else:
            page.publish("accuracy-generated", measure_generated(options), write=options.write)
    except (ValueError, TrainingError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
