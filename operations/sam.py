"""Starts the SAM CLI."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from operations.errors import OperationError

ROOT = Path(__file__).resolve().parent.parent


def sam(*arguments: str) -> int:
    """Run a command of the SAM CLI in the project's folder; return its exit code.

    `make` hands over its pinned SAM CLI in the variable SAM; without it, the one on the path.

    Raises:
        OperationError: there is no SAM CLI.
    """
    command = shlex.split(os.environ.get("SAM") or "sam")
    # The layers' Makefile calls uv, which lies beside this Python.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    if shutil.which(command[0], path=path) is None:
        raise OperationError(f"{command[0]} is not there: use `make`, or install the SAM CLI.")
    environment = os.environ | {"PATH": path, "SAM_CLI_TELEMETRY": "0"}
    return subprocess.run([*command, *arguments], cwd=ROOT, env=environment, check=False).returncode
