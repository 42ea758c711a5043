# -*- test-case-name: tests.stack.test_reaching -*-
"""
Whether applications can be reached: what servers have found out when clients came, and what the stack finds
out when an operator asks.  Lives in the stack process.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Collection, Iterable

from twisted.internet.defer import Deferred, DeferredSemaphore, gatherResults
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, UNIXClientEndpoint
from twisted.internet.error import ConnectError, TimeoutError
from twisted.internet.interfaces import IStreamClientEndpoint, ITransport
from twisted.internet.protocol import Factory, Protocol

from sslpool.interfaces import IStackReactor
from sslpool.messages import Said, said
from sslpool.pool.assignment import Address, PortAssignment
from sslpool.reasons import reasonOf

LIMIT = 2.0
"""
How long an application may take to accept a connection, in seconds, when an operator asks.
"""

MOST = 32
"""
How many applications are tried at once.
"""

LONGEST = 200
"""
How many characters are kept of what a server says.
"""


class _Knock(Protocol):
    """
    Connects, and goes again.
    """

    transport: ITransport

    def connectionMade(self) -> None:
        """
        Somebody is there.
        """
        self.transport.loseConnection()


class _Knocking(Factory):
    """
    Makes such.
    """

    protocol = _Knock
    noisy = False


class Reaching:
    """
    What is known last of each application, by its userid.

    @param reactor: connects.
    @param known: returns the userids of the applications.
    """

    def __init__(self, reactor: IStackReactor, known: Callable[[], Collection[str]]) -> None:
        self._reactor = reactor
        self._known = known
        self._turns = DeferredSemaphore(MOST)
        self._problems: dict[str, Said] = {}

    def problem(self, userid: str) -> Said | None:
        """
        Return the message why an application cannot be reached, as far as is known.
        """
        return self._problems.get(userid)

    def hear(self, message: Said) -> None:
        """
        A server has said something: it may be about an application.
        """
        application = str(message.fields.get("application", ""))
        if message.id == "SSLP122I":
            self._problems.pop(application, None)
        elif message.id == "SSLP121W" and application in self._known():
            fields = {name: str(message.fields[name])[:LONGEST] for name in ("addresses", "reason")}
            self._problems[application] = said("SSLP465E", application=application, **fields)

    async def look(self, assignments: Iterable[PortAssignment]) -> None:
        """
        Connect to the applications of these ports, once for those that have one in common; not to remote
        hosts, nor to the manhole, which is the stack's own.
        """
        targets = {
            (each.userid, each.addresses, each.source)
            for each in assignments
            if each.remote is None and not each.inside and each.addresses
        }
        found = await gatherResults(
            [self._turns.run(Deferred.fromCoroutine, self._knock(*target)) for target in targets]
        )
        for userid, _, _ in targets:
            self._problems.pop(userid, None)
        self._problems.update({userid: message for userid, message in found if message is not None})

    async def _knock(self, userid: str, addresses: tuple[Address, ...], source: str) -> tuple[str, Said | None]:
        """
        Connect to the first address that accepts it, as a server would.
        """
        reason = ""
        for address in addresses:
            try:
                await self._endpoint(address, source).connect(_Knocking())
            except TimeoutError:
                reason = f"no answer within {LIMIT:.0f} s"
            except ConnectError as error:
                reason = os.strerror(error.osError) if error.osError else reasonOf(error)
            else:
                return userid, None
        texts = ", ".join(address.text for address in addresses)
        return userid, said("SSLP465E", application=userid, addresses=texts, reason=reason)

    def _endpoint(self, address: Address, source: str) -> IStreamClientEndpoint:
        if not address.port:
            return UNIXClientEndpoint(self._reactor, address.host, LIMIT)
        kind = TCP6ClientEndpoint if address.family == socket.AF_INET6 else TCP4ClientEndpoint
        return kind(self._reactor, address.host, address.port, LIMIT, (source, 0) if source else None)
