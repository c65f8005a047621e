"""Starts the SAM CLI."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from operations.errors import OperationError

SAM_CLI = "aws-sam-cli==1.170.0"  # the Makefile reads it here
ROOT = Path(__file__).resolve().parent.parent


def sam(*arguments: str) -> int:
    """Run a command of the SAM CLI in the project's folder; return its exit code.

    It is the command in the variable SAM, else the pinned version if uv is installed with this
    Python, else the `sam` on the path.

    Raises:
        OperationError: there is no SAM CLI.
    """
    # The layers' Makefile calls uv, which is installed beside this Python.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    pinned = f"uvx --quiet --from {SAM_CLI} sam" if shutil.which("uvx", path=path) else "sam"
    command = shlex.split(os.environ.get("SAM") or pinned)
    if shutil.which(command[0], path=path) is None:
        raise OperationError(
            f"There is no {command[0]}: install the SAM CLI, or let `make deploy` fetch it."
        )
    environment = os.environ | {"PATH": path, "SAM_CLI_TELEMETRY": "0"}
    return subprocess.run([*command, *arguments], cwd=ROOT, env=environment, check=False).returncode
