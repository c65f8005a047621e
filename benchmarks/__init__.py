"""Speed and accuracy against peers; docs/benchmarks.md has the results. None of it runs on AWS."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Neither is installed.
sys.path[:0] = [str(ROOT / "functions"), str(ROOT / "training_code")]
os.environ |= {"POWERTOOLS_LOG_LEVEL": "ERROR", "TF_CPP_MIN_LOG_LEVEL": "3"}
