"""Lambda's context as the handlers see it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class LambdaContext:
    """What Powertools and the handlers read of it."""

    function_name: str = "function"
    memory_limit_in_mb: int = 1769
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id: str = "8f5a2c1e"
    remaining_milliseconds: int = 900_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_milliseconds
