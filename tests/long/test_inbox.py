"""Thousands of images in the inbox, with the function killed at random and events doubled."""

from __future__ import annotations

import random
import threading
from pathlib import Path

from predict.inbox import asking_again
from tests.end_to_end.conftest import Chain
from tests.end_to_end.inbox import await_answers, await_table, promote, upload
from tests.end_to_end.kills import kill
from tests.support.long_table import Figures

MANY = 5_000
KILLS = 40  # few enough that no message is received five times
KILL_EVERY_SECONDS = (5.0, 15.0)


class RandomKills(threading.Thread):
    """Kills a process of predict of this cloud every few seconds, until it is stopped."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(daemon=True)
        self._wanted = {
            f"AWS_LAMBDA_FUNCTION_NAME={chain.resources['PredictFunction']}",
            f"AWS_ENDPOINT_URL={chain.cloud.endpoint}",
        }
        self._chance = random.Random(0)
        self._stopping = threading.Event()
        self.kills = 0

    def run(self) -> None:
        while self.kills < KILLS and not self._stopping.wait(
            self._chance.uniform(*KILL_EVERY_SECONDS)
        ):
            if processes := self._processes():
                kill(self._chance.choice(processes))
                self.kills += 1

    def stop(self) -> None:
        self._stopping.set()
        self.join()

    def _processes(self) -> list[int]:
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                variables = (process / "environ").read_bytes().decode().split("\0")
            except (OSError, UnicodeDecodeError):
                continue  # it has ended meanwhile, or is somebody else's
            if self._wanted <= set(variables):
                found.append(int(process.name))
        return found


def test_5000_images_are_answered_once_each(chain: Chain, figures: Figures):
    chain.deploy()
    sqs, queue = chain.cloud.client("sqs"), chain.resources["InboxQueue"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "60"})
    promote(chain)
    kills = RandomKills(chain)
    kills.start()

    expected = upload(chain, range(MANY))
    doubled = asking_again(random.Random(1).sample(sorted(expected), MANY // 2))
    for start in range(0, len(doubled), 10):
        entries = [
            {"Id": str(n), "MessageBody": body}
            for n, body in enumerate(doubled[start : start + 10])
        ]
        sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    found = await_answers(chain, expected)
    kills.stop()
    rows = await_table(chain, MANY)

    assert {line["key"]: line["class"] for line in found} == expected
    days = {row["time"][:10] for row in rows}
    once = {(row["key"], row["time"][:10]) for row in rows}
    assert len(once) == len(rows)
    assert len(rows) == MANY or len(days) > 1  # at midnight an image may be in both tables
    assert kills.kills > 0
    assert not any(chain.undelivered().values()), chain.problems()
    figures.repetitions += 1
    figures.add("images", MANY)
    figures.add("events doubled by hand", len(doubled))
    figures.add("kills of predict", kills.kills)
    figures.add("lines of all batches", len(found))
    figures.check("each image answered with the right class, and once in the day's table")
    figures.check("nothing in a dead-letter queue")
