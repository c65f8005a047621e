"""The command line: `python -m local_cloud run`, `stand` and `sample`."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from samtranslator.yaml_helper import yaml_parse

from local_cloud.cloud.packaging import PackagingError
from local_cloud.cloud.parameters import ParameterError, check_parameters
from local_cloud.cloud.server import PortError
from local_cloud.run.chain import TEMPLATE, ChainError, RunResult, run
from local_cloud.run.display import Display
from local_cloud.run.images import ImagesError, read_image_folder
from local_cloud.run.serve import serve
from local_cloud.terminal_text import describe_error, printable, visible

# Options with a name of their own; --parameter reaches all others.
OPTIONS = {
    "architecture": "Architecture",
    "epochs": "Epochs",
    "patience": "Patience",
    "batch-size": "BatchSize",
    "learning-rate": "LearningRate",
    "image-size": "ImageSize",
    "validation-share": "ValidationShare",
    "minimum-images-per-class": "MinimumImagesPerClass",
}
# Made once and used again; when the pictures change, so does the name.
SAMPLE_FOLDER = "sample-drop-1"
PORT = 4700
EXIT_FAILED, EXIT_MISUSED = 1, 2
EPILOG = """
examples:
  python -m local_cloud run                           train on a sample drop that is made first
  python -m local_cloud run --images ./phones         train on your own: one folder per class
  python -m local_cloud run --images ./phones --epochs 60 --image-size 192
  python -m local_cloud sample ./phones               only make the sample drop
  python -m local_cloud stand                         keep the cloud up for the AWS CLI
  python -m local_cloud stand --empty                 with nothing deployed, for the SAM CLI

`make run IMAGES=./phones EPOCHS=60` and `make cloud` are the same and install what they need first.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command line; return the exit code.

    Raises:
        KeyboardInterrupt: it was interrupted; everything that was started has been stopped.
    """
    declared = declared_parameters()
    options = parse(arguments, declared)
    try:
        if options.command == "sample":
            make_sample(options.folder, Display())
            return 0
        if options.command == "stand":
            return _stand(options, declared)
        return _run(options, declared)
    except (ImagesError, ParameterError, PortError) as error:
        print(f"error: {visible(str(error))}", file=sys.stderr)
        return EXIT_MISUSED
    except (ChainError, PackagingError) as error:
        print(f"error: {visible(str(error))}", file=sys.stderr)
    except (BotoCoreError, ClientError, OSError) as error:
        print(f"error: {describe_error(error)}", file=sys.stderr)
    return EXIT_FAILED


def declared_parameters() -> dict[str, Any]:
    """Return the parameters of template.yaml with their bounds, defaults and descriptions."""
    declared: dict[str, Any] = yaml_parse(TEMPLATE.read_text())["Parameters"]
    return declared


def parse(arguments: Sequence[str], declared: dict[str, Any]) -> argparse.Namespace:
    """Parse the arguments; help texts and defaults are the template's own."""
    parser = argparse.ArgumentParser(
        prog="python -m local_cloud",
        description="droptrain on this machine: the template's whole chain, no account, no Docker.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", help="drop images, train, and fetch the plots")
    running.add_argument(
        "--images", type=Path, metavar="FOLDER", help="one folder per class; default: a sample drop"
    )
    running.add_argument(
        "--out", type=Path, default=Path("out"), metavar="FOLDER", help="results; default: out"
    )
    _add_parameters(running, declared)
    standing = commands.add_parser("stand", help="keep the cloud up for other programs")
    standing.add_argument(
        "--out", type=Path, default=Path("out"), metavar="FOLDER", help="results; default: out"
    )
    standing.add_argument(
        "--port", type=int, default=PORT, help=f"where it listens; 0: any; default: {PORT}"
    )
    standing.add_argument(
        "--empty", action="store_true", help="deploy nothing: you will, with the SAM CLI"
    )
    _add_parameters(standing, declared)
    sample = commands.add_parser("sample", help="only make the sample drop")
    sample.add_argument("folder", type=Path, help="where to; must not exist yet")
    return parser.parse_args(arguments)


def _add_parameters(parser: argparse.ArgumentParser, declared: dict[str, Any]) -> None:
    for option, parameter in OPTIONS.items():
        rule = declared[parameter]
        text = f"{rule['Description']} Default: {rule['Default']}".replace("%", "%%")
        metavar = "N" if rule["Type"] == "Number" else "NAME"
        parser.add_argument(f"--{option}", metavar=metavar, help=text)
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any other parameter of template.yaml; may be repeated",
    )


def parameters_of(options: argparse.Namespace) -> dict[str, str]:
    """Collect the template parameters that were given.

    Raises:
        ParameterError: a --parameter is not of the form NAME=VALUE.
    """
    given = {}
    for text in options.parameter:
        name, equals, value = text.partition("=")
        if not equals:
            raise ParameterError(f"--parameter takes NAME=VALUE, not {text!r}")
        given[name] = value
    for option, parameter in OPTIONS.items():
        value = getattr(options, option.replace("-", "_"))
        if value is not None:
            given[parameter] = value
    return given


def make_sample(folder: Path, display: Display) -> None:
    """Make the sample drop.

    Raises:
        ImagesError: there is something at `folder` already.
    """
    if folder.exists():
        raise ImagesError(f"{printable(folder)} exists already: name a folder that does not.")
    draw_sample(folder, display)


def draw_sample(folder: Path, display: Display) -> None:
    """Draw the sample drop, unless another process has it ready first."""
    from local_cloud.sample_drop import CLASSES, IMAGES_PER_CLASS, write_sample_drop

    classes = ", ".join(CLASSES)
    display.say(f"Making a sample drop in {folder}: drawn phone photographs, {classes}.")
    with display.counting("images drawn", len(CLASSES) * IMAGES_PER_CLASS) as counter:
        write_sample_drop(folder, drawn=counter.advance)


def _end_in_order() -> None:
    """Let what ends other programs end this one as Ctrl-C does; what `nohup` ignores stays so."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


def _run(options: argparse.Namespace, declared: dict[str, Any]) -> int:
    _end_in_order()
    parameters = parameters_of(options)
    check_parameters(declared, parameters)
    minimum = parameters.get(
        "MinimumImagesPerClass", str(declared["MinimumImagesPerClass"]["Default"])
    )
    display = Display()
    images = options.images
    if images is None:
        images = options.out / SAMPLE_FOLDER
        if not images.exists():
            draw_sample(images, display)
    drop = read_image_folder(images, int(minimum))
    for sentence in drop.skipped:
        display.say(sentence)
    counts = ", ".join(f"{size} {printable(name)}" for name, size in drop.class_sizes.items())
    display.say(f"{printable(images)}: {counts}.")
    return _tell(run(drop, parameters, options.out, display), display)


def _stand(options: argparse.Namespace, declared: dict[str, Any]) -> int:
    _end_in_order()
    parameters = parameters_of(options)
    check_parameters(declared, parameters)
    if options.empty and parameters:
        raise ParameterError("--empty deploys nothing: give the parameters to what deploys")
    with contextlib.suppress(KeyboardInterrupt):
        serve(parameters, options.out, Display(), options.port, empty=options.empty)
    print("\nThe cloud is down: everything that was started has been stopped.")
    return 0


def _tell(result: RunResult, display: Display) -> int:
    names = ["report.html", "plots/accuracy.png", "plots/loss.png", "predictions.csv"]
    names += ["model/model.keras", "status.html", "verdict.json"]
    files = [result.folder / name for name in names if (result.folder / name).exists()]
    display.results(result.sentence, files)
    return 0 if result.succeeded else EXIT_FAILED
