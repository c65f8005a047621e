"""Runs train.py and has it send itself a signal amid an epoch: the same moment on every machine.

python self_interrupting_train.py SIGKILL 2   # in the middle of the epoch after the second
"""

import os
import signal
import sys

import checkpoint
import interruption
import train

SIGNAL, AFTER_EPOCH = signal.Signals[sys.argv[1]], int(sys.argv[2])
save, check = checkpoint.Checkpoints.save, interruption.Interruption.check
armed = False


def save_and_arm(
    self: checkpoint.Checkpoints, model: object, progress: checkpoint.Progress
) -> None:
    global armed  # noqa: PLW0603 - a script
    save(self, model, progress)
    armed = progress.epochs == AFTER_EPOCH


def signal_and_check(self: interruption.Interruption) -> None:
    if armed:
        os.kill(os.getpid(), SIGNAL)
    check(self)


checkpoint.Checkpoints.save = save_and_arm  # type: ignore[method-assign]
interruption.Interruption.check = signal_and_check  # type: ignore[method-assign]
sys.exit(train.main([]))
