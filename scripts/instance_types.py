"""The instance types that the template allows, and why it refuses the others."""

from __future__ import annotations

# Families of SageMaker's training types that AWS's TensorFlow 2.21 images run on. A test compares
# them with the types that botocore knows.
CPU = (
    *("c4", "c5", "c5n", "c6i", "c7i", "c7i-flex", "c8i", "c8i-flex"),
    *("m4", "m5", "m6i", "m7i", "m7i-flex", "m8i", "m8i-flex"),
    *("r5", "r5d", "r6i", "r7i", "r8i", "r8i-flex", "t3"),
)
GPU = ("g4dn", "g5", "g6", "g6e", "p4d", "p4de", "p5", "p5e", "p5en")
SIZE = "(medium|large|[0-9]{0,3}xlarge)"

# TensorFlow's wheels contain code for GPUs up to compute capability 9.0; the code they compile for
# newer ones at run time doesn't load:
# https://github.com/tensorflow/tensorflow/blob/v2.21.0/.bazelrc (cuda_clang)
# https://github.com/tensorflow/tensorflow/issues/111958
# The image's cuDNN, from 9.11 on, doesn't support GPUs below 7.5:
# https://github.com/aws/deep-learning-containers/blob/main/docker/tensorflow/training/2.21/cuda/pyproject.toml
# https://github.com/conda-forge/cudnn-feedstock/issues/124
TOO_OLD = "these GPUs are older than Turing, which the image's cuDNN no longer supports"
TOO_NEW = "these GPUs are Blackwell, and TensorFlow 2.21 is built for GPUs up to Hopper"
NO_GPU = "these have Trainium, and the image is for CPUs and NVIDIA's GPUs"
REFUSED = {
    "p2": TOO_OLD,
    "p3": TOO_OLD,
    "p3dn": TOO_OLD,
    "g7": TOO_NEW,
    "g7e": TOO_NEW,
    "p6-b200": TOO_NEW,
    "p6-b300": TOO_NEW,
    "p6e-gb200": "the processor is Arm, and the image is for x86",
    "trn1": NO_GPU,
    "trn1n": NO_GPU,
    "trn2": NO_GPU,
}


def pattern() -> str:
    """Return the regular expression of one to five allowed types with commas between."""
    return rf"^(?!,)((^|,)ml\.({'|'.join(sorted((*CPU, *GPU)))})\.{SIZE}){{1,5}}$"


def allowed_pattern() -> str:
    """Return the line of template.yaml with the pattern."""
    return '    AllowedPattern: "' + pattern().replace("\\", "\\\\") + '"\n'


def table() -> str:
    """Return the table of the families for docs/parameters.md."""
    families = {"the CPU": CPU, "all GPUs of the machine": GPU}
    for reason in dict.fromkeys(REFUSED.values()):
        refused = tuple(name for name in REFUSED if REFUSED[name] == reason)
        families[f"refused: {reason}"] = refused
    rows = [
        f"| {', '.join(f'`ml.{name}`' for name in names)} | {device} |"
        for device, names in families.items()
    ]
    return "\n".join(["| types of | trained on |", "|---|---|", *rows])
