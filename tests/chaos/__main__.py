"""
C{make chaos}: real processes, checksummed traffic, and everything that can go wrong at random.

    python -m tests.chaos --seed 1 --seconds 150

The exit status is 1 where anything was lost but sessions of killed servers, a new connection waited for too long, or a
kind of fault is missing: it was not done, or the pool has not come out of it.  See C{tests/chaos/README.md}.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from random import Random
from unittest import TestResult

from benchmarks.running import allowDescriptors
from tests.chaos.accounting import Book
from tests.chaos.deck import Deal, Kind, deals, lacking
from tests.chaos.faults import RESTART_LIMIT, Faults, NotDone
from tests.chaos.site import LOG, Site
from tests.chaos.traffic import Traffic
from tests.live.installed import missing
from tests.live.wallclock import PACKAGE

DESCRIPTORS = 1000
"""
How many files clients and applications have open at most.
"""


class Chaos(Site):
    """
    One run, as a test is run: what it has started is ended whatever happens.

    @ivar seed: what chooses everything.
    @ivar seconds: how long it is.
    @ivar kinds: what is done.
    @ivar book: what has become of connections.
    @ivar began: when it began, by the monotonic clock, in seconds.
    @ivar done: what was done, and out of which the pool has come.
    @ivar problems: why the run has failed beside what the book says.
    @ivar interrupted: it is to end now.
    """

    def __init__(self, seed: int, seconds: float, kinds: Sequence[Kind]) -> None:
        super().__init__()
        self.seed = seed
        self.seconds = seconds
        self.kinds = kinds
        self.book = Book()
        self.began = 0.0
        self.done: list[Deal] = []
        self.problems: list[str] = []
        self.interrupted = threading.Event()

    def runTest(self) -> None:
        """
        Let clients come and faults happen, and wait for the end of all.
        """
        self.began = time.monotonic()
        settled = threading.Event()
        reader = threading.Thread(target=self.follow, args=(self.book, settled), daemon=True)
        reader.start()
        traffic = Traffic(self.seed, self.places, self.book)
        traffic.start()
        try:
            self._deal()
        finally:
            traffic.complete()
            # Its last word on who has died.
            settled.wait(2)
            settled.set()
            reader.join()
        self.problems += [f"the run itself: {fault}" for fault in traffic.faults]

    def _deal(self) -> None:
        faults = Faults(self)
        dealt = deals(self.seed, self.seconds, self.kinds)
        working = []
        for number, deal in enumerate(dealt):
            if self._waitUntil(deal.at):
                break
            random = Random(f"{self.seed}/fault {number}")
            thread = threading.Thread(target=self._do, args=(faults, deal, random), daemon=True)
            thread.start()
            working.append(thread)
        self._waitUntil(self.seconds)
        deadline = time.monotonic() + 2 * RESTART_LIMIT
        for thread in working:
            thread.join(max(0.0, deadline - time.monotonic()))
        if self.interrupted.is_set():
            self.problems.append("the run was interrupted")
        self.problems += [f"missing: {each}" for each in lacking(dealt, self.done, self.seconds, self.kinds)]

    def _waitUntil(self, moment: float) -> bool:
        """
        Wait until so many seconds after the beginning; return whether the run is to end now.
        """
        left = self.began + moment - time.monotonic()
        while left > 0 and not self.interrupted.wait(min(left, 0.5)):
            if self.stack.process.poll() is not None:
                self.problems.append("the stack has ended")
                self.interrupted.set()
            left = self.began + moment - time.monotonic()
        return self.interrupted.is_set()

    def _do(self, faults: Faults, deal: Deal, random: Random) -> None:
        try:
            faults.do(deal.kind, random, lambda text: self._say(f"{deal.kind.value}: {text}"))
        except NotDone as error:
            self._say(f"{deal.kind.value}, dealt at {deal.at:.1f} s: {error}")
        except Exception:
            self.problems.append(f"the run itself: {traceback.format_exc()}")
        else:
            self.done.append(deal)

    def _say(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:7.1f} s  {text}", flush=True)


def _kinds(text: str) -> list[Kind]:
    return [Kind[name.upper().replace("-", "_")] for name in text.split(",")]


def main() -> int:
    """
    Run as the command line says; return the exit status.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="chooses everything [default: the time]")
    parser.add_argument("--seconds", type=float, default=150.0, help="how long it is [default: 150]")
    parser.add_argument(
        "--kinds", type=_kinds, default=tuple(Kind), help="only these, such as server-killed,refresh [default: all]"
    )
    options = parser.parse_args()
    if missing(PACKAGE):
        print(f"chaos: not installed: {PACKAGE} (apt-get install)", file=sys.stderr)
        return 1
    allowDescriptors(DESCRIPTORS)
    chaos = Chaos(options.seed, options.seconds, options.kinds)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: chaos.interrupted.set())
    print(f"Seed {chaos.seed}, {chaos.seconds:.0f} s", flush=True)
    ended = TestResult()
    chaos.run(ended)
    result = chaos.book.result()
    problems = [*result.problems(chaos.began), *chaos.problems]
    problems += [f"the end: {text}" for _, text in [*ended.errors, *ended.failures]]
    print()
    counts = Counter(deal.kind for deal in chaos.done)
    for kind in chaos.kinds:
        print(f"{kind.value:<24}{counts[kind]:>4}")
    for problem in problems:
        print(f"FAILED  {problem}")
    if problems:
        print(f"The log of the stack is {LOG}.  Again: make chaos SEED={chaos.seed} SECONDS={chaos.seconds:.0f}")
    print(result.line())
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
