"""The commands that need no AWS account: `run`, `sample` and `cloud`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from droptrain import EXIT_INTERRUPTED
from droptrain.interruption import INTERRUPTED, interruptible_imports, stop_cleanly
from droptrain.program import Failure, Misuse, complain, examples

if TYPE_CHECKING:
    from local_cloud.run.display import Display

# Parameters of template.yaml with an option of their own; --parameter reaches all others.
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
PORT = 4700
Function = TypeVar("Function", bound=Callable[..., Any])


class LocalCommand(click.Command):
    """A command on the local cloud, with its errors and Ctrl-C explained."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command.

        Raises:
            Failure: says in one line what went wrong.
        """
        with interruptible_imports():
            from botocore.exceptions import BotoCoreError, ClientError

            import local_cloud.run.serve  # noqa: F401  with everything the commands need
            from local_cloud.cloud.packaging import PackagingError
            from local_cloud.cloud.parameters import ParameterError
            from local_cloud.cloud.server import PortError
            from local_cloud.run.chain import ChainError
            from local_cloud.run.images import ImagesError
            from local_cloud.terminal_text import describe_error
        try:
            return super().invoke(context)
        except (ImagesError, ParameterError, PortError) as error:
            raise Misuse(str(error)) from error
        except (ChainError, PackagingError) as error:
            raise Failure(str(error)) from error
        except (BotoCoreError, ClientError, OSError) as error:
            raise Failure(describe_error(error)) from error
        except KeyboardInterrupt:
            complain(INTERRUPTED)
            raise click.exceptions.Exit(EXIT_INTERRUPTED) from None


class ParameterOption(click.Option):
    """An option for a parameter of template.yaml, which describes it."""

    def get_help_record(self, context: click.Context) -> tuple[str, str] | None:
        """Return the option's line of `--help`."""
        from local_cloud.cloud.parameters import declared_parameters

        rule = declared_parameters()[OPTIONS[self.opts[0].removeprefix("--")]]
        self.help = f"{rule['Description']} Default: {rule['Default']}"
        self.metavar = "N" if rule["Type"] == "Number" else "NAME"
        return super().get_help_record(context)


def _command(*example_lines: str) -> Callable[[Callable[..., Any]], LocalCommand]:
    return click.command(cls=LocalCommand, epilog=examples(*example_lines))


def _parameter_options(function: Function) -> Function:
    """Add the options that set parameters of template.yaml."""
    function = click.option(
        "--parameter",
        "assignments",
        multiple=True,
        metavar="NAME=VALUE",
        help="Set any other parameter of template.yaml. May be repeated.",
    )(function)
    for name in reversed(OPTIONS):
        function = click.option(f"--{name}", OPTIONS[name], cls=ParameterOption)(function)
    return function


_out = click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="out",
    metavar="FOLDER",
    help="Folder for the results. Default: out",
)


@_command(
    "droptrain run",
    "droptrain run --images ./phones --epochs 60 --image-size 192",
    "droptrain run --images ./phones --test ./phones-of-another-day",
    "droptrain run --images ./phones --parameter SplitSeed=7",
)
@click.option(
    "--images",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Your images, one folder per class. Default: a sample drop, drawn once",
)
@click.option(
    "--test",
    "tested",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="A sealed test set, one folder per class: the model is only measured on it.",
)
@_out
@_parameter_options
def run(
    images: Path | None,
    tested: Path | None,
    out: Path,
    assignments: tuple[str, ...],
    **chosen: str | None,
) -> int:
    """Train on this machine, without an account or Docker."""
    from local_cloud.cloud.parameters import declared_parameters
    from local_cloud.run.chain import run as run_chain
    from local_cloud.run.display import Display
    from local_cloud.run.images import read_drop
    from local_cloud.sample_drop import SAMPLE_FOLDER

    stop_cleanly()
    parameters = checked(assignments, chosen)
    declared = declared_parameters()["MinimumImagesPerClass"]["Default"]
    display = Display()
    folder = images or out / SAMPLE_FOLDER
    if images is None and not folder.exists():
        _draw(folder, display)
    drop = read_drop(folder, tested, int(parameters.get("MinimumImagesPerClass", declared)))
    for sentence in drop.sentences():
        display.say(sentence)
    result = run_chain(drop, parameters, out, display)
    names = ["report.html", "review.html", "plots/accuracy.png", "plots/loss.png"]
    names += ["predictions.csv", "model/model.keras", "status.html", "verdict.json"]
    files = [result.folder / name for name in names if (result.folder / name).exists()]
    display.results(result.sentence, files)
    return 0 if result.succeeded else 1


@_command(
    "droptrain cloud              for the AWS CLI: drop images, watch, fetch results",
    "droptrain cloud --empty      for `droptrain deploy` and the SAM CLI",
)
@_out
@click.option(
    "--port", type=int, default=PORT, metavar="N", help=f"Port; 0: any free one. Default: {PORT}"
)
@click.option("--empty", is_flag=True, help="Deploy nothing: you will, with the SAM CLI.")
@_parameter_options
def cloud(
    out: Path, port: int, empty: bool, assignments: tuple[str, ...], **chosen: str | None
) -> None:
    """Keep the local cloud up for the AWS CLI and the SAM CLI."""
    from local_cloud.cloud.parameters import ParameterError
    from local_cloud.run.display import Display
    from local_cloud.run.serve import serve

    stop_cleanly()
    parameters = checked(assignments, chosen)
    if empty and parameters:
        raise ParameterError("--empty deploys nothing: set the parameters when you deploy.")
    with contextlib.suppress(KeyboardInterrupt):
        serve(parameters, out, Display(), port, empty=empty)
    click.echo("\nThe cloud is down: everything that was started has been stopped.")


@_command("droptrain sample ./phones")
@click.argument("folder", type=click.Path(path_type=Path))
def sample(folder: Path) -> None:
    """Draw the sample drop into FOLDER, which must not exist."""
    from local_cloud.run.display import Display
    from local_cloud.run.images import ImagesError
    from local_cloud.terminal_text import printable

    if folder.exists():
        raise ImagesError(f"{printable(folder)} exists already: name a folder that does not.")
    _draw(folder, Display())


def checked(assignments: tuple[str, ...], chosen: Mapping[str, str | None]) -> dict[str, str]:
    """Return the parameters given, by name.

    Raises:
        ParameterError: one isn't written NAME=VALUE, or template.yaml doesn't allow it.
    """
    from local_cloud.cloud.parameters import ParameterError, check_parameters, declared_parameters

    parameters = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise ParameterError(f"--parameter takes NAME=VALUE, not {assignment!r}")
        parameters[name] = value
    parameters |= {name: value for name, value in chosen.items() if value is not None}
    check_parameters(declared_parameters(), parameters)
    return parameters


def _draw(folder: Path, display: Display) -> None:
    from local_cloud.sample_drop import CLASSES, IMAGES_PER_CLASS, write_sample_drop

    classes = ", ".join(CLASSES)
    display.say(f"Drawing a sample drop in {folder}, photographs of phones: {classes}.")
    with display.counting("Images drawn", len(CLASSES) * IMAGES_PER_CLASS) as advance:
        write_sample_drop(folder, drawn=advance)
