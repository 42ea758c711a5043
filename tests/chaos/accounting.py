"""
What a run has come to: connections, how many were lost, and which of these the stack answers for.  Pure.

The unit of a loss is a visit: a session of a client, with FTP its data connections included.  It is lost when it does
not come to its end octet for octet, whatever the reason.  Only one loss is nobody's fault: of a session that a server
had begun when it was killed.  Which server a session was on only the stack knows, and what the stack says of a death is
how many sessions it has cost (SSLP104E).  So a loss is put down to a death where the visit had begun before it, has
failed when it came or soon after, and the death has cost more sessions than were put down to it already.  There are
never more such losses than the stack has reported; a visit with wrong octets, and one for which no death is left, is a
loss that fails the run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from threading import Lock

from attrs import frozen

BEFORE = 3.0
"""
How much sooner than the stack has said so clients may notice a death, in seconds.
"""

AFTER = 5.0
"""
How much later a client may notice it, in seconds: the longest pause of a visit, and some more.
"""

LONGEST_WAIT = 10.0
"""
The longest that a new connection may wait for its first answer, in seconds.
"""

_LOST = re.compile(r"sessions lost: (\d+)")


@frozen
class Loss:
    """
    A visit that was lost.

    @ivar visit: its number and protocol.
    @ivar began: when it began, by the monotonic clock, in seconds.
    @ivar failed: when that was noticed.
    @ivar reason: what the client has met.
    @ivar wrong: octets were not what they were to be.
    """

    visit: str
    began: float
    failed: float
    reason: str
    wrong: bool = False


@frozen
class Death:
    """
    A server that has died.

    @ivar at: when the stack has said so, by the monotonic clock, in seconds.
    @ivar sessions: how many sessions it has cost.
    """

    at: float
    sessions: int


def deathIn(line: str, at: float) -> Death | None:
    """
    Return the death of which a line of the stack's log tells, or C{None}.
    """
    found = _LOST.search(line)
    return None if found is None else Death(at, int(found[1]))


def ofKilledServers(losses: Iterable[Loss], deaths: Iterable[Death]) -> list[Loss]:
    """
    Return the losses that can be put down to deaths.  Each death takes those first that no
    later one could take, so that no other way to put them down has more.
    """
    left = [loss for loss in losses if not loss.wrong]
    found: list[Loss] = []
    for death in sorted(deaths, key=lambda each: each.at):
        fitting = [loss for loss in left if _fits(loss, death)]
        for loss in sorted(fitting, key=lambda each: each.failed)[: death.sessions]:
            left.remove(loss)
            found.append(loss)
    return found


def _fits(loss: Loss, death: Death) -> bool:
    return loss.began < death.at and death.at - BEFORE <= loss.failed <= death.at + AFTER


@frozen
class Result:
    """
    What a run has come to.

    @ivar connections: TCP connections that clients have opened, data connections included.
    @ivar longestWait: of any new connection for its first answer, in seconds.
    """

    connections: int
    losses: Sequence[Loss]
    deaths: Sequence[Death]
    longestWait: float

    @property
    def excused(self) -> list[Loss]:
        """
        The losses of killed servers.
        """
        return ofKilledServers(self.losses, self.deaths)

    def problems(self, start: float) -> list[str]:
        """
        Return why the run has failed, in words.

        @param start: when it began, by the monotonic clock, in seconds.
        """
        excused = self.excused
        found = [
            f"lost from {loss.began - start:.1f} to {loss.failed - start:.1f} s: {loss.visit}: {loss.reason}"
            for loss in sorted(self.losses, key=lambda each: each.failed)
            if loss not in excused
        ]
        if self.longestWait > LONGEST_WAIT:
            found.append(f"a connection waited {self.longestWait:.3f} s for its first answer")
        if not self.connections:
            found.append("there was no connection")
        return found

    def line(self) -> str:
        """
        Return the last line of a run.
        """
        return (
            f"chaos: {self.connections} connections, {len(self.losses)} lost, {len(self.excused)} of killed servers, "
            f"longest wait {self.longestWait:.3f} s"
        )


class Book:
    """
    Where clients write down what becomes of them, each in a thread of its own.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._connections = 0
        self._losses: list[Loss] = []
        self._deaths: list[Death] = []
        self._longest = 0.0

    def connected(self) -> None:
        """
        A client has begun to open a connection.
        """
        with self._lock:
            self._connections += 1

    def waited(self, seconds: float) -> None:
        """
        A new connection has waited so long for its first answer, whether or not it has got one.
        """
        with self._lock:
            self._longest = max(self._longest, seconds)

    def lost(self, loss: Loss) -> None:
        """
        A visit was lost.
        """
        with self._lock:
            self._losses.append(loss)

    def died(self, death: Death) -> None:
        """
        The stack has said that a server has died.
        """
        with self._lock:
            self._deaths.append(death)

    def result(self) -> Result:
        """
        Return what the run has come to until now.
        """
        with self._lock:
            return Result(self._connections, tuple(self._losses), tuple(self._deaths), self._longest)
