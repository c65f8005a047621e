"""The environment of this process and of all that it starts: what is named here, nothing else.

A shell holds credentials, profiles, endpoints, proxies and settings of Python, TensorFlow and many
others, and every new version of a library may read one more. So a list of what passes, not of what
is kept out. What is missing in it: TF_*, XLA_*, KERAS_*, MPL* and PYTHON*, which change what is
computed or break it; LD_PRELOAD; certificates, since nothing here speaks TLS.
"""

from __future__ import annotations

import os
from pathlib import Path

# Where programs and temporary files are, and in which language they speak; with all of LC_*.
SHELL = frozenset({"PATH", "TMPDIR", "LANG", "LANGUAGE", "TZ"})
# The machine's libraries, graphics cards and cores: without them some cannot compute at all.
MACHINE = frozenset(
    {
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "CUDA_VISIBLE_DEVICES",
        "CUDA_DEVICE_ORDER",
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "OPENBLAS_CORETYPE",
    }
)
# How wide the terminal is and which colours it has; for this process alone.
TERMINAL = frozenset(
    {"TERM", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"}
)
# Also against the proxies that macOS keeps outside the environment. curl and Rust read the small
# letters, others the large ones.
NO_PROXY = {"NO_PROXY": "*", "no_proxy": "*"}
# botocore reads its files at import and for each session, and would ask a server for credentials.
NO_AWS_FILES = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def isolate() -> None:
    """Take from this process what does not pass; call it before anything reads the environment.

    It has no home either: ~/.aws/models, for one, would change what the clients ask for.
    """
    own = _passing(SHELL | MACHINE | TERMINAL) | NO_PROXY | NO_AWS_FILES | {"HOME": os.devnull}
    os.environ.clear()
    os.environ.update(own)


def for_child(home: Path) -> dict[str, str]:
    """Return what every child process starts with; `home` stands for the user's.

    The user's home holds ~/.aws, ~/.keras and ~/.config/matplotlib.
    """
    home.mkdir(parents=True, exist_ok=True)
    return _passing(SHELL | MACHINE) | NO_PROXY | {"HOME": str(home)}


def _passing(names: frozenset[str]) -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if name in names or name.startswith("LC_")
    }
