"""
How many descriptors are open, for tests that say that none is left.
"""

from __future__ import annotations

import gc
import os


def openDescriptors() -> int:
    """
    Return how many descriptors this process has open.  What earlier tests have left to the garbage collector is
    closed before, so that it does not go between two counts.
    """
    gc.collect()
    return len(os.listdir("/proc/self/fd"))
