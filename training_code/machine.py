"""Checks the machine against what was ordered and makes TensorFlow repeatable."""

import platform
import re

import keras
import tensorflow as tf

from failure import JobError

_GPU_INSTANCE = re.compile(r"ml\.[gp]\d")  # ml.g4dn.xlarge, ml.p5.48xlarge


def prepare(instance_type: str | None, seed: int) -> None:
    """Seed everything; raises JobError when a GPU is paid for and none can be used."""
    check_gpu(instance_type, len(tf.config.list_physical_devices("GPU")))
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def check_gpu(instance_type: str | None, gpus: int) -> None:
    """Raise JobError on a GPU instance on which TensorFlow sees none."""
    if instance_type and _GPU_INSTANCE.match(instance_type) and gpus == 0:
        raise JobError(
            f"{instance_type} has a GPU but TensorFlow sees none, so training would be slow and "
            "dear: use the GPU variant of the training image, or an instance type without a GPU."
        )


def versions() -> dict[str, str]:
    """Return what the training ran on."""
    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
    }
