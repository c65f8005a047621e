"""Makes archives as SageMaker does, and as an attacker would."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from typing import Any

HISTORY = {
    "accuracy": [0.41, 0.72, 0.9],
    "loss": [1.2, 0.7, 0.3],
    "val_accuracy": [0.4, 0.8, 0.75],
    "val_loss": [1.25, 0.6, 0.65],
    "learning_rate": [0.002, 0.001, 0.0005],
}
CONFIG: dict[str, Any] = {
    "hyperparameters": {"epochs": 3},
    "classes": ["good", "oil", "scratch", "stain"],
    "images": {
        "train": {"good": 240, "oil": 240, "scratch": 240, "stain": 240},
        "validation": {"good": 60, "oil": 60, "scratch": 60, "stain": 60},
    },
    "best_epoch": 2,
    "exported_epoch": 3,
}
PREDICTIONS = (
    b"file,class,predicted,probability\n"
    b"good/a.jpg,good,good,0.98\n"
    b"good/b.jpg,good,good,0.91\n"
    b"oil/c.jpg,oil,oil,0.88\n"
    b"oil/d.jpg,oil,good,0.61\n"
)


def member(name: str, body: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "") -> Any:
    """Make one member: its header and its bytes."""
    header = tarfile.TarInfo(name)
    header.type = kind
    header.linkname = link
    header.size = len(body)
    return header, body


def pack(members: Sequence[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """Pack members into a tar.gz."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w:gz") as archive:
        for header, body in members:
            archive.addfile(header, io.BytesIO(body))
    return output.getvalue()


def output_archive(
    history: Any = HISTORY, config: Any = CONFIG, extra: Mapping[str, bytes] | None = None
) -> bytes:
    """Make what the training code leaves in /opt/ml/output/data, as SageMaker packs it."""
    files = {
        "classes.json": json.dumps(CONFIG["classes"]).encode(),
        "config.json": json.dumps(config).encode(),
        "history.json": json.dumps(history).encode(),
        "predictions.csv": PREDICTIONS,
        "skipped.json": b"[]",
        **(extra or {}),
    }
    return pack([member(name, body) for name, body in files.items()])
