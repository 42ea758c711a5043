# -*- test-case-name: tests.stack.test_lookups -*-
"""
Looks up the names of remote hosts again and again, so that servers know their
addresses as they are now.  Lives in the stack process.

The system's resolver may take long, and is asked in a thread; servers never ask it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorThreads, IReactorTime
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure

from sslpool.config.configuration import SecurePort
from sslpool.messages import OperatorError
from sslpool.messages.announce import announce, announceFault
from sslpool.pool.assignment import Address, PortAssignment
from sslpool.stack.ports import Ports, Resolve, applicationAddresses

PERIOD = 60.0
"""
How often names are looked up, in seconds.
"""

Ask = Callable[[Callable[[], list[Address]]], "Deferred[list[Address]]"]


class Lookups(Service):
    """
    Looks up.

    @param ports: the ports.
    @param tell: tells servers about a port.
    @param resolve: turns a host and port into addresses; may take long.
    @param ask: has something that may take long done, by default in a thread.
    """

    log = Logger()

    def __init__(
        self,
        reactor: IReactorTime,
        ports: Ports,
        tell: Callable[[PortAssignment], None],
        resolve: Resolve,
        ask: Ask | None = None,
    ) -> None:
        self._reactor = reactor
        self._ports = ports
        self._tell = tell
        self._resolve = resolve
        self._ask = self._inThread if ask is None else ask
        self._next: IDelayedCall | None = None
        self._unknown: set[str] = set()

    def startService(self) -> None:
        """
        Begin: what was not known when the ports were made is looked up at once.
        """
        super().startService()
        self._next = self._reactor.callLater(0, self._look)

    def stopService(self) -> None:
        """
        Look up no more.
        """
        super().stopService()
        if self._next is not None and self._next.active():
            self._next.cancel()

    def _look(self) -> None:
        looking = Deferred.fromCoroutine(self._lookAll())
        looking.addErrback(lambda failure: announceFault(self.log, "names were looked up", failure))
        looking.addBoth(self._again)

    def _again(self, result: None | Failure) -> None:
        if self.running:
            self._next = self._reactor.callLater(PERIOD, self._look)

    async def _lookAll(self) -> None:
        for port in {each.address: each for each in self._ports.remotes()}.values():
            await self._lookUp(port)

    async def _lookUp(self, port: SecurePort) -> None:
        try:
            addresses = await self._ask(lambda: applicationAddresses(port, self._resolve))
        except OperatorError as error:
            # Addresses that were known stay: the name service may be back before the host has moved.
            self._complain(port, error)
            return
        self._unknown.discard(port.address)
        for other in self._ports.remotes():
            if other.address == port.address:
                for assignment in self._ports.renew(other, addresses):
                    self._tell(assignment)

    def _complain(self, port: SecurePort, error: OperatorError) -> None:
        if port.address not in self._unknown:
            self._unknown.add(port.address)
            reason = error.text.rpartition(": ")[2]
            announce(self.log, "SSLP759W", address=port.address, application=port.userid, reason=reason)

    def _inThread(self, look: Callable[[], list[Address]]) -> Deferred[list[Address]]:
        reactor = cast(IReactorThreads, self._reactor)
        return deferToThreadPool(reactor, reactor.getThreadPool(), look)
