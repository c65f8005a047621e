"""Settings of the function, from the template."""

from __future__ import annotations

from pydantic import Field

from common.settings import CommonSettings
from plot.gate import GateRules


class PlotSettings(CommonSettings):
    """The bucket, the topic for notifications, and how models are judged."""

    topic_arn: str = Field(pattern=r"^arn:aws[a-z-]*:sns:")
    maximum_miss_rate: float = Field(ge=0, le=0.5)
    minimum_macro_f1: float = Field(ge=0, le=1)
    promote_when_undecided: bool

    @property
    def gate_rules(self) -> GateRules:
        """What is demanded of a model that becomes the current one."""
        return GateRules(self.minimum_macro_f1, self.promote_when_undecided)
