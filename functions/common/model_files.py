"""The files of a run's model that predictions need, `runs/<run>/model/…`. Pure."""

from __future__ import annotations

NETWORK = "model.tflite"
LABELS = "labels.json"
PREPROCESSING = "preprocessing.json"
KNOWN_IMAGES = "novelty.npz"
NOVELTY = "novelty.json"
