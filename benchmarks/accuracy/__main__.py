"""The command line: `python -m benchmarks.accuracy`."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import page
from benchmarks.accuracy import report, sets
from benchmarks.accuracy.splits import KINDS, fingerprint, split
from benchmarks.accuracy.trainings import Training, TrainingError, contestants, perform
from local_cloud.run.images import ImagesError
from local_cloud.sample_drop import write_sample_drop

SEEDS = 3
SAMPLE = "sample drop"
DESCRIPTION = """\
Measure how well the trainer learns, beside the plain network of two convolutions that tutorials
begin with, on folders of classes and on the sample drop of `make run`.

Every contestant gets the same images to train on and to measure on: a fifth of each class, once
drawn at random and once the last by file name. Each is trained with training_code/train.py, one
after the other; told are accuracy and macro-F1 of its last epoch, so no figure is of an epoch
that was chosen for it. With --generated, sets are drawn that are hard in one way each.
"""
EPILOG = """\
examples:
  python -m benchmarks.accuracy                                the sample drop
  python -m benchmarks.accuracy --images ./steel --write       and a folder of yours, on the page
  python -m benchmarks.accuracy --images ./steel --no-sample --splits by-name
  python -m benchmarks.accuracy --generated --write            the sets that are drawn
  python -m benchmarks.accuracy --generated tiny large --large 60000
  python -m benchmarks.accuracy --epochs 1 --limit 20          does it work at all? a minute

What is done is kept in OUT/results.jsonl; a run that was cut goes on when the same command is
given again. Change the training code, and everything is measured anew.
"""


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the page if asked; return the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    trial = options.epochs is not None or options.limit is not None
    if options.write and trial:
        parser.error("--write is for whole measurements, without --epochs and --limit")
    try:
        section, text = _generated(options) if options.generated is not None else _folders(options)
    except (ImagesError, TrainingError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted: the same command goes on from here", file=sys.stderr)
        return 130
    print(text)
    if options.write:
        page.write(section, text)
    return 0


def _folders(options: argparse.Namespace) -> tuple[str, str]:
    """Split and train on the folders; return the section of the page and its text."""
    folders = {folder.resolve().name: folder for folder in options.images}
    if len(folders) < len(options.images):
        raise ImagesError("Two folders of the same name: the table could not tell them apart.")
    if not options.no_sample:
        folders[SAMPLE] = _sample()
    trainings = []
    for name, folder in folders.items():
        for kind in options.splits:
            for seed in range(options.seeds):
                chosen = split(folder, kind, seed, options.limit)
                data = options.out / "splits" / chosen.fingerprint()
                chosen.link(data)
                trainings += [
                    Training(name, kind, seed, contestant, data, data.name)
                    for contestant in contestants(options.epochs)
                ]
    return "accuracy", report.of_folders(perform(trainings, options.out))


def _sample() -> Path:
    from local_cloud.cli import SAMPLE_FOLDER  # seconds that --help need not take

    folder = Path("out") / SAMPLE_FOLDER
    if not folder.exists():
        print(f"drawing the sample drop in {folder}", file=sys.stderr, flush=True)
        folder.parent.mkdir(exist_ok=True)
        write_sample_drop(folder)
    return folder


def _generated(options: argparse.Namespace) -> tuple[str, str]:
    """Draw the sets and train on them; return the section of the page and its text."""
    catalogue = sets.catalogue(options.large, options.limit)
    trainings = []
    for name in options.generated or catalogue:
        one = catalogue[name]
        print(f"drawing the set {name}", file=sys.stderr, flush=True)
        data = sets.write(one, options.out / "generated")
        files = ((path.relative_to(data).as_posix(), path) for path in data.rglob("*.*"))
        drawn = fingerprint(files)
        trainings += [
            Training(name, "drawn", 0, contestant, data, drawn)
            for contestant in contestants(options.epochs or one.epochs)
        ]
    return "accuracy-generated", report.of_generated(perform(trainings, options.out), catalogue)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    folders = parser.add_argument_group("folders of classes")
    folders.add_argument(
        "--images", type=Path, nargs="+", default=[], metavar="DIR", help="one folder per class"
    )
    folders.add_argument("--no-sample", action="store_true", help="leave the sample drop out")
    folders.add_argument(
        "--splits", nargs="+", choices=KINDS, default=KINDS, help="how to split; default: both"
    )
    folders.add_argument(
        "--seeds", type=int, default=SEEDS, metavar="N", help=f"seeds 0 to N-1; default: {SEEDS}"
    )
    drawn = parser.add_argument_group("sets that are drawn")
    names = tuple(sets.catalogue())
    drawn.add_argument(
        "--generated",
        nargs="*",
        choices=names,
        metavar="SET",
        help=f"these instead of folders; without a name all of {', '.join(names)}",
    )
    drawn.add_argument(
        "--large",
        type=int,
        default=sets.LARGE,
        metavar="N",
        help=f"pictures of the large set; default: {sets.LARGE:,}",
    )
    parser.add_argument("--epochs", type=int, metavar="N", help="for every contestant, to try out")
    parser.add_argument("--limit", type=int, metavar="N", help="images of a class, to try out")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("out/accuracy"),
        metavar="DIR",
        help="what is kept; default: out/accuracy",
    )
    parser.add_argument("--write", action="store_true", help="put the table on docs/benchmarks.md")
    return parser


if __name__ == "__main__":
    # What ends a program that was started in the background ends this one as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
