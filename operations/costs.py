"""What droptrain costs on AWS, with the arithmetic.

Prices come from prices.yaml; timeouts, memory and limits from template.yaml; requests were counted.
Where only AWS could tell, the most that is possible is taken.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from operations.prices import Price, Prices

DAYS_OF_A_MONTH = 30
MINUTES_OF_A_MONTH = 60 * 24 * DAYS_OF_A_MONTH
QUEUES = 2  # of drops and of images to answer
# Lambda asks an idle queue with five long polls of 20 seconds each. AWS lowers that to two only
# where no maximum concurrency is set, as one is here.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
POLLERS, POLLS_A_MINUTE = 5, 3
# An assumption for some thousand images. A listing of a million takes a minute and 1,000 requests.
DAILY_SECONDS = 10
REQUESTS_OF_A_MESSAGE = 3  # send, receive, delete; at worst each for itself
# Types with disks of their own, to which SageMaker adds no volume.
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html
WITH_DISK = ("ml.g", "ml.p", "ml.r5d.")

# What a drop asked of AWS on the local cloud on 2026-11-26, with 200 and with 2,000 images trained
# for two epochs. Each further image added a copy and a fetch, and nothing else but a few requests
# of the job (10 and 13 writes). tests/integration/split/test_requests.py counts the split's: ten
# lists more since it also looks for a sealed test set and its copies.
WRITES = {"intake": 2, "split": 57, "launch": 43, "plot": 25}  # PUT and LIST, beside the copies
READS = {"intake": 1, "split": 14, "launch": 5, "plot": 12}
JOB_READS, JOB_WRITES, CHECKPOINT_WRITES = 37, 13, 6  # beside the images; of each epoch
INVOCATIONS = {"split": 2, "launch": 2, "plot": 1}
METRICS = 5
# Assumed of an image: a photograph of 12 megapixels is decoded and answered, on one vCPU.
ANSWER_SECONDS = 1.0
ANSWERS = 1000
# Of a minute with answers, its tables and pages: written and listed, and read without pictures.
PAGE_WRITES, PAGE_READS, PAGE_SECONDS = 8, 4, 5
MODEL_MEGABYTES, CHECKPOINT_MEGABYTES = 13, 11


@dataclass(frozen=True)
class Usage:
    """What the tables are made for; `megabytes` are those of one image."""

    images: int = 1000
    megabytes: float = 2.0
    upload_minutes: float = 10.0
    minutes: float = 10.0
    instance: str = "ml.m5.xlarge"


@dataclass(frozen=True)
class Charge:
    """A row: so much of something at a price."""

    item: str
    arithmetic: str
    amount: float
    price: Price

    @property
    def dollars(self) -> float:
        """What the row comes to."""
        return self.amount * self.price.dollars


class Bill:
    """The charges for some usage."""

    def __init__(self, usage: Usage, prices: Prices, template: Mapping[str, Any]) -> None:
        self.usage, self.prices = usage, prices
        self.defaults = {name: rule.get("Default") for name, rule in template["Parameters"].items()}
        self._resources: Mapping[str, Any] = template["Resources"]

    def idle(self) -> list[Charge]:
        """Return the charges of a month without a drop."""
        polls = QUEUES * POLLERS * POLLS_A_MINUTE * MINUTES_OF_A_MONTH
        text = (
            f"{QUEUES} queues x {POLLERS} polls x {POLLS_A_MINUTE} a minute x "
            f"{MINUTES_OF_A_MONTH:,} minutes"
        )
        metrics = alarm_metrics(self._resources)
        return [
            self._charge("Lambda polling the queues", text, polls, "sqs_request"),
            self._charge("metrics of the alarms", f"{metrics}", metrics, "alarm"),
            self._daily("split"),
            self._daily("watch"),
            self._daily("predict"),
        ]

    def storage(self) -> list[Charge]:
        """Return the charges of a month's storage of the images."""
        gigabytes = self.usage.images * self.usage.megabytes / 1000
        size = f"{self.usage.images:,} x {self.usage.megabytes:g} MB"
        rules = self._properties("Bucket")["LifecycleConfiguration"]["Rules"]
        [rule] = [rule for rule in rules if rule["Id"] == "ExpireNoncurrentVersions"]
        old = rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
        days = f"{self.defaults['DatasetExpiryDays']} + {old} days"
        return [
            self._charge("images, until you delete them", size, gigabytes, "s3_storage"),
            self._charge(f"their copies, for {days}", size, gigabytes, "s3_storage"),
        ]

    def drop(self) -> list[Charge]:
        """Return the charges of a drop without its training job."""
        images, writes, reads = self.usage.images, sum(WRITES.values()), sum(READS.values())
        messages, hours = images * REQUESTS_OF_A_MESSAGE, 24 * DAYS_OF_A_MONTH
        text = f"{images:,} x {REQUESTS_OF_A_MESSAGE}"
        return [
            self._charge("uploads", f"{images:,}", images, "s3_write"),
            self._charge("copies", f"{images:,}", images, "s3_write"),
            self._charge("other writes and lists", f"{writes:,}", writes, "s3_write"),
            self._charge("reads", f"{reads:,}", reads, "s3_read"),
            self._charge("messages, at most", text, messages, "sqs_request"),
            self._intake(),
            *(self._until_timeout(name, count) for name, count in INVOCATIONS.items()),
            self._charge("metrics", f"{METRICS} for 1 / {hours} months", METRICS / hours, "metric"),
        ]

    def job(self) -> list[Charge]:
        """Return the charges of one training job, and of its results in the month after."""
        minutes, instance = self.usage.minutes, self.usage.instance
        epochs = self.defaults["Epochs"]
        reads, writes = JOB_READS + self.usage.images, JOB_WRITES + CHECKPOINT_WRITES * epochs
        stored = f"{MODEL_MEGABYTES} MB + {epochs} epochs x {CHECKPOINT_MEGABYTES} MB"
        gigabytes = (MODEL_MEGABYTES + epochs * CHECKPOINT_MEGABYTES) / 1000
        price = self.prices.instance(instance)
        charges = [Charge(f"`{instance}`", f"{minutes:g} / 60 hours", minutes / 60, price)]
        if not instance.startswith(WITH_DISK):
            variables = self._properties("LaunchFunction")["Environment"]["Variables"]
            size, months = variables["VOLUME_GIGABYTES"], minutes / MINUTES_OF_A_MONTH
            text = f"{size} GB x {minutes:g} / {MINUTES_OF_A_MONTH:,} months"
            charges.append(self._charge("its disk", text, size * months, "training_volume"))
        return [
            *charges,
            self._charge("fetching images and code", f"{reads:,}", reads, "s3_read"),
            self._charge("storing model and checkpoints", f"{writes:,}", writes, "s3_write"),
            self._charge("keeping the results, a month", stored, gigabytes, "s3_storage"),
        ]

    def predictions(self) -> list[Charge]:
        """Return the charges of a thousand answers, in batches as large as they may be."""
        properties = self._properties("PredictFunction")
        batch = properties["Events"]["Inbox"]["Properties"]["BatchSize"]
        at_once = properties["Events"]["Inbox"]["Properties"]["ScalingConfig"]["MaximumConcurrency"]
        batches, gigabytes = ANSWERS // batch, properties["MemorySize"] / 1024
        minutes = math.ceil(ANSWERS * ANSWER_SECONDS / at_once / 60)
        writes, reads = 2 * batches + PAGE_WRITES * minutes, ANSWERS + 3 * batches
        reads += PAGE_READS * minutes
        seconds = ANSWERS * ANSWER_SECONDS + PAGE_SECONDS * minutes
        messages = ANSWERS * REQUESTS_OF_A_MESSAGE
        text = (
            f"({ANSWERS:,} x {ANSWER_SECONDS:g} s + {minutes} x {PAGE_SECONDS} s) x "
            f"{gigabytes:.3g} GB"
        )
        written = f"{batches} batches x 2 + {minutes} minutes x {PAGE_WRITES}"
        return [
            self._charge("uploads", f"{ANSWERS:,}", ANSWERS, "s3_write"),
            self._charge("answers, tables and pages", written, writes, "s3_write"),
            self._charge("reads", f"{reads:,}", reads, "s3_read"),
            self._charge(
                "messages, at most",
                f"{ANSWERS:,} x {REQUESTS_OF_A_MESSAGE}",
                messages,
                "sqs_request",
            ),
            self._charge("predict, assumed", text, seconds * gigabytes, "lambda_time"),
        ]

    def _daily(self, name: str) -> Charge:
        gigabytes = self._properties(f"{name.capitalize()}Function")["MemorySize"] / 1024
        text = f"{DAYS_OF_A_MONTH} x {DAILY_SECONDS} s x {gigabytes:.3g} GB"
        amount = DAYS_OF_A_MONTH * DAILY_SECONDS * gigabytes
        return self._charge(f"{name} once a day, about", text, amount, "lambda_time")

    def _intake(self) -> Charge:
        properties = self._properties("IntakeFunction")
        at_once = properties["Events"]["Drops"]["Properties"]["ScalingConfig"]["MaximumConcurrency"]
        seconds, gigabytes = self.usage.upload_minutes * 60, properties["MemorySize"] / 1024
        text = f"{at_once} at once x {seconds:g} s of uploading x {gigabytes:g} GB"
        return self._charge("intake, at most", text, at_once * seconds * gigabytes, "lambda_time")

    def _until_timeout(self, name: str, invocations: int) -> Charge:
        properties = self._properties(f"{name.capitalize()}Function")
        seconds, gigabytes = properties["Timeout"], properties["MemorySize"] / 1024
        text = f"{invocations} x {seconds} s x {gigabytes:.3g} GB"
        amount = invocations * seconds * gigabytes
        return self._charge(f"{name}, at most", text, amount, "lambda_time")

    def _properties(self, logical_id: str) -> Any:
        return self._resources[logical_id]["Properties"]

    def _charge(self, item: str, arithmetic: str, amount: float, price: str) -> Charge:
        return Charge(item, arithmetic, amount, self.prices.usage[price])


def alarm_metrics(resources: Mapping[str, Any]) -> int:
    """Count the metrics of all alarms: CloudWatch bills each, not the alarm.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_billing.html
    """
    alarms = [
        resource["Properties"]
        for resource in resources.values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    ]
    metrics = [alarm.get("Metrics", [{"MetricStat": alarm}]) for alarm in alarms]
    return sum("MetricStat" in metric for of_alarm in metrics for metric in of_alarm)
