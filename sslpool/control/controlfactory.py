# -*- test-case-name: tests.control.test_controlprotocol -*-
"""
The stack's ends of all control connections, by one way.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory, Protocol
from twisted.protocols import amp

from sslpool.control.access import Caller
from sslpool.control.complaints import Complaints
from sslpool.control.quotas import ConnectionQuota, RequestLimits
from sslpool.fairqueue import Arrivals, FairQueue


class ControlConnection(Protocol):
    """
    The stack's end of a control connection, as the factory has it.
    """

    def abort(self) -> None:
        """
        End the connection at once.
        """
        raise NotImplementedError

    def makeWay(self) -> None:
        """
        End the connection, of which it is not known yet whose it is, for others.
        """
        raise NotImplementedError


class ControlFactory(Factory):
    """
    Makes the stack's ends of control connections.

    @ivar clock: gives the time limits.
    @ivar privileged: tells whether a caller may use privileged commands now; others are strangers.
    @ivar respondersFor: makes the responders for a caller.
    @ivar complaints: takes what there is to be said of callers.
    @ivar turns: where strangers wait.
    @ivar arrivals: how often strangers may come.
    @ivar quota: how many connections there may be.
    @ivar limits: what each may ask for.
    @ivar connections: those that are open.
    @ivar expected: those of which it is not known yet whose they are, the oldest first.
    @param make: makes the stack's end of a connection.
    """

    noisy = False

    def __init__(
        self,
        make: Callable[[ControlFactory], ControlConnection],
        *,
        clock: IReactorTime,
        privileged: Callable[[Caller], bool],
        respondersFor: Callable[[Caller], amp.CommandLocator],
        complaints: Complaints,
        turns: FairQueue,
        arrivals: Arrivals,
        quota: ConnectionQuota,
        limits: RequestLimits,
    ) -> None:
        self._make = make
        self.clock = clock
        self.privileged = privileged
        self.respondersFor = respondersFor
        self.complaints = complaints
        self.turns = turns
        self.arrivals = arrivals
        self.quota = quota
        self.limits = limits
        self.connections: set[ControlConnection] = set()
        self.expected: dict[ControlConnection, None] = {}
        self._emptied: Deferred[None] | None = None

    def expect(self, connection: ControlConnection) -> None:
        """
        Wait for who a connection's caller is; where there are too many of these, the oldest has to go.
        """
        self.expected[connection] = None
        if len(self.expected) > self.quota.most:
            next(iter(self.expected)).makeWay()

    def buildProtocol(self, addr: object) -> ControlConnection:
        """
        Return the stack's end of a new connection.
        """
        return self._make(self)

    def forget(self, connection: ControlConnection) -> None:
        """
        A connection is closed.
        """
        self.connections.discard(connection)
        self.expected.pop(connection, None)
        if self._emptied is not None and not self.connections:
            emptied, self._emptied = self._emptied, None
            emptied.callback(None)

    def close(self) -> Deferred[None]:
        """
        End all connections; the result fires when the last one is closed.
        """
        finished: Deferred[None] = Deferred()
        self._emptied = finished
        for connection in list(self.connections):
            connection.abort()
        if not self.connections and not finished.called:
            self._emptied = None
            finished.callback(None)
        return finished
