# -*- test-case-name: tests.server.test_reactor -*-
"""
The reactor of a server process: Twisted's, whose own descriptors stand in the relay's epoll as one.  Lives in
a server process; the hot path.

One wait serves all sessions.  Twisted has its turn when one of its own descriptors is ready, which includes calls
from threads, when a timed call is due, when one was made or moved, and when the reactor is to stop.
"""

from __future__ import annotations

from select import EPOLLIN
from time import monotonic

from twisted.internet.epollreactor import EPollReactor
from twisted.internet.main import installReactor

from sslpool.clocks import countMonotonic
from sslpool.server.relay import Relay

LONGEST = 3600.0
"""
How long the reactor waits at most where no timed call is ahead, in seconds.
"""


class ServerReactor(EPollReactor):
    """
    Twisted's reactor, which serves the sessions of one relay.
    """

    def __init__(self) -> None:
        super().__init__()
        self._relay: Relay | None = None
        self._called = False
        countMonotonic(self, self._present)

    def serve(self, relay: Relay) -> None:
        """
        Serve the sessions of C{relay} from now on.
        """
        relay.watch(self._poller.fileno(), 0, EPOLLIN, self._ready)
        self._relay = relay

    def stop(self) -> None:
        """
        Stop, also where a session asks for it.
        """
        super().stop()
        self._called = True

    def doIteration(self, delay: float | None) -> None:
        """
        Serve sessions until it is Twisted's turn, and then its descriptors.

        @param delay: when a timed call is due, in seconds from now; C{None} if there is none.
        """
        relay = self._relay
        if relay is None:
            self.doPoll(delay)
            return
        self._called = False
        wait = LONGEST if delay is None else delay
        due = monotonic() + wait
        # At least once: sessions have their turn also where calls are always due.
        relay.dispatch(wait)
        while relay.now < due and not self._called:
            relay.dispatch(due - relay.now)
        self.doPoll(0)

    def _present(self) -> float:
        # Who makes or moves a timed call asks for the time first.
        self._called = True
        return monotonic()

    def _ready(self, events: int) -> None:
        self._called = True


def install() -> ServerReactor:
    """
    Make the reactor of this process, which has none yet.
    """
    reactor = ServerReactor()
    installReactor(reactor)
    return reactor
