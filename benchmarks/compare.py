"""
sslpool beside other TLS terminators: processor time for each operation and memory for each session, in turns within one
run.  A command of its own; see C{benchmarks/README.md}.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from benchmarks.application import application
from benchmarks.chart import bars
from benchmarks.running import (
    PATIENCE,
    allowDescriptors,
    family,
    freePort,
    processorTime,
    proportionalSetSize,
    writeCertificate,
)
from benchmarks.terminators import OURS, PEERS, Site, Terminator, running

TRANSFER = 1 << 27


@frozen
class Column:
    """
    Something that is measured.

    @ivar load: the arguments of L{benchmarks.load}.
    @ivar operations: how many operations that is.
    @ivar unit: of the figure.
    @ivar title: what it is called in the picture.
    """

    load: tuple[str, ...]
    operations: float
    unit: str
    title: str

    def part(self, count: int) -> Column:
        """
        Return a column whose load is the C{count}th part of this one's: of the octets, or of the connections.
        """
        option = "--octets" if "--octets" in self.load else "-n"
        at = self.load.index(option) + 1
        load = (*self.load[:at], str(int(self.load[at]) // count), *self.load[at + 1 :])
        return evolve(self, load=load, operations=self.operations / count)


COLUMNS = {
    "conn13": Column(("conn", "-n", "1000"), 1000, "µs", "new, TLS 1.3"),
    "conn12": Column(("conn", "-n", "1000", "--tls", "1.2"), 1000, "µs", "new, TLS 1.2"),
    "resume13": Column(("conn", "-n", "1000", "--resume"), 1000, "µs", "resumed"),
    "down": Column(("down", "-n", "6", "-c", "3", "--octets", str(TRANSFER)), 6 * TRANSFER >> 20, "µs/MiB", "download"),
    "up": Column(("up", "-n", "6", "-c", "3", "--octets", str(TRANSFER)), 6 * TRANSFER >> 20, "µs/MiB", "upload"),
    "ping": Column(("ping", "-n", "50", "--pings", "300"), 15000, "µs", "round trip"),
    "hold": Column(("hold", "-n", "1000"), 1000, "kB", "held session"),
}


def loaded(site: Site, *arguments: str) -> dict[str, float]:
    """
    Run a load to its end and return its figures.

    @raise RuntimeError: an operation failed.
    """
    done = subprocess.run(loading(site, arguments), capture_output=True, text=True, timeout=300, check=False)
    return judged(done.stdout, done.stderr)


def loading(site: Site, arguments: Sequence[str]) -> list[str]:
    """
    Return the command line of a load.
    """
    kind, *rest = arguments
    trusted = str(site.both.parent / "certificate.pem")
    return [sys.executable, "-m", "benchmarks.load", kind, str(site.front), trusted, *rest]


def judged(output: str, complaints: str) -> dict[str, float]:
    """
    Return the figures of a load in which nothing failed.

    @raise RuntimeError: an operation failed, or the load itself.
    """
    figures: dict[str, float] = json.loads(output.splitlines()[-1]) if output else {}
    if not figures or figures["failed"]:
        raise RuntimeError(f"the load failed: {figures} {complaints[-800:]}")
    return figures


def memory(process: subprocess.Popen[bytes]) -> int:
    """
    Return the memory of a program and all its processes, in octets.
    """
    return sum(proportionalSetSize(pid) for pid in family(process.pid))


def held(process: subprocess.Popen[bytes], site: Site, arguments: Sequence[str]) -> float:
    """
    Return by how much the memory is larger while sessions are held, in octets.
    """
    before = memory(process)
    with subprocess.Popen(
        loading(site, arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as load:
        assert load.stdout is not None
        if load.stdout.readline() != "held\n":
            raise RuntimeError(load.communicate(timeout=PATIENCE)[1])
        grown = memory(process) - before
        judged(*load.communicate(timeout=120))
    return grown


def figure(process: subprocess.Popen[bytes], site: Site, column: Column) -> float:
    """
    Measure one column once.
    """
    if column.load[0] == "hold":
        return held(process, site, column.load) / column.operations / 1e3
    before = processorTime(process.pid)
    loaded(site, *column.load)
    return (processorTime(process.pid) - before) / column.operations * 1e6


@contextmanager
def started(terminator: Terminator, key: str) -> Iterator[tuple[subprocess.Popen[bytes], Site]]:
    """
    Run a terminator with an application behind it, and give its process and its site.
    """
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sslpool-bench-")))
        back = stack.enter_context(application())
        site = Site(freePort(), back, writeCertificate(directory, key), directory)
        process = stack.enter_context(running(terminator, site))
        time.sleep(0.3)  # what it does after its start is not to be measured
        yield process, site


def measure(terminators: Sequence[Terminator], columns: Sequence[str], rounds: int, key: str) -> dict[str, Any]:
    """
    Measure all, each terminator in each round, and return the medians.
    """
    runs: dict[str, list[dict[str, float]]] = {each.name: [] for each in terminators}
    for number in range(rounds):
        for each in terminators:
            with started(each, key) as place:
                runs[each.name].append({name: figure(*place, COLUMNS[name]) for name in columns})
            print(f"round {number + 1}: {each.name}", file=sys.stderr)
    return {
        name: {column: statistics.median(run[column] for run in done) for column in columns}
        for name, done in runs.items()
    }


def table(medians: dict[str, dict[str, float]]) -> str:
    """
    Return the figures as Markdown.
    """
    columns = list(medians[OURS.name])
    lines = ["| | " + " | ".join(f"{name}, {COLUMNS[name].unit}" for name in columns) + " |"]
    lines.append("|---" * (len(columns) + 1) + "|")
    lines += [f"| {name} | " + " | ".join(f"{row[c]:.1f}" for c in columns) + " |" for name, row in medians.items()]
    if len(medians) > 1:
        ratios = relative(medians)
        lines.append("| sslpool/best | " + " | ".join(f"{ratios[c][OURS.name]:.2f}" for c in columns) + " |")
    return "\n".join(lines)


def relative(medians: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """
    Return for each column each program's figure divided by the best peer's.
    """
    best = {
        column: min(row[column] for name, row in medians.items() if name != OURS.name or len(medians) == 1)
        for column in medians[OURS.name]
    }
    return {column: {name: row[column] / best[column] for name, row in medians.items()} for column in best}


def main() -> None:
    """
    Run the comparison; the exit status is 1 where any operation failed.
    """
    parser = argparse.ArgumentParser(description="sslpool beside other TLS terminators.")
    parser.add_argument("--rounds", type=int, default=3, help="of each program (3)")
    parser.add_argument("--key", choices=("ec", "rsa"), default="ec", help="kind of the certificate's key (ec: P-256)")
    parser.add_argument("--columns", default=",".join(COLUMNS), help="what to measure")
    parser.add_argument("--only", help="names of peers; all that are installed otherwise")
    parser.add_argument("--picture", help="SVG file to write")
    chosen = parser.parse_args()
    allowDescriptors(4096)
    wanted = None if chosen.only is None else chosen.only.split(",")
    peers = [peer for peer in PEERS if peer.installed and (wanted is None or peer.name in wanted)]
    about = [each.about() for each in (OURS, *peers)]
    print(*about, sep="\n")
    if not peers:
        print("None of hitch, HAProxy, nginx and stunnel is installed: there is nothing to compare with.")
    columns = chosen.columns.split(",")
    try:
        medians = measure([*peers, OURS], columns, chosen.rounds, chosen.key)
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        print(f"Failed: {error}", file=sys.stderr)
        sys.exit(1)
    print(table(medians))
    if chosen.picture:
        kind = "RSA 2048" if chosen.key == "rsa" else "ECDSA P-256"
        title = f"Cost in relation to the best peer ({kind} certificate): shorter is better"
        notes = [*about, f"{chosen.rounds} rounds in turns, medians; benchmarks/README.md says how."]
        titles = {name: (COLUMNS[name].title, COLUMNS[name].unit) for name in columns}
        picture = bars(title, relative(medians), titles, notes)
        Path(chosen.picture).write_text(picture, "utf-8")


if __name__ == "__main__":
    main()
