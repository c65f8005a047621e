"""What an hour of training on demand costs, in US dollars, for the estimate of a run. Pure."""

from __future__ import annotations

from typing import Final

# <instance prices: written by `make docs`>
REGION: Final = "us-east-1"
DOLLARS_AN_HOUR: Final[dict[str, float]] = {
    "ml.m5.large": 0.115,
    "ml.m5.xlarge": 0.23,
    "ml.m5.2xlarge": 0.461,
    "ml.m5.4xlarge": 0.922,
    "ml.c5.xlarge": 0.204,
    "ml.c5.2xlarge": 0.408,
    "ml.c5.4xlarge": 0.816,
    "ml.g4dn.xlarge": 0.7364,
    "ml.g4dn.2xlarge": 0.94,
    "ml.g5.xlarge": 1.408,
    "ml.g5.2xlarge": 1.515,
    "ml.g5.4xlarge": 2.03,
}
# </instance prices>
