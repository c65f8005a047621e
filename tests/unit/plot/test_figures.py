"""The plots are complete PNGs for every kind of run, and are labelled."""

from __future__ import annotations

import io
import math
import sys
import warnings
from collections.abc import Collection
from dataclasses import replace
from itertools import pairwise
from subprocess import run

import matplotlib
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from noto_cjk_sans_otc import FONT_PATH
from PIL import Image

from plot.analysis import Analysis, analyse
from plot.figures import canvas
from plot.figures.canvas import Caption
from plot.figures.collection import plots_of
from plot.figures.learning_curves import draw_learning_curve
from plot.figures.lettering import columns, is_drawable, legible
from plot.inputs.dataset import read_verdict
from plot.inputs.history import History
from plot.inputs.results import Results, read_results
from plot.learning_curves import learning_curves
from tests.support.predictions import as_csv, make_predictions
from tests.support.runs import Shape, files_of, verdict_of

CAPTION = Caption(
    run="51af3dc0-cf6336ca-7393851c-1", dataset="cf6336ca" + "0" * 56, images="9 images"
)
NAN = math.nan


def history(epochs: int) -> History:
    falling = tuple(1.5 * 0.97**epoch for epoch in range(epochs))
    rising = tuple(1 - 0.8 * 0.97**epoch for epoch in range(epochs))
    rate = tuple(0.002 * 0.9**epoch for epoch in range(epochs))
    return History(rising, falling, rising, falling, learning_rate=rate)


def draw_all(curves: History, caption: Caption) -> dict[str, bytes]:
    drawn = learning_curves(curves)[:2]
    return {curve.title.lower(): draw_learning_curve(curves, curve, caption) for curve in drawn}


HISTORIES = {
    "thirty epochs": history(30),
    "one epoch": history(1),
    "two hundred epochs": history(200),
    "gaps": History((0.1, NAN, 0.3), (1.0, NAN, 0.5), (NAN, 0.2, NAN), (NAN, 0.9, NAN)),
    "nothing finite": History((NAN,), (NAN,), (NAN,), (NAN,)),
    "perfect": History((1.0, 1.0), (0.0, 0.0), (1.0, 1.0), (0.0, 0.0)),
    "hopeless": History((0.0, 0.0), (1e30, 1e30), (0.0, 0.0), (1e30, 1e30)),
    "best without accuracy": History((0.5, 0.5), (1.0, 0.9), (NAN, NAN), (1.0, 0.9)),
}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures as matplotlib objects, accuracy first."""
    kept: list[Figure] = []
    save = Figure.savefig

    def keep(self: Figure, *arguments: object, **options: object) -> None:
        kept.append(self)
        save(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Figure, "savefig", keep)
    return kept


def axes_of(figure: Figure) -> Axes:
    """The curves; the learning rate has axes of its own, before them."""
    return next(axes for axes in figure.axes if "Learning" not in axes.get_ylabel())


def head_of(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.texts)


def texts_of(figure: Figure) -> str:
    axes = axes_of(figure)
    return "\n".join(text.get_text() for text in axes.texts)


@pytest.mark.parametrize("name", HISTORIES)
def test_every_history_gives_two_complete_images(name: str) -> None:
    plots = draw_all(HISTORIES[name], CAPTION)
    assert list(plots) == ["accuracy", "loss"]
    for png in plots.values():
        with Image.open(io.BytesIO(png)) as image:
            image.load()
            assert image.format == "PNG"
            assert image.size == (1280, 800)


def test_the_same_history_gives_the_same_bytes() -> None:
    assert draw_all(history(5), CAPTION) == draw_all(history(5), CAPTION)


def test_both_lines_are_drawn_and_labelled(drawn: list[Figure]) -> None:
    draw_all(HISTORIES["thirty epochs"], CAPTION)
    for figure in drawn:
        lines = {line.get_label(): line for line in axes_of(figure).lines}
        assert len(lines["training"].get_xydata()) == 30  # type: ignore[arg-type]
        assert lines["training"].get_xydata()[0][0] == 1  # type: ignore[index]
        assert lines["training"].get_color() != lines["validation"].get_color()
        assert lines["training"].get_linestyle() != lines["validation"].get_linestyle()
        [legend] = figure.legends
        assert [text.get_text() for text in legend.get_texts()] == ["training", "validation"]


def test_a_tick_is_where_its_label_says(drawn: list[Figure]) -> None:
    """Between 80 and 100 % matplotlib would make steps of 2.5 points, and label 82.5 as 82."""
    accuracies = (0.89, 0.99, 1.0)
    draw_all(History(accuracies, (0.4, 0.1, 0.0), accuracies, (0.4, 0.1, 0.0)), CAPTION)
    axis = axes_of(drawn[0]).yaxis
    for tick, label in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True):
        assert 100 * tick == pytest.approx(float(label.get_text()))


def test_the_best_epoch_is_marked_and_labelled(drawn: list[Figure]) -> None:
    curves = History((0.5, 0.8, 0.9), (1.0, 0.6, 0.4), (0.5, 0.75, 0.7), (1.1, 0.6, 0.8))
    draw_all(curves, CAPTION)
    accuracy, loss = drawn
    assert "best epoch: 2\nvalidation 75.0 %" in texts_of(accuracy)
    assert "best epoch: 2\nvalidation 0.6" in texts_of(loss)
    for figure in drawn:
        marks = [line for line in axes_of(figure).lines if line.get_marker() == "D"]
        assert [mark.get_xdata()[0] for mark in marks] == [2]  # type: ignore[index]


def test_the_exported_epoch_is_named(drawn: list[Figure]) -> None:
    curves = History((0.5, 0.8), (1.0, 0.6), (0.5, 0.75), (0.6, 0.7))
    draw_all(curves, Caption(run="r", dataset="d", exported_epoch=2))
    accuracy, loss = (head_of(figure) for figure in drawn)
    assert "exported model: epoch 2, validation 75.0 %" in accuracy
    assert "exported model: epoch 2, validation 0.7" in loss


def test_without_a_best_epoch_there_is_a_note(drawn: list[Figure]) -> None:
    draw_all(HISTORIES["nothing finite"], CAPTION)
    assert all("no best epoch" in texts_of(figure) for figure in drawn)


def test_run_dataset_and_units_are_on_the_plot(drawn: list[Figure]) -> None:
    draw_all(HISTORIES["gaps"], CAPTION)
    for figure in drawn:
        axes = axes_of(figure)
        subtitle = head_of(figure)
        assert "run 51af3dc0-cf6336ca-7393851c-1 · dataset cf6336ca\n9 images" in subtitle
        assert "3 numbers are missing or not finite" in subtitle
        assert axes.get_xlabel().startswith("Epoch (")
    assert "%" in axes_of(drawn[0]).get_ylabel()
    assert "nats" in axes_of(drawn[1]).get_ylabel()


@pytest.mark.parametrize("name", HISTORIES)
def test_no_text_leaves_the_figure(name: str, drawn: list[Figure]) -> None:
    longest = Caption(
        run="a" * 63,
        dataset="d" * 64,
        images="1,234,567 training and 234,567 validation images, 120 classes",
    )
    draw_all(HISTORIES[name], longest)
    width = canvas.WIDTH_INCHES * canvas.DOTS_PER_INCH
    for figure in drawn:
        for text in (*axes_of(figure).texts, *figure.texts):
            box = text.get_window_extent()
            assert box.x0 >= 0, text.get_text()
            assert box.x1 <= width, text.get_text()


@pytest.mark.parametrize("best", [1, 15, 16, 30])
def test_the_label_of_the_best_epoch_stays_inside_the_axes(best: int, drawn: list[Figure]) -> None:
    losses = tuple(0.2 if epoch == best else 0.5 for epoch in range(1, 31))
    draw_all(History(losses, losses, losses, losses), CAPTION)
    for figure in drawn:
        axes = axes_of(figure)
        [label] = axes.texts
        box, bounds = label.get_window_extent(), axes.get_window_extent()
        assert bounds.x0 <= box.x0 < box.x1 <= bounds.x1


def test_the_learning_rate_has_a_strip_below(drawn: list[Figure]) -> None:
    draw_all(HISTORIES["thirty epochs"], CAPTION)
    for figure in drawn:
        [strip] = [axes for axes in figure.axes if "Learning" in axes.get_ylabel()]
        [line] = strip.lines
        assert list(line.get_ydata()) == list(HISTORIES["thirty epochs"].learning_rate)  # type: ignore[arg-type]
    drawn.clear()
    draw_all(HISTORIES["gaps"], CAPTION)
    assert all(len(figure.axes) == 1 for figure in drawn)


def draw(analysis: Analysis, names: Collection[str], caption: Caption = CAPTION) -> list[bytes]:
    drawings = plots_of(analysis)
    return [drawings[name](caption) for name in names]


def results(classes: int, images: int = 120) -> Results:
    return read_results(files_of(Shape(NAMES[:classes], images, epochs=2, mistakes=5, skill=1.5)))


NAMES = ["good", "$x_1$ & <b>", "\u8868\u9762", *(f"a rather long name {k:02}" for k in range(57))]


@pytest.mark.parametrize("classes", [2, 5, 30])
def test_every_plot_of_a_run_is_a_complete_image(classes: int, drawn: list[Figure]) -> None:
    analysis = analyse(results(classes))
    drawings = plots_of(analysis)
    assert list(drawings) == [
        *("accuracy", "loss", "confusion-matrix", "classes", "mistakes", "calibration"),
        *("thresholds", "dataset"),
    ]
    wanted = [name for name in drawings if name not in ("accuracy", "loss")]
    for png in draw(analysis, wanted):
        with Image.open(io.BytesIO(png)) as image:
            image.load()
            assert max(image.size) < 4000
            assert min(image.size) > 400
    for figure in drawn:
        assert "run 51af3dc0-cf6336ca-7393851c-1 · dataset cf6336ca" in head_of(figure)


def test_the_confusion_matrix_has_counts_and_shares(drawn: list[Figure]) -> None:
    analysis = analyse(results(5))
    assert analysis.matrix is not None
    draw(analysis, ["confusion-matrix"])
    texts = [text.get_text() for text in axes_of(drawn[0]).texts]
    for row in range(5):
        for column in range(5):
            text = texts[5 * row + column]
            assert text.startswith(str(analysis.matrix.counts[row, column]))
            assert ("%" in text) == bool(analysis.matrix.counts[row, column])


def test_a_share_that_is_not_all_is_never_100_percent(drawn: list[Figure]) -> None:
    predictions = make_predictions(("good", "oil"), 6000, skill=20.0)
    predictions.predicted[0] = 1 - predictions.predicted[0]
    draw(analyse(read_results({"predictions.csv": as_csv(predictions)})), ["confusion-matrix"])
    [axes] = drawn[0].axes
    cells = [text.get_text() for text in axes.texts]
    assert sum("> 99.9 %" in cell for cell in cells) == 1
    assert sum("100.0 %" in cell for cell in cells) == 1


def test_of_very_many_classes_the_worst_are_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(canvas, "to_png", drawn.append)  # printing 2,500 cells takes seconds
    draw(analyse(results(60, 900)), ["confusion-matrix", "classes"])
    assert "the 50 of 60 classes with the most mistakes" in head_of(drawn[0])
    assert "the 50 weakest of 60 classes" in head_of(drawn[1])


def test_without_predictions_the_rest_is_drawn() -> None:
    files = files_of(Shape(images=40, epochs=2, mistakes=0))
    without = read_results({"history.json": files["history.json"]})
    assert list(plots_of(analyse(without))) == ["accuracy", "loss"]
    split = read_verdict(verdict_of(Shape(images=40)))
    assert list(plots_of(analyse(without, split))) == ["accuracy", "loss", "dataset"]


def test_without_an_epoch_the_predictions_are_drawn() -> None:
    files = files_of(Shape(images=40, mistakes=0))
    alone = read_results({"predictions.csv": files["predictions.csv"]})
    assert list(plots_of(analyse(alone))) == [
        *("confusion-matrix", "classes", "calibration", "thresholds")
    ]


def test_long_names_keep_both_ends_and_show_hidden_characters() -> None:
    assert legible("oxide_scale_of_temperature_system") == "oxide_scale…ature_system"
    assert legible("Öl & Fett") == "Öl & Fett"
    assert legible("a\tb\u202e") == r"a\u0009b\u202e"
    long = legible(12 * "\u8868" + 12 * "\u9762")
    assert long == 5 * "\u8868" + "…" + 6 * "\u9762"
    assert columns(long) <= 24


@pytest.mark.parametrize(
    "name",
    [
        "\u826f\u54c1",  # Chinese
        "\u304d\u305a",  # Japanese
        "\ubd88\ub7c9",  # Korean
        "\u062e\u062f\u0634",  # Arabic
        "\u05e9\u05e8\u05d9\u05d8\u05d4",  # Hebrew
        "\u0446\u0430\u0440\u0430\u043f\u0438\u043d\u0430",  # Russian
        "a\u200db",
    ],
)
def test_names_of_these_scripts_are_drawn(name: str) -> None:
    assert is_drawable(name)
    assert "\u25a1" not in legible(name)


def test_figures_stay_behind_a_name_that_is_read_from_the_right() -> None:
    assert legible("\u062e\u062f\u0634") == "\u062e\u062f\u0634\u200e"


def test_three_chinese_classes_have_three_names_and_others_have_numbers(
    drawn: list[Figure],
) -> None:
    chinese = ["\u826f\u54c1", "\u5212\u75d5", "\u6c27\u5316"]
    thai = "\u0e02\u0e2d\u0e1a"
    names = [*chinese, thai]
    analysis = analyse(read_results(files_of(Shape(names, 60, epochs=1, mistakes=0, skill=1.5))))
    caption = replace(CAPTION, classes=names)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of letters that it cannot draw
        draw(analysis, ["confusion-matrix", "classes", "dataset"], caption)
    for figure in drawn:
        labels = " ".join(label.get_text() for label in figure.axes[0].get_yticklabels())
        assert all(name in labels for name in chinese)
        assert "class 4" in labels
        assert thai not in labels
        assert "class n: the n-th class in config.json" in head_of(figure)


def test_no_font_of_the_machine_is_used() -> None:
    own = (matplotlib.get_data_path(), str(FONT_PATH))
    assert {font.fname for font in fontManager.ttflist if not font.fname.startswith(own)} == set()


def contrast(colour: str) -> float:
    """Contrast with white: https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def test_colours_stand_out_from_the_paper() -> None:
    assert contrast(canvas.TRAIN.colour) > 3
    assert contrast(canvas.VALIDATION.colour) > 3
    assert contrast(canvas.FAINT) > 4.5
    assert contrast(canvas.BEST) > 4.5
    assert contrast(canvas.RIGHT) > 4.5


def test_pyplot_is_never_imported() -> None:
    program = "import sys, plot.publish; sys.exit('matplotlib.pyplot' in sys.modules)"
    paths = ":".join(path for path in sys.path if path)
    assert (
        run([sys.executable, "-c", program], env={"PYTHONPATH": paths}, check=False).returncode == 0
    )


def test_the_ticks_of_the_scores_are_whole_percentages(drawn: list[Figure]) -> None:
    shape = Shape(("good", "scratch"), epochs=2, skill=2.5)
    draw(analyse(read_results(files_of(shape))), ["classes"])

    [axes] = drawn[-1].axes
    ticks = [float(label.get_text()) for label in axes.get_xticklabels() if label.get_text()]
    steps = {round(b - a, 6) for a, b in pairwise(ticks)}
    assert len(ticks) > 3
    assert len(steps) == 1


def test_the_calibration_before_and_after_scaling_are_both_drawn(drawn: list[Figure]) -> None:
    analysis = analyse(read_results(files_of(Shape(images=60, epochs=2, folds=5))))
    plots_of(analysis)["calibration"](CAPTION)
    [figure] = drawn
    accuracy, _ = figure.axes
    lines = {line.get_label(): line for line in accuracy.get_lines()}
    assert set(lines) == {"perfect", "before scaling", "after, with 95 % interval"}
    assert analysis.calibration is not None
    assert analysis.calibration.before is not None
    for reliability, label in (
        (analysis.calibration.before, "before scaling"),
        (analysis.calibration.after, "after, with 95 % interval"),
    ):
        heights = [group.right.value for group in reliability.bins]
        assert lines[label].get_ydata() == pytest.approx(heights)
    for text in figure.texts:
        assert text.get_window_extent().x1 <= canvas.WIDTH_INCHES * canvas.DOTS_PER_INCH
    [head] = [text.get_text() for text in figure.texts if "calibration error" in text.get_text()]
    assert f"before scaling {100 * analysis.calibration.before.error:.1f}" in head
