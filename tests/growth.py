"""
How work grows with what it is about: times of the same run are compared with each other, so that
it does not matter how fast the machine is, or what else it does.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

FACTOR = 8
"""
How many times as much the larger work is.
"""

BOUND = 4
"""
How many times as long the larger work may take as C{FACTOR} times the smaller.  Where work is linear they take
the same time, where it is quadratic the larger takes C{FACTOR} times as long.
"""

ATTEMPTS = 4
"""
How often it is measured at least before it counts: the least of several times has least of others' work in it.
"""

PATIENCE = 3.0
"""
For how long it is measured again, in seconds: others' work on the machine may go on for longer than some attempts.
"""


def assertLinear(work: Callable[[int], object], size: int) -> None:
    """
    Fail where the processor time of work grows faster than with its size.

    @param work: does it, for a size that it is given.
    @param size: the larger size; large enough for what grows faster to matter.
    @raise AssertionError: it does.
    """
    parts = [size // FACTOR] * FACTOR
    small = large = float("inf")
    attempts, end = 0, time.monotonic() + PATIENCE
    while attempts < ATTEMPTS or time.monotonic() < end:
        # Both take about as long: a slow moment of the machine is as likely in one as in the other.
        small = min(small, _taken(work, parts))
        large = min(large, _taken(work, [size]))
        if large <= BOUND * small:
            return
        attempts += 1
    raise AssertionError(
        f"{FACTOR} times as much takes {FACTOR * large / small:.0f} times as long, {large:.3f} s ({attempts} attempts)"
    )


def _taken(work: Callable[[int], object], sizes: list[int]) -> float:
    gc.collect()
    began = time.process_time()
    for each in sizes:
        work(each)
    return time.process_time() - began
