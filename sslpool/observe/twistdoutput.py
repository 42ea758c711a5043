# -*- test-case-name: tests.observe.test_twistdoutput -*-
"""
The log of twistd where that is standard output, and a pipe, a socket or a terminal: whoever is to
read it may hang, and the stack does not wait for him.  Lives in the stack process.
"""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Iterator
from errno import EAGAIN
from typing import IO, Any, cast

from twisted.logger import FileLogObserver, LogPublisher

PIPE_TIMEOUT = 200
"""
How long a reader may take to make room, in milliseconds; one that has not, makes nobody wait again until he reads.
"""

PIECE = select.PIPE_BUF
"""
For so many octets there is room in what can be written to (pipe(7)).
"""


class Output:
    """
    Text for a reader, in place of a file.

    @param descriptor: leads to him.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._room = select.poll()
        self._room.register(descriptor, select.POLLOUT)
        self._hangs = self._isTorn = False

    def write(self, text: str) -> None:
        """
        Write text that ends with a line.

        @raise OSError: the reader hangs, or has gone.
        """
        octets = text.encode("utf-8", "backslashreplace")
        if self._isTorn:
            octets = b"\n" + octets
        for start in range(0, len(octets), PIECE):
            self._wait()
            os.write(self._descriptor, octets[start : start + PIECE])
            self._isTorn = start + PIECE < len(octets)

    def flush(self) -> None:
        """
        Nothing is kept back.
        """

    def _wait(self) -> None:
        self._hangs = not self._room.poll(0 if self._hangs else PIPE_TIMEOUT)
        if self._hangs:
            raise BlockingIOError(EAGAIN, "its reader does not read")


def spareReaders(publisher: LogPublisher) -> None:
    """
    Have no observer of a publisher wait for a reader.
    """
    for observer, file in fileObservers(publisher):
        if (descriptor := _readBySomebody(file)) >= 0:
            observer._outFile = cast(IO[Any], Output(descriptor))


def fileObservers(publisher: LogPublisher) -> Iterator[tuple[FileLogObserver, IO[Any]]]:
    """
    Return the observers that write to a file, and their files.

    twistd makes them and tells nobody, so these are names that Twisted may change: then there are none,
    and its log stays as twistd has it.
    """
    for observer in getattr(publisher, "_observers", ()):
        file = getattr(observer, "_outFile", None) if isinstance(observer, FileLogObserver) else None
        if file is not None:
            yield observer, file


def _readBySomebody(file: IO[Any]) -> int:
    """
    Return the descriptor of what somebody reads from the other end; -1 for others.
    """
    try:
        descriptor = file.fileno()
        mode = os.fstat(descriptor).st_mode
    except (AttributeError, OSError, ValueError):
        return -1  # no file of the system
    return descriptor if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(descriptor) else -1
