"""
How sslpool behaves as it grows: costs while thousands of sessions are held, two servers instead of one, a burst of
connections, and clients that do not read.  A command of its own; see C{benchmarks/README.md}.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from attrs import frozen

from benchmarks.application import application
from benchmarks.compare import COLUMNS, judged, loaded, loading, memory
from benchmarks.running import (
    PATIENCE,
    allowDescriptors,
    freePort,
    ownProcessorTime,
    processorTime,
    program,
    waitUntil,
    writeCertificate,
)
from benchmarks.terminators import OURS, PEERS, Site, Terminator, running

BURST = 1000
"""
Connections that begin at once.
"""

STALLED = 50
"""
Clients that ask for a transfer and do not read it.
"""

QUERIES = 20
"""
How often the status is asked for, for one figure.
"""


@contextmanager
def inFront(terminator: Terminator, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], Site]]:
    """
    Run a terminator in front of a new application.

    @param options: more options of its command line.
    """
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sslpool-bench-")))
        back = stack.enter_context(application())
        site = Site(freePort(), back, writeCertificate(directory), directory)
        more = Terminator(terminator.name, lambda site: [*terminator.command(site), *options], terminator.asked)
        yield stack.enter_context(running(more, site)), site


@contextmanager
def holding(site: Site, kind: str, *arguments: str) -> Iterator[None]:
    """
    Hold sessions; at the end all of them have to be good still.
    """
    with subprocess.Popen(
        loading(site, (kind, *arguments)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as load:
        assert load.stdout is not None
        if load.stdout.readline() != "held\n":
            raise RuntimeError(load.communicate(timeout=PATIENCE)[1])
        yield
        judged(*load.communicate(timeout=240))


@frozen
class Costs:
    """
    What operations cost while sessions are held.

    @ivar connection: a full handshake with a small request, in microseconds of processor time.
    @ivar roundTrip: a small request on an open connection, likewise.
    @ivar status: SSLADMIN QUERY STATUS, in milliseconds of the stack's processor time.
    """

    connection: float
    roundTrip: float
    status: float


def costs(process: subprocess.Popen[bytes], site: Site, rounds: int) -> Costs:
    """
    Measure L{Costs}, medians of several rounds.
    """
    connections: list[float] = []
    roundTrips: list[float] = []
    statuses: list[float] = []
    for _ in range(rounds):
        for figures, name in ((connections, "conn13"), (roundTrips, "ping")):
            column, before = COLUMNS[name], processorTime(process.pid)
            loaded(site, *column.load)
            figures.append((processorTime(process.pid) - before) / column.operations * 1e6)
        before = ownProcessorTime(process.pid)
        for _query in range(QUERIES):
            command = [program("ssladmin"), "query", "status", "--run", str(site.directory)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE)
        statuses.append((ownProcessorTime(process.pid) - before) / QUERIES * 1e3)
    return Costs(*map(statistics.median, (connections, roundTrips, statuses)))


def growth(rounds: int) -> Iterator[str]:
    """
    Costs with 0, 3,000 and 9,000 held sessions.
    """
    yield "| held sessions | connection, µs | round trip, µs | status query, ms |"
    yield "|---|---|---|---|"
    with inFront(OURS) as (process, site):
        for held in (0, 3000, 9000):
            with ExitStack() as stack:
                if held:
                    stack.enter_context(holding(site, "hold", "-n", str(held)))
                found = costs(process, site, rounds)
            yield f"| {held:,} | {found.connection:.0f} | {found.roundTrip:.1f} | {found.status:.1f} |"


def servers() -> Iterator[str]:
    """
    New connections for each second with one server and with two, spread over them.
    """
    for count in (1, 2):
        with inFront(OURS, f"--servers={count}", "--routing=spread") as (_process, site):
            if count > 1:
                subprocess.run(
                    [program("ssladmin"), "start", "--run", str(site.directory)],
                    check=True,
                    stdout=subprocess.DEVNULL,
                    timeout=PATIENCE,
                )
                waitUntil("both servers are Active", lambda: _log(site).count("SSLP100I") > 1)
            with subprocess.Popen(loading(site, COLUMNS["conn13"].load), stdout=subprocess.PIPE, text=True) as other:
                mine = loaded(site, *COLUMNS["conn13"].load)
                theirs = judged(other.communicate(timeout=120)[0], "")
            rate = sum(each["done"] / each["seconds"] for each in (mine, theirs))
            yield f"{count} server{'s' if count > 1 else ''}: {rate:.0f} connections/s with two load generators beside"


def _log(site: Site) -> str:
    return (site.directory / "sslpool.log").read_text("utf-8")


def bursts() -> Iterator[str]:
    """
    Many connections at once, beside the peers that are installed.
    """
    yield f"| {BURST} connections at once | served | p50, ms | p99, ms | all within, s |"
    yield "|---|---|---|---|---|"
    for each in (*(peer for peer in PEERS if peer.installed), OURS):
        with inFront(each) as (_process, site):
            loaded(site, "conn", "-n", "10")
            time.sleep(0.2)  # what it does after its start is not to be measured
            found = loaded(site, "conn", "-n", str(BURST), "-c", str(BURST))
            yield (
                f"| {each.name} | {found['done']:.0f} | {found['p50']:.0f} | {found['p99']:.0f} | "
                f"{found['seconds']:.2f} |"
            )


def stalled() -> Iterator[str]:
    """
    What a client costs that asks for much and reads nothing.
    """
    with inFront(OURS) as (process, site):
        loaded(site, "conn", "-n", "10")
        before = memory(process)
        with holding(site, "stall", "-n", str(STALLED), "--octets", str(1 << 26)):
            last, now = 0, memory(process)
            while now != last:
                time.sleep(0.5)  # until nothing moves any more
                last, now = now, memory(process)
            yield f"a client that does not read 64 MiB that it has asked for: {(now - before) / STALLED / 1e3:.0f} kB"


def main() -> None:
    """
    Run the benchmark; the exit status is 1 where anything failed.
    """
    parser = argparse.ArgumentParser(description="How sslpool behaves as it grows.")
    parser.add_argument("--rounds", type=int, default=3, help="for each figure of the first table (3)")
    chosen = parser.parse_args()
    allowDescriptors(9_500)
    try:
        for part in (growth(chosen.rounds), servers(), bursts(), stalled()):
            for line in part:
                print(line, flush=True)
            print()
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        print(f"Failed: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
