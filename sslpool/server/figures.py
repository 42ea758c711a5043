# -*- test-case-name: tests.server.test_figures -*-
"""
What a server takes: memory, descriptors, and how late it is.  Lives in a server process.

It says so itself: nobody but root can read what the system knows of a process with keys in its memory.  And it
keeps open what it reads that from, since a server opens no files.
"""

from __future__ import annotations

import os
from collections import deque

from sslpool.wire.segment import BEAT

PERIOD = 60.0
"""
For how long a lateness counts, in seconds.
"""

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Figures:
    """
    The figures of this process.  To be made in the process itself.
    """

    def __init__(self) -> None:
        self._statistics = _opened("/proc/self/statm", os.O_RDONLY)
        self._descriptors = _opened("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY)
        self._beat: float | None = None
        self._late: deque[tuple[float, float]] = deque()

    def memory(self) -> int:
        """
        Return the resident memory in octets; 0 where it is not known.
        """
        if self._statistics is None:
            return 0
        return int(os.pread(self._statistics, 256, 0).split()[1]) * _PAGE

    def descriptors(self) -> int:
        """
        Return how many descriptors are open; 0 where it is not known.
        """
        if self._descriptors is None:
            return 0
        # Since Linux 6.2 the directory's size is their number; listing it takes another descriptor.
        if size := os.fstat(self._descriptors).st_size:
            return size
        try:
            return len(os.listdir(self._descriptors)) - 1
        except OSError:
            return 0

    def beat(self, now: float) -> None:
        """
        Note that it is the time for what comes every L{BEAT} seconds.

        @param now: the present, in seconds.
        """
        if self._beat is not None:
            late = max(0.0, now - self._beat - BEAT)
            # What is both earlier and smaller is never the greatest any more.
            while self._late and self._late[-1][1] <= late:
                self._late.pop()
            self._late.append((now, late))
        self._beat = now
        while self._late and self._late[0][0] < now - PERIOD:
            self._late.popleft()

    def lag(self) -> float:
        """
        Return how late it was at most in the last L{PERIOD}, in seconds.
        """
        return self._late[0][1] if self._late else 0.0


def _opened(path: str, flags: int) -> int | None:
    try:
        return os.open(path, flags | os.O_CLOEXEC)
    except OSError:
        return None
