"""Starts programs as a terminal does."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def as_in_a_terminal(command: Sequence[str]) -> list[str]:
    """Return the command so that it ignores no signal.

    What `nohup`, a script's background job or a CI runner ignores is ignored by all they start,
    these tests and their children among them.
    """
    if sys.platform != "linux":  # other systems' env has no such option
        return list(command)
    return ["env", "--default-signal=HUP,INT,TERM", *command]
