"""The plots of a run: accuracy and loss per epoch, as PNG bytes. Pure: no file, no AWS."""

from __future__ import annotations

from plot.drawing import Caption, Panel, draw
from plot.history import History


def draw_all(history: History, caption: Caption) -> dict[str, bytes]:
    """Draw every plot; the names are those of `runs/<run>/plots/<name>.png`."""
    return {"accuracy": draw_accuracy(history, caption), "loss": draw_loss(history, caption)}


def draw_accuracy(history: History, caption: Caption) -> bytes:
    """Draw the share of images classified correctly, per epoch."""
    panel = Panel(
        title="Accuracy per epoch",
        axis="Accuracy (% of images classified correctly)",
        train=history.accuracy,
        validation=history.val_accuracy,
        is_share=True,
    )
    return draw(history, panel, caption)


def draw_loss(history: History, caption: Caption) -> bytes:
    """Draw the cross-entropy, per epoch."""
    panel = Panel(
        title="Loss per epoch",
        axis="Loss (cross-entropy, nats; lower is better)",
        train=history.loss,
        validation=history.val_loss,
        is_share=False,
    )
    return draw(history, panel, caption)
