"""The options of a job: flags, or the files that SageMaker gives a container.

SageMaker puts them under /opt/ml and passes no arguments:
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

import argparse
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import hyperparameters
from failure import JobError
from hyperparameters import RECIPES, Hyperparameters

_DESCRIPTION = """\
Train an image classifier on folders of pictures: one folder per class.

  DIR/good/a.jpg  DIR/good/session 2/b.png  DIR/oil/c.jpg  ...

A second folder with the same subfolders holds the validation images. Files that aren't readable
images are skipped and listed. An interrupted run continues where it stopped when the same command
is given again.

  python train.py --train phones/train --validation phones/validation --output result

In a SageMaker container no option is needed: settings, images and results have their places under
/opt/ml (or $SAGEMAKER_BASE_DIR). An option still takes precedence.
"""
_EPILOG = """\
results under --output:
  history.json       accuracy, F1 and loss of every epoch  predictions.csv  each validation image
  config.json        settings, images and versions         skipped.json     unreadable files
  audit.json         reasons to doubt the accuracy         calibration.json the temperature
  out_of_sample.csv  every image, judged by folds          test.json        on the test set
  model/             the model, in all its forms           labels.json among them
  checkpoints/       what the next start resumes from      failure          why it failed, if it did
"""
MAXIMUM_RUN_SECONDS = "DROPTRAIN_MAXIMUM_RUN_SECONDS"
_SUFFIXES = (".h5", ".keras", ".safetensors")  # .weights.h5 is among them


@dataclass(frozen=True)
class Places:
    """Folders of a job; `failure`, `manifest` and `pretrained` are files.

    `manifest` names the images of the dataset, None for all in the folders; `pretrained` holds the
    weights to begin with; `test` is the sealed test set, None without one.
    """

    train: Path
    validation: Path
    model: Path
    outputs: Path
    checkpoints: Path
    failure: Path
    manifest: Path | None = None
    pretrained: Path | None = None
    test: Path | None = None


@dataclass(frozen=True)
class Job:
    """A job's places, hyperparameters and machine, and how long it may run."""

    places: Places
    hyperparameters: Hyperparameters
    instance_type: str | None  # such as ml.m5.xlarge; None outside SageMaker
    maximum_seconds: float | None = None  # of all starts together; None for any time


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise JobError(f"{message}. See --help.")


def base_directory() -> Path:
    """Return the root of SageMaker's folders.

    The variable is the one of https://github.com/aws/sagemaker-training-toolkit (environment.py).
    """
    return Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))


def failure_file(arguments: list[str]) -> Path:
    """Return the failure file, even where the other options can't be understood."""
    parser = _Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("--output", type=Path)
    try:
        output: Path | None = parser.parse_known_args(arguments)[0].output
    except JobError:
        output = None
    return output / "failure" if output else base_directory() / "output" / "failure"


def read(arguments: list[str]) -> Job:
    """Read the options and SageMaker's files; raises JobError with a sentence for the user."""
    options = _parser().parse_args(arguments)
    config = base_directory() / "input" / "config"
    resources = _json(config / "resourceconfig.json")
    hosts = resources.get("hosts", [])
    if len(hosts) > 1:
        raise JobError(
            f"This training runs on one machine and was given {len(hosts)}: set InstanceCount to 1 "
            "and choose, if need be, a machine with several GPUs."
        )
    for name, channel in _json(config / "inputdataconfig.json").items():
        if channel.get("TrainingInputMode") == "Pipe":
            raise JobError(f"The channel {name} comes in Pipe mode: use File or FastFile.")
    texts = {name: str(text) for name, text in _json(config / "hyperparameters.json").items()}
    for hyperparameter in hyperparameters.ALL:
        text = getattr(options, hyperparameter.name.replace("-", "_"))
        if text is not None:
            texts[hyperparameter.name] = text
    values = hyperparameters.parse(texts)
    places = _places(options, values.architecture)
    return Job(places, values, resources.get("current_instance_type"), _maximum_seconds())


def _maximum_seconds() -> float | None:
    """Return the job's limit, which launch puts into the environment: SageMaker doesn't tell it."""
    text = os.environ.get(MAXIMUM_RUN_SECONDS, "")
    try:
        return float(text) if text else None
    except ValueError as error:
        raise JobError(
            f"{MAXIMUM_RUN_SECONDS} must be a number of seconds, not {text!r}."
        ) from error


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="train.py",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--train", type=Path, metavar="DIR", help="images to train on")
    parser.add_argument("--validation", type=Path, metavar="DIR", help="images to measure on")
    sealed = "a sealed test set: images that only the finished model is measured on"
    parser.add_argument("--test", type=Path, metavar="DIR", help=sealed)
    parser.add_argument("--output", type=Path, metavar="DIR", help="where the results go")
    begin = "weights to begin with: a file, or its folder"
    parser.add_argument("--pretrained", type=Path, metavar="PATH", help=begin)
    only = "the split's manifest.jsonl: only the images it lists"
    parser.add_argument("--manifest", type=Path, metavar="FILE", help=only)
    group = parser.add_argument_group("hyperparameters")
    for parameter in hyperparameters.ALL:
        meaning = f"{parameter.meaning} ({parameter.legal}; default {parameter.default})"
        metavar = "N" if isinstance(parameter, hyperparameters.Number) else "NAME"
        group.add_argument(f"--{parameter.name}", metavar=metavar, help=meaning)
    return parser


def _places(options: argparse.Namespace, architecture: str) -> Places:
    base, output = base_directory(), options.output
    if not (base / "input").is_dir():
        missing = [name for name in ("train", "validation", "output") if not getattr(options, name)]
        if missing:
            flags = " and ".join(f"--{name}" for name in missing)
            raise JobError(f"{flags} must be given outside of a SageMaker container. See --help.")
    channels = base / "input" / "data"
    listed = channels / "manifest"
    return Places(
        train=options.train or channels / "train",
        validation=options.validation or channels / "validation",
        model=output / "model" if output else base / "model",
        outputs=output or base / "output" / "data",
        checkpoints=output / "checkpoints" if output else base / "checkpoints",
        failure=output / "failure" if output else base / "output" / "failure",
        manifest=options.manifest or (listed / "manifest.jsonl" if listed.is_dir() else None),
        pretrained=_pretrained(options.pretrained, architecture),
        test=_test(options.test),
    )


def _test(option: Path | None) -> Path | None:
    channel = base_directory() / "input" / "data" / "test"
    place = option or (channel if channel.is_dir() else None)
    if place and not place.is_dir():
        raise JobError(f"The test set {place} is not a folder.")
    return place


def _pretrained(option: Path | None, architecture: str) -> Path | None:
    channel = base_directory() / "input" / "data" / "pretrained"
    place = option or (channel if channel.is_dir() else None)
    if place:
        return find_pretrained(place, architecture)
    if RECIPES[architecture].freezes:
        raise JobError(f"The architecture {architecture} needs its weights: give --pretrained.")
    return None


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise JobError(f"{path} cannot be read as JSON: {error}.") from error
    if not isinstance(content, dict):
        raise JobError(f"{path} must hold a JSON object, not {type(content).__name__}.")
    return content


def find_pretrained(place: Path, architecture: str) -> Path:
    """Return the one file of weights: `place` itself, or the one in it.

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
    files = sorted(path for path in place.rglob("*") if path.name.endswith(_SUFFIXES))
    if len(files) == 1:
        return files[0]
    names = ", ".join(path.name for path in files) or "none"
    raise JobError(
        "The pretrained weights must be one file that ends in .h5, .keras or .safetensors; in "
        f"{place} there is: {names}."
    )
