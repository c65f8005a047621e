"""The look of every plot: colours, sizes and strokes.

Blue, vermilion and bluish green of the palette by Okabe and Ito (https://jfly.uni-koeln.de/color/)
stay apart for every common kind of colour blindness; marker and stroke differ as well, for print in
grey.
"""

from __future__ import annotations

from dataclasses import dataclass

WIDTH_INCHES = 8.0
HEIGHT_INCHES = 5.0
DOTS_PER_INCH = 160  # 1280 x 800 pixels: sharp on a laptop, and large enough for a slide

INK = "#222222"
FAINT = "#6b6b6b"
GRID = "#dddddd"
PAPER = "#ffffff"
BEST = "#117733"
RIGHT = "#0072B2"
WRONG = "#D55E00"

TITLE_POINTS = 14
SUBTITLE_POINTS = 9.5
LABEL_POINTS = 11
TICK_POINTS = 10

# Beyond this many epochs a marker per epoch is a smear.
MAXIMUM_MARKED_EPOCHS = 40


@dataclass(frozen=True)
class Stroke:
    """How one line is drawn; sizes in points.

    The train marker is the larger one: it shows around the other where both fall together.
    """

    colour: str
    marker: str
    marker_size: float
    dashes: str
    width: float


TRAIN = Stroke(colour="#0072B2", marker="o", marker_size=6.5, dashes="--", width=1.6)
VALIDATION = Stroke(colour="#D55E00", marker="s", marker_size=4.5, dashes="-", width=2.2)

PRECISION = Stroke(colour="#0072B2", marker="o", marker_size=6.5, dashes="-", width=1.6)
RECALL = Stroke(colour="#D55E00", marker="s", marker_size=6.0, dashes="-", width=1.6)
F1 = Stroke(colour="#222222", marker="D", marker_size=5.5, dashes="-", width=1.6)
