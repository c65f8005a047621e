"""What the launch is told by the template."""

from __future__ import annotations

from pydantic import Field

from common.settings import CommonSettings


class LaunchSettings(CommonSettings):
    """Times are seconds; hyperparameters are passed on to the training code as they are."""

    topic_arn: str
    stack_hash: str = Field(pattern="^[0-9a-f]{8}$")
    stack_name: str
    training_image: str
    training_role_arn: str
    instance_type: str
    volume_gigabytes: int = Field(ge=1)
    use_spot: bool
    maximum_run_seconds: int = Field(ge=60)
    maximum_runs_per_day: int = Field(ge=1)
    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    image_size: int = Field(ge=16)
    split_seed: int = Field(ge=0)

    def hyperparameters(self) -> dict[str, str]:
        """Return the training code's flags without their dashes, each value as text."""
        return {
            "epochs": str(self.epochs),
            "batch-size": str(self.batch_size),
            "learning-rate": repr(self.learning_rate),
            "image-size": str(self.image_size),
            "seed": str(self.split_seed),
        }
