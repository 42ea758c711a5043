# -*- test-case-name: tests.server.test_console -*-
"""
The server's end of its console: lines on their way to the stack, which writes
the console's file.  Lives in a server process.

Lines travel in batches, one batch at a time, so that a trace that is faster than the stack neither fills the control
connection nor holds up a session: what does not fit is left out and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from sslpool.messages import Said, said

PAUSE = 0.1
"""
How long lines wait for others to go with them, in seconds.
"""

BATCH = 48 * 1024
"""
The most characters that travel at once, but for the last line of them.
"""

ROOM = 1024 * 1024
"""
The most characters that wait.
"""

LONGEST_LINE = 2000
"""
The most characters of a line.
"""

Send = Callable[[list[float], list[Said | str]], Deferred[object]]
"""
Sends lines with the times at which they were written, in seconds since the
epoch; the result fires when there is room for more.
"""


class Console:
    """
    The console of one server.

    @ivar omitted: how many lines were left out since the server has begun.
    @param reactor: for the pause.
    @param now: the present, in seconds since the epoch.
    @param send: takes lines to the stack.
    """

    def __init__(self, reactor: IReactorTime, now: Callable[[], float], send: Send) -> None:
        self._reactor = reactor
        self._now = now
        self._send = send
        self._times: list[float] = []
        self._lines: list[Said | str] = []
        self._lengths: list[int] = []
        self._size = 0
        self._unsaid = 0
        self.omitted = 0
        self._later: IDelayedCall | None = None
        self._travelling: Deferred[object] | None = None

    def write(self, line: Said | str) -> None:
        """
        Write a line.
        """
        self.writeAll((line,))

    def writeAll(self, lines: Iterable[Said | str]) -> None:
        """
        Write lines that belong together, as far as there is room.
        """
        now = self._now()
        for line in lines:
            if self._size >= ROOM:
                self._unsaid += 1
                self.omitted += 1
                continue
            self._times.append(now)
            length = len(str(line))
            self._lines.append(line if length <= LONGEST_LINE else _shortened(line))
            self._lengths.append(min(length, LONGEST_LINE))
            self._size += self._lengths[-1]
        if self._later is None and self._travelling is None and self._lines:
            self._later = self._reactor.callLater(PAUSE, self._elapsed)

    def flush(self) -> Deferred[object] | None:
        """
        Send what there is, without waiting for more; return what fires when the
        first of it has arrived, or C{None} where there is nothing.
        """
        if self._later is not None:
            self._later.cancel()
            self._later = None
        self._next()
        return self._travelling

    def _elapsed(self) -> None:
        self._later = None
        self._next()

    def _next(self) -> None:
        if self._travelling is not None or not self._lines:
            return
        count = size = 0
        while count < len(self._lines) and size < BATCH:
            size += self._lengths[count]
            count += 1
        times, lines = self._times[:count], self._lines[:count]
        del self._times[:count], self._lines[:count], self._lengths[:count]
        self._size -= size
        if self._unsaid and not self._lines:
            times.append(times[-1])
            lines.append(said("SSLP627W", count=self._unsaid))
            self._unsaid = 0
        self._travelling = self._send(times, lines)
        self._travelling.addBoth(self._arrived)

    def _arrived(self, result: object) -> None:
        # Where the stack has gone, the server hears of it on the same connection.
        self._travelling = None
        if self._lines and self._later is None:
            self._later = self._reactor.callLater(0, self._elapsed)


def _shortened(line: Said | str) -> Said | str:
    """
    Return as much of a line that is too long as is shown.
    """
    if isinstance(line, Said):
        return Said(line.id, wording=line.text[: LONGEST_LINE - len(line.id) - 1])
    return line[:LONGEST_LINE]
