"""Until when AWS patches the training image of the template."""

from __future__ import annotations

import datetime as dt

VERSION = "2.21"
# The end of patch of TensorFlow 2.21's training image:
# https://aws.github.io/deep-learning-containers/reference/support_policy/
PATCHED_UNTIL = dt.date(2027, 7, 10)
NOTICE = dt.timedelta(days=90)


def image_warning(today: dt.date) -> str | None:
    """Return what to do when the image's patches end soon or have ended; None before."""
    if today < PATCHED_UNTIL - NOTICE:
        return None
    verb = "patches it until" if today <= PATCHED_UNTIL else "patched it until"
    return (
        f"The jobs train in AWS's TensorFlow {VERSION} image. AWS {verb} {PATCHED_UNTIL}; after "
        "that jobs go on working, without security fixes. Get a version of droptrain with a newer "
        "image: `git pull`, then `droptrain deploy`."
    )
