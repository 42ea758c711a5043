# -*- test-case-name: tests.test_benchmarks -*-
"""
This checkout beside another build of sslpool: fails where it costs more.  A command of its own, C{make bench-check};
see C{benchmarks/README.md}.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from attrs import define, field

from benchmarks.builds import NoBuild, installed, made, wheelOf
from benchmarks.compare import COLUMNS, figure, started
from benchmarks.running import allowDescriptors
from benchmarks.terminators import Terminator

ALLOWED = 1.05
"""
By what factor a column may be worse.
"""

PATIENCE = 4
"""
How many times as many pairs as were asked for a column gets while it is doubtful.
"""

PARTS = 3
"""
In how many parts the load of a column is, so that some of them find the machine quiet.
"""


@define
class Figures:
    """
    What was measured of one column, part by part: the same place in both lists is the same moment.

    @ivar base: of the other build.
    @ivar this: of this checkout.
    @ivar pairs: how many pairs of processes that was.
    """

    base: list[float] = field(factory=list)
    this: list[float] = field(factory=list)
    pairs: int = 0

    @property
    def least(self) -> float:
        """
        The least of this checkout in relation to the least of the other build: what else the machine does only adds.
        """
        return min(self.this) / min(self.base)

    @property
    def median(self) -> float:
        """
        The median of what each part is in relation to the other build's at the same moment: what the machine does
        is much the same for both, be it slow or, for a moment, fast.
        """
        return statistics.median(this / base for base, this in zip(self.base, self.this, strict=True))

    @property
    def worse(self) -> bool:
        """
        More than what is allowed, by both ratios.
        """
        return min(self.least, self.median) > ALLOWED

    def unsettled(self, rounds: int) -> bool:
        """
        Another pair is needed where so many are asked for.
        """
        if not rounds <= self.pairs < rounds * PATIENCE:
            return self.pairs < rounds
        return max(self.least, self.median) > ALLOWED


Measured = dict[str, Figures]
Measure = Callable[[Sequence[str], int], Iterable[tuple[str, str, float]]]
"""
Measures columns of a pair with that number, and yields build, column and figure.
"""


def order(number: int) -> tuple[str, str]:
    """
    Return which build is measured first and second: what drifts is shared by both.
    """
    return ("this", "base") if number % 2 else ("base", "this")


def paired(measure: Measure, columns: Iterable[str], rounds: int) -> Measured:
    """
    Measure until every column is settled.
    """
    figures = {name: Figures() for name in columns}
    number = 0
    while wanted := [name for name, each in figures.items() if each.unsettled(rounds)]:
        for build, name, value in measure(wanted, number):
            getattr(figures[name], build).append(value)
        for name in wanted:
            figures[name].pairs += 1
        number += 1
        ratios = (f"{name} {figures[name].least:.3f} {figures[name].median:.3f}" for name in wanted)
        print(f"pair {number}: {', '.join(ratios)}", file=sys.stderr)
    return figures


def pair(
    builds: Mapping[str, Terminator], key: str, columns: Sequence[str], number: int
) -> Iterator[tuple[str, str, float]]:
    """
    Run both builds side by side, and measure them in turns, as L{Measure} does.
    """
    with ExitStack() as stack:
        places = {build: stack.enter_context(started(builds[build], key)) for build in order(number)}
        for name in columns:
            # Memory is not what others make it; and what is held first is not what is held again.
            parts = 1 if COLUMNS[name].load[0] == "hold" else PARTS
            for each in range(parts):
                for build in order(number + each):
                    yield build, name, figure(*places[build], COLUMNS[name].part(parts))


def table(figures: Measured) -> str:
    """
    Return the figures as Markdown.
    """
    lines = ["| column | pairs | base | this | least | median | |", "|---|---|---|---|---|---|---|"]
    for name, each in figures.items():
        costs = f"{min(each.base):.1f} | {min(each.this):.1f} {COLUMNS[name].unit}"
        verdict = "**worse**" if each.worse else "ok"
        lines.append(f"| {name} | {each.pairs} | {costs} | {each.least:.3f} | {each.median:.3f} | {verdict} |")
    return "\n".join(lines)


def chosen(names: str) -> list[str]:
    """
    Return the columns that are named, all if none is.

    @raise NoBuild: there is no such column.
    """
    columns = names.replace(",", " ").split() or list(COLUMNS)
    if unknown := [name for name in columns if name not in COLUMNS]:
        raise NoBuild(f"no such column: {' '.join(unknown)}; there are {' '.join(COLUMNS)}")
    return columns


def check(base: Path, columns: Sequence[str], rounds: int, key: str) -> Measured:
    """
    Install both builds in a temporary place, and measure them.

    @raise NoBuild: there is nothing to be measured.
    @raise RuntimeError: a build does not start, or an operation failed.
    """
    with tempfile.TemporaryDirectory(prefix="sslpool-check-") as name:
        place = Path(name)
        place.chmod(0o755)  # servers may run as another user
        builds: dict[str, Terminator] = {}
        for build, wheel in (("base", wheelOf(base)), ("this", made(place))):
            builds[build] = installed(build, wheel, place / build)
        return paired(partial(pair, builds, key), columns, rounds)


def main() -> None:
    """
    Compare; the exit status is 1 where a column is worse, or could not be measured.
    """
    parser = argparse.ArgumentParser(description="This checkout beside another build of sslpool.")
    parser.add_argument("base", type=Path, help="the other build's wheel")
    parser.add_argument("--columns", default="", help=f"what to measure, of {' '.join(COLUMNS)}; otherwise all")
    parser.add_argument("--rounds", type=int, default=6, help="pairs of runs (6), more where a column seems worse")
    parser.add_argument("--key", choices=("ec", "rsa"), default="ec", help="kind of the certificate's key (ec: P-256)")
    options = parser.parse_args()
    allowDescriptors(4096)
    try:
        figures = check(options.base, chosen(options.columns), max(1, options.rounds), options.key)
    except (NoBuild, OSError, RuntimeError, subprocess.SubprocessError) as error:
        sys.exit(f"bench-check: {error}")
    print(table(figures))
    worse = [name for name, each in figures.items() if each.worse]
    if worse:
        sys.exit(f"bench-check: more than {ALLOWED - 1:.0%} worse than {options.base.name}: {' '.join(worse)}")


if __name__ == "__main__":
    main()
