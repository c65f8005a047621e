"""Draws how many images each class has on each side."""

from __future__ import annotations

from collections.abc import Mapping

from plot.figures import canvas, style
from plot.figures.canvas import Caption

MAXIMUM_CLASSES = 50
MANY = 15


def draw_sides(train: Mapping[str, int], validation: Mapping[str, int], caption: Caption) -> bytes:
    """Draw a bar per class, the largest on top."""
    sizes = {
        name: (train.get(name, 0), validation.get(name, 0)) for name in {**train, **validation}
    }
    ranked = sorted(sizes.items(), key=lambda item: (-sum(item[1]), item[0]))
    shown = ranked[:MAXIMUM_CLASSES]
    lines = caption.lines
    if len(shown) < len(ranked):
        lines.append(f"the {len(shown)} largest of {len(ranked)} classes")
    row = 0.24 if len(shown) > MANY else 0.4
    height = canvas.head_inches(len(lines)) + 0.8 + row * len(shown)
    figure = canvas.new_figure(
        "Classes and sides of the dataset", lines, height=max(style.HEIGHT_INCHES, height)
    )
    axes = figure.subplots()
    canvas.dress(axes, "Images", "", grid="x")
    places = range(len(shown))
    trained = [counts[0] for _, counts in shown]
    validated = [counts[1] for _, counts in shown]
    axes.barh(places, trained, color=style.TRAIN.colour, label="train", height=0.72)
    axes.barh(
        places,
        validated,
        left=trained,
        color=style.VALIDATION.colour,
        label="validation",
        height=0.72,
        hatch="///",
        edgecolor=style.PAPER,
        linewidth=0,
    )
    largest = max((sum(counts) for _, counts in shown), default=1) or 1
    points = 8 if len(shown) > MANY else style.TICK_POINTS
    for place, (_, counts) in enumerate(shown):
        axes.text(
            sum(counts) + 0.01 * largest,
            place,
            f"{counts[0]:,} + {counts[1]:,}",
            va="center",
            fontsize=points,
            color=style.INK,
        )
    axes.set_xlim(0, 1.16 * largest)
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_yticks(places, labels=[caption.name(name) for name, _ in shown])
    axes.tick_params(axis="y", length=0, labelsize=points)
    canvas.legend(figure, axes)
    return canvas.to_png(figure)
