"""The environment of this process and its children: the variables listed here, and no others.

A shell has credentials, profiles, endpoints, proxies and settings of Python, TensorFlow and many
others, and every new version of a library may read one more. So this is a list of what passes, not
of what is blocked. It leaves out TF_*, XLA_*, KERAS_*, MPL* and PYTHON*, which change results or
break them; LD_PRELOAD; and certificates, since nothing here uses TLS.
"""

from __future__ import annotations

import os
from pathlib import Path

# The paths of programs and temporary files, and the language; LC_* also pass.
SHELL = frozenset({"PATH", "TMPDIR", "LANG", "LANGUAGE", "TZ"})
# The machine's libraries, graphics cards and cores: some machines compute nothing without them.
MACHINE = frozenset(
    (
        *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"),
        *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE"),
    )
)
# The terminal's width and colours; for this process alone.
TERMINAL = frozenset(
    {"TERM", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"}
)
# Also against the proxies that macOS keeps outside the environment. curl and Rust read the lower
# case, others the upper.
NO_PROXY = {"NO_PROXY": "*", "no_proxy": "*"}
# botocore reads its files at import and for each session, and would ask a server for credentials.
NO_AWS_FILES = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def isolate() -> None:
    """Remove the other variables from this process; call it before anything reads them.

    HOME goes too: ~/.aws/models, for one, would change the requests of the clients.
    """
    own = _passing(SHELL | MACHINE | TERMINAL) | NO_PROXY | NO_AWS_FILES | {"HOME": os.devnull}
    os.environ.clear()
    os.environ.update(own)


def for_child(home: Path) -> dict[str, str]:
    """Return the environment of a child process; `home` replaces the user's home.

    The user's home has ~/.aws, ~/.keras and ~/.config/matplotlib.
    """
    home.mkdir(parents=True, exist_ok=True)
    return _passing(SHELL | MACHINE) | NO_PROXY | {"HOME": str(home)}


def _passing(names: frozenset[str]) -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if name in names or name.startswith("LC_")
    }
