"""Answer with what it was given; fail, hang or die when asked to."""

import importlib.util
import os
import sys
import time
from pathlib import Path
from typing import Any


def handle(event: Any, context: Any) -> Any:
    if event.get("fail"):
        raise ValueError("asked to fail")
    if event.get("hang"):
        Path(event["hang"]).touch()
        time.sleep(900)
    if event.get("die"):
        os._exit(7)
    sys.stdout.write("split speaks\n")
    return {
        "status": "ready",
        "keys": event.get("keys"),
        "greeting": os.environ["GREETING"],
        "variables": sorted(os.environ),
        "request_id": context.aws_request_id,
        "milliseconds_left": context.get_remaining_time_in_millis(),
        "importable": [
            name
            for name in ("local_cloud", "training_job", "functions")
            if importlib.util.find_spec(name)
        ],
        "process": os.getpid(),
        "path": sys.path,
    }
