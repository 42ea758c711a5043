# -*- test-case-name: tests.control.test_controlprotocol -*-
"""
The stack's ends of all control connections, by one way.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory, Protocol

from sslpool.control.access import AccessControl, Caller
from sslpool.control.complaints import Complaints
from sslpool.control.quotas import ConnectionQuota, RequestLimits
from sslpool.control.responders import AdministrationResponders
from sslpool.fairqueue import Arrivals, FairQueue
from sslpool.interfaces import IPoolAdministration


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
    @ivar complaints: takes what there is to be said of callers.
    @ivar queue: where strangers wait.
    @ivar arrivals: how often strangers may come.
    @ivar quota: how many connections there may be.
    @ivar limits: what each may ask for.
    @ivar connections: those that are open.
    @ivar expected: those of which it is not known yet whose they are, the oldest first.
    @param make: makes the stack's end of a connection.
    @param administration: who answers.
    @param authority: says who may use privileged commands; others are strangers.
    """

    noisy = False

    def __init__(
        self,
        make: Callable[[ControlFactory], ControlConnection],
        clock: IReactorTime,
        administration: IPoolAdministration,
        authority: AccessControl,
        complaints: Complaints,
        queue: FairQueue,
        limits: RequestLimits | None = None,
        quota: ConnectionQuota | None = None,
    ) -> None:
        self._make = make
        self.clock = clock
        self._administration = administration
        self._authority = authority
        self.complaints = complaints
        self.queue = queue
        self.arrivals = Arrivals(clock)
        self.quota = quota or ConnectionQuota()
        self.limits = limits or RequestLimits()
        self.connections: set[ControlConnection] = set()
        self.expected: dict[ControlConnection, None] = {}
        self._emptied: Deferred[None] | None = None

    def privileged(self, caller: Caller) -> bool:
        """
        Tell whether a caller may use privileged commands now.
        """
        return self._authority.admits(caller)

    def respondersFor(self, caller: Caller) -> AdministrationResponders:
        """
        Return the answers for one caller.
        """
        return AdministrationResponders(self._administration, caller, self._authority, self.complaints)

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
