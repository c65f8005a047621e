"""The rows of the bill: so many of something at so many dollars each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from operations.prices import WITH_DISK, Price, Prices
from scripts.costs.counts import Counts

DAYS_OF_A_MONTH = 30
MINUTES_OF_A_MONTH = 60 * 24 * DAYS_OF_A_MONTH
# Lambda asks an idle queue with five long polls of 20 seconds each. AWS lowers that to two only
# where no maximum concurrency is set, as one is here.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
POLLERS = 5
POLLS_A_MINUTE = 3
# A message is sent, received and deleted; at worst each for itself.
REQUESTS_OF_A_MESSAGE = 3
MEGABYTES_OF_A_GIGABYTE = 1024  # as Lambda counts memory
FUNCTIONS = ("intake", "split", "launch", "plot")


@dataclass(frozen=True)
class Usage:
    """What the bill is made for; `megabytes` are those of one image."""

    images: int = 1000
    megabytes: float = 2.0
    upload_minutes: float = 10.0
    minutes: float = 10.0
    instance: str = "ml.m5.xlarge"


@dataclass(frozen=True)
class Line:
    """One row; `confirmed` tells whether AWS's price list was seen to say so."""

    what: str
    arithmetic: str
    amount: float
    each: float
    confirmed: bool

    @property
    def dollars(self) -> float:
        """What the row comes to."""
        return self.amount * self.each


class Bill:
    """Makes the rows out of prices, counts, and the template's settings."""

    def __init__(self, prices: Prices, counts: Counts, template: Mapping[str, Any]) -> None:
        self.prices = prices
        self.defaults = {name: rule.get("Default") for name, rule in template["Parameters"].items()}
        self._counts = counts
        self._resources: Mapping[str, Any] = template["Resources"]

    def idle(self) -> list[Line]:
        """Return what a month costs in which nothing happens."""
        polls = POLLERS * POLLS_A_MINUTE * MINUTES_OF_A_MONTH
        text = f"{POLLERS} polls x {POLLS_A_MINUTE} a minute x {MINUTES_OF_A_MONTH:,} minutes"
        alarms = sum(item["Type"] == "AWS::CloudWatch::Alarm" for item in self._resources.values())
        return [
            self._line("Lambda asking the queue", text, polls, "sqs_request"),
            self._line("alarms", f"{alarms}", alarms, "alarm"),
        ]

    def storage(self, usage: Usage) -> list[Line]:
        """Return what a month's storage of the images costs."""
        gigabytes = usage.images * usage.megabytes / 1000
        size = f"{usage.images:,} x {usage.megabytes:g} MB"
        days = f"{self.defaults['DatasetExpiryDays']} + {self.noncurrent_days()} days"
        return [
            self._line("images, until you delete them", size, gigabytes, "s3_storage"),
            self._line(f"their copies, for {days}", size, gigabytes, "s3_storage"),
        ]

    def drop(self, usage: Usage) -> list[Line]:
        """Return what a drop costs besides its training job."""
        images = usage.images
        copies = round(self._counts.per_image("split", "put") * images)
        others = self._sum(FUNCTIONS, ("put", "list"), images) - copies
        reads = self._sum(FUNCTIONS, ("get",), images)
        messages = f"{images:,} x {REQUESTS_OF_A_MESSAGE}"
        log = self._counts.log_bytes(images)
        return [
            self._line("uploads", f"{images:,}", images, "s3_write"),
            self._line("copies", f"{copies:,}", copies, "s3_write"),
            self._line("other writes and lists", f"{others:,}", others, "s3_write"),
            self._line("reads", f"{reads:,}", reads, "s3_read"),
            self._line(
                "messages, at most", messages, images * REQUESTS_OF_A_MESSAGE, "sqs_request"
            ),
            self._intake(usage),
            *(self._until_timeout(name) for name in ("Split", "Launch", "Plot")),
            self._line("logs", f"{log / 1000:.0f} KB", log / 1e9, "logs"),
            self._metrics(),
        ]

    def run(self, usage: Usage) -> list[Line]:
        """Return what one training job costs, and its results in the month after."""
        images, epochs = usage.images, self.defaults["Epochs"]
        per_epoch = self._counts.requests("checkpoints", "put", images) / self._counts.epochs
        writes = self._sum(("training",), ("put", "list"), images) + round(per_epoch * epochs)
        reads = self._sum(("training",), ("get",), images)
        return [
            *self._machine(usage),
            self._line("fetching images and code", f"{reads:,}", reads, "s3_read"),
            self._line("storing model and checkpoints", f"{writes:,}", writes, "s3_write"),
            self._results(epochs),
        ]

    def bad_day(self) -> tuple[str, float]:
        """Return the most that the jobs of a day can cost by default: arithmetic and dollars."""
        runs, name = self.defaults["MaximumRunsPerDay"], self.defaults["InstanceType"]
        hours = self.defaults["MaximumRunSeconds"] / 3600
        price = self.prices.instance(name)
        mark = "" if price.confirmed else " *"
        text = (
            f"{runs} jobs (`MaximumRunsPerDay`) x {hours:g} hours (`MaximumRunSeconds`) x "
            f"{price.dollars:g}{mark} dollars (`{name}`)"
        )
        return text, runs * hours * price.dollars

    def _machine(self, usage: Usage) -> list[Line]:
        hours = usage.minutes / 60
        price = self.prices.instance(usage.instance)
        lines = [_line(f"`{usage.instance}`", f"{usage.minutes:g} / 60 hours", hours, price)]
        if not usage.instance.startswith(WITH_DISK):
            size = self._properties("Launch")["Environment"]["Variables"]["VOLUME_GIGABYTES"]
            text = f"{size} GB x {usage.minutes:g} / {MINUTES_OF_A_MONTH:,} months"
            amount = size * usage.minutes / MINUTES_OF_A_MONTH
            lines.append(self._line("its disk", text, amount, "training_volume"))
        return lines

    def _intake(self, usage: Usage) -> Line:
        properties = self._properties("Intake")
        scaling = properties["Events"]["Drops"]["Properties"]["ScalingConfig"]
        at_once, seconds = scaling["MaximumConcurrency"], usage.upload_minutes * 60
        memory = properties["MemorySize"] / MEGABYTES_OF_A_GIGABYTE
        text = f"{at_once} at once x {seconds:g} s of uploading x {memory:g} GB"
        return self._line("intake, at most", text, at_once * seconds * memory, "lambda_time")

    def _metrics(self) -> Line:
        count, hours = self._counts.metrics(), 24 * DAYS_OF_A_MONTH
        text = f"{count} for 1 / {hours} months"
        return self._line("metrics", text, count / hours, "metric")

    def _until_timeout(self, name: str) -> Line:
        properties, times = self._properties(name), self._counts.invocations(name.lower())
        memory = properties["MemorySize"] / MEGABYTES_OF_A_GIGABYTE
        text = f"{times} x {properties['Timeout']} s x {memory:.3g} GB"
        amount = times * properties["Timeout"] * memory
        return self._line(f"{name.lower()}, at most", text, amount, "lambda_time")

    def _results(self, epochs: int) -> Line:
        model = self._counts.stored_bytes("runs") / 1e6
        checkpoint = self._counts.stored_bytes("checkpoints") / self._counts.epochs / 1e6
        text = f"{model:.0f} MB + {epochs} epochs x {checkpoint:.0f} MB"
        amount = (model + epochs * checkpoint) / 1000
        return self._line("keeping the results, a month", text, amount, "s3_storage")

    def noncurrent_days(self) -> int:
        """Return how long the bucket keeps a version that is not the newest."""
        rules = self._resources["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
        [rule] = [rule for rule in rules if rule["Id"] == "ExpireNoncurrentVersions"]
        return int(rule["NoncurrentVersionExpiration"]["NoncurrentDays"])

    def _sum(self, who: tuple[str, ...], kinds: tuple[str, ...], images: int) -> int:
        return sum(self._counts.requests(one, kind, images) for one in who for kind in kinds)

    def _properties(self, function: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._resources[f"{function}Function"]["Properties"]
        return found

    def _line(self, what: str, arithmetic: str, amount: float, price: str) -> Line:
        return _line(what, arithmetic, amount, self.prices.usage[price])


def _line(what: str, arithmetic: str, amount: float, price: Price) -> Line:
    return Line(what, arithmetic, amount, price.dollars, price.confirmed is not None)
