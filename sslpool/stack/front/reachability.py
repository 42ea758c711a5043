# -*- test-case-name: tests.stack.front.test_reachability -*-
"""
Whether applications can be reached: what servers have found out when clients came, and what the stack finds
out when an operator asks.  Lives in the stack process.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from typing import TypeAlias

from twisted.internet.defer import CancelledError, Deferred, DeferredList, DeferredSemaphore
from twisted.internet.defer import TimeoutError as AsynchronousTimeoutError
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, UNIXClientEndpoint
from twisted.internet.error import ConnectError, ConnectingCancelledError, TimeoutError
from twisted.internet.interfaces import IStreamClientEndpoint, ITransport
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from sslpool.config.securing import Outbound
from sslpool.interfaces import IStackReactor
from sslpool.messages import Said, said
from sslpool.reasons import reasonOf
from sslpool.wire.assignment import Address, PortAssignment

LIMIT = 2.0
"""
How long an application may take to accept a connection, in seconds, when an operator asks.
"""

ANSWER_TIMEOUT = 10.0
"""
How long all of them may take, in seconds.
"""

MOST_AT_ONCE = 32
"""
How many applications are tried at once.
"""

LONGEST = 200
"""
How many characters are kept of what a server says.
"""


_Target: TypeAlias = tuple[str, tuple[Address, ...], str]
"""
An application's userid, its addresses, and the address that it is to see.
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


def _cancelled(failure: Failure) -> None:
    """
    Nobody waits for an answer any more.
    """
    failure.trap(CancelledError, ConnectingCancelledError)


class Reachability:
    """
    What is known last of each application, by its userid.

    @param reactor: connects.
    @param known: returns the userids of the applications.
    """

    def __init__(self, reactor: IStackReactor, known: Callable[[], Collection[str]]) -> None:
        self._reactor = reactor
        self._known = known
        self._semaphore = DeferredSemaphore(MOST_AT_ONCE)
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
            if not isinstance(each.securing, Outbound) and not each.manhole and each.addresses
        }
        found: list[tuple[str, Said | None]] = []

        def knock(target: _Target) -> Deferred[None]:
            return Deferred.fromCoroutine(self._knock(*target)).addCallback(found.append)

        tries = [self._semaphore.run(knock, target).addErrback(_cancelled) for target in targets]
        looking = DeferredList(tries)
        looking.addTimeout(ANSWER_TIMEOUT, self._reactor)
        with suppress(AsynchronousTimeoutError):  # of those that are left is known what was
            await looking
        for userid, _ in found:
            self._problems.pop(userid, None)
        self._problems.update({userid: message for userid, message in found if message is not None})

    async def _knock(self, userid: str, addresses: tuple[Address, ...], source: str) -> tuple[str, Said | None]:
        """
        Connect to the first address that accepts it, as a server would; return the application's userid, and why it
        cannot be reached, if so.
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
