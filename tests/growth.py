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

BOUND = 3 * FACTOR
"""
How many times as long it may take.  Linear work takes C{FACTOR} times as long, quadratic work
C{FACTOR} squared.
"""

ATTEMPTS = 4
"""
How often it is measured before it counts: the least of several times has least of others' work in it.
"""


def assertLinear(work: Callable[[int], object], size: int) -> None:
    """
    Fail where the processor time of work grows faster than with its size.

    @param work: does it, for a size that it is given.
    @param size: the larger size; large enough for what grows faster to matter.
    @raise AssertionError: it does.
    """
    small = large = float("inf")
    for _ in range(ATTEMPTS):
        small = min(small, *(_taken(work, size // FACTOR) for _ in range(2)))
        large = min(large, _taken(work, size))
        if large <= BOUND * small:
            return
    raise AssertionError(f"{FACTOR} times as much takes {large / small:.0f} times as long, {large:.3f} s")


def _taken(work: Callable[[int], object], size: int) -> float:
    gc.collect()
    began = time.process_time()
    work(size)
    return time.process_time() - began
