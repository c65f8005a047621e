"""The settings of launch, from its environment in the template, the tags of its jobs among them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from common.limits import LimitSettings
from common.settings import ScheduleSettings

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Tag.html
# A comma separates two tags, the first "=" a key from its value.
TAG_KEY = re.compile(r"[A-Za-z0-9 _.:/+@-]{1,128}")
TAG_VALUE = re.compile(r"[A-Za-z0-9 _.:/=+@-]{0,256}")
# AWS reserves "aws:", in upper and lower case: https://docs.aws.amazon.com/general/latest/gr/aws_tagging.html
RESERVED_TAGS = ("aws:", "droptrain:")
# A job may have 50 tags; droptrain adds four: see launch/request.py.
MAXIMUM_TAGS = 46


def read_tags(text: str) -> dict[str, str]:
    """Read the tags of each training job, such as `CostCenter=42,Owner=quality`, by key.

    Raises:
        ValueError: AWS wouldn't accept a tag, one appears twice, or there are too many.
    """
    tags: dict[str, str] = {}
    for item in text.split(",") if text else []:
        key, _, value = item.partition("=")
        fault = _fault_of_tag(item, key, value, tags)
        if fault:
            raise ValueError(f"the tag {item!r} {fault}")
        tags[key] = value
    if len(tags) > MAXIMUM_TAGS:
        raise ValueError(f"there are {len(tags)} tags; at most {MAXIMUM_TAGS} are allowed")
    return tags


def _fault_of_tag(item: str, key: str, value: str, before: dict[str, str]) -> str | None:
    faults = (
        ("=" not in item, "isn't a key and a value with = between them"),
        (not TAG_KEY.fullmatch(key), "has a key that AWS doesn't allow"),
        (not TAG_VALUE.fullmatch(value), "has a value that AWS doesn't allow"),
        (key.lower().startswith(RESERVED_TAGS), f"begins with {' or '.join(RESERVED_TAGS)}"),
        (key in before, "appears twice"),
    )
    return next((fault for applies, fault in faults if applies), None)


# Separated by commas; an empty text has none.
Identifiers = Annotated[
    tuple[str, ...], BeforeValidator(lambda text: text.split(",") if text else [])
]

# As many as SageMaker takes in a list of preferences, none twice:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_InstancePreference.html
InstanceTypes = Annotated[
    tuple[Annotated[str, Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")], ...],
    BeforeValidator(lambda text: list(dict.fromkeys(text.split(",")))),
    Field(min_length=1, max_length=5),
]


class LaunchSettings(ScheduleSettings, LimitSettings):
    """Times are in seconds; hyperparameters are passed to the training code unchanged."""

    topic_arn: str
    watch_function_arn: str
    stack_name: str
    training_image_cpu: str
    training_image_gpu: str
    training_role_arn: str
    # The most that a VpcConfig takes:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_VpcConfig.html
    training_subnets: Identifiers = Field(max_length=16)
    training_security_groups: Identifiers = Field(max_length=5)
    job_tags: Annotated[dict[str, str], BeforeValidator(read_tags)]
    instance_types: InstanceTypes
    volume_gigabytes: int = Field(ge=1)
    use_spot: bool
    architecture: str = Field(min_length=1)
    pretrained_weights: str = Field(pattern=r"^$|^[A-Za-z0-9][A-Za-z0-9._-]*$")
    epochs: int = Field(ge=1)
    patience: int = Field(ge=0)
    batch_size: int = Field(ge=1)
    learning_rate: float = Field(ge=0)
    image_size: int = Field(ge=0)
    folds: int = Field(ge=0)
    minimum_images_per_class: int = Field(ge=0)
    split_seed: int = Field(ge=0)

    @field_validator("training_security_groups")
    @classmethod
    def _both_or_neither(cls, groups: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if bool(groups) != bool(info.data.get("training_subnets", groups)):
            raise ValueError("subnets and security groups belong together: set both or neither")
        return groups

    def hyperparameters(self) -> dict[str, str]:
        """Return the training code's options without their dashes, each value as text."""
        return {
            "architecture": self.architecture,
            "epochs": str(self.epochs),
            "patience": str(self.patience),
            "batch-size": str(self.batch_size),
            "learning-rate": repr(self.learning_rate),
            "image-size": str(self.image_size),
            "folds": str(self.folds),
            "minimum-images-per-class": str(self.minimum_images_per_class),
            "seed": str(self.split_seed),
        }
