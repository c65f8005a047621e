"""Reads how the images were judged out of sample, and how the probabilities were calibrated. Pure.

out_of_sample.csv has every image of both sides, judged by a classifier that was trained without it,
its near copies and its group. calibration.json has the temperature that the exported model's logits
are divided by, and why there is no such table where there is none. Earlier versions and custom
training code leave neither, which isn't a fault.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated

from pydantic import Field

from plot.inputs.lenient_json import Count, LenientDocument, LenientReader, OrDefault
from plot.inputs.predictions import Predictions, read_predictions

OUT_OF_SAMPLE = "out_of_sample.csv"
CALIBRATION = "calibration.json"

Temperature = Annotated[float, Field(gt=0, le=1000)]


class TemperatureScaling(LenientDocument):
    """The temperature, and the folds that judged the images: 0 for the `reason`.

    The `remarks` say what the folds couldn't keep together, or judge.
    """

    temperature: Annotated[Temperature | None, OrDefault] = None
    folds: Annotated[Count, OrDefault] = 0
    reason: Annotated[str | None, OrDefault] = None
    remarks: Annotated[tuple[str, ...], OrDefault] = ()


def read_out_of_sample(
    reader: LenientReader,
) -> tuple[Predictions | None, TemperatureScaling | None]:
    """Read both files; None for one that isn't there or can't be used."""
    there = {*reader.files, *reader.faults}
    predictions = scaling = None
    if OUT_OF_SAMPLE in there:
        read = partial(read_predictions, name=OUT_OF_SAMPLE, clustered=True)
        predictions = reader.read(read, OUT_OF_SAMPLE, "only the validation images are judged")
        if predictions and OUT_OF_SAMPLE in reader.faults:
            reader.missing.append(f"{reader.faults[OUT_OF_SAMPLE]}.")
    if CALIBRATION in there:
        effect = "the calibration before temperature scaling is unknown"
        scaling = reader.document(TemperatureScaling, CALIBRATION, effect)
    return predictions, scaling
