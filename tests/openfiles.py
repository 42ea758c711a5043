"""
Which descriptors are open, for tests that say that none is left.
"""

from __future__ import annotations

import contextlib
import gc
import os


def openDescriptors() -> set[int]:
    """
    Return the descriptors that this process has open.  What earlier tests have left to the garbage collector is
    closed before, so that it does not go between two looks.
    """
    gc.collect()
    found = set()
    for name in os.listdir("/proc/self/fd"):
        # The one that listing has needed is closed again.
        with contextlib.suppress(OSError):
            os.fstat(int(name))
            found.add(int(name))
    return found
