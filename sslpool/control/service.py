# -*- test-case-name: tests.control.test_service -*-
"""
The service that listens on the stack's control socket.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import cast

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import ITransport
from twisted.internet.tcp import Connection

from sslpool.control.access import AccessControl, Caller
from sslpool.control.claim import Claim
from sslpool.control.complaints import Complaints
from sslpool.control.controlfactory import ControlFactory
from sslpool.control.controlprotocol import LocalProtocol
from sslpool.control.paths import socketPath
from sslpool.control.quotas import RequestLimits
from sslpool.fairqueue import FairQueue
from sslpool.interfaces import IControlReactor, IPoolAdministration
from sslpool.messages import operatorError
from sslpool.trust import peerUid
from sslpool.unixsockets import UnixListener


def uidOf(transport: ITransport, poolProcesses: Callable[[], Iterable[int]] = tuple) -> int:
    """
    Return the user id at the other end of a transport over a UNIX socket.

    @param poolProcesses: as of L{peerUid}.
    """
    return peerUid(cast(Connection, transport).getHandle(), poolProcesses)


class ControlService(Service):
    """
    Answers SSLADMIN and NETSTAT on C{<directory>/<STACK>.sock}.  Anybody may
    connect; what a caller may ask for is decided by the kernel's word on who it is.

    @ivar path: the socket's path.
    @ivar complaints: what there was to be said of callers, counted.
    """

    name = "control"

    def __init__(
        self,
        reactor: IControlReactor,
        directory: str,
        stack: str,
        administration: IPoolAdministration,
        authority: AccessControl,
        identify: Callable[[int], Deferred[Caller]],
        queue: FairQueue,
        poolProcesses: Callable[[], Iterable[int]] = tuple,
        limits: RequestLimits | None = None,
    ) -> None:
        """
        @param poolProcesses: as of L{peerUid}.
        @param identify: finds out who has a user id.
        @param queue: where strangers wait, at whichever of the stack's doors.
        @param directory: the run directory, see L{sslpool.rundirectory.runDirectory}.
        @param authority: says who may use privileged commands.
        @raise OperatorError: the socket's path is too long.
        """
        self.path = socketPath(directory, stack)
        self.complaints = Complaints(reactor)
        self._claim = Claim(self.path, stack)
        self._connections = ControlFactory(
            lambda factory: LocalProtocol(factory, partial(uidOf, poolProcesses=poolProcesses), identify),
            reactor,
            administration,
            authority,
            self.complaints,
            queue,
            limits,
        )
        self._listener = UnixListener(reactor, self.path, self._connections, 0o666)

    def claim(self) -> None:
        """
        Make sure, before the service starts, that no other process serves this stack.

        @raise OperatorError: one does, or the run directory cannot be used.
        """
        self._claim.take()

    def startService(self) -> None:
        """
        Listen.

        @raise OperatorError: the stack is already running, or the socket cannot be made.
        """
        self._claim.take()
        try:
            self._listener.open()
        except OSError as error:
            self._claim.release()
            raise operatorError("SSLP410E", path=self.path, reason=error.strerror) from error
        super().startService()

    def holds(self) -> bool:
        """
        Tell whether this stack has the run directory.
        """
        return self._claim.holds()

    def tend(self) -> Iterator[str]:
        """
        Make again what somebody has removed from the run directory, and yield the path of each.

        @raise OperatorError: it cannot be made again; or another process has the lock.
        @raise OSError: something else is in the socket's place, or it cannot be made.
        """
        yield from self._claim.tend()
        if self._listener.tend():
            yield self.path

    async def _close(self) -> None:
        """
        Stop listening (which removes the socket's file) and end all connections.
        """
        try:
            await self._listener.close()
            await self._connections.close()
        finally:
            self.complaints.close()
            self._claim.release()

    def stopService(self) -> Deferred[None] | None:
        """
        Stop listening and end all connections; the result fires when that is done.
        """
        super().stopService()
        return Deferred.fromCoroutine(self._close()) if self._listener.isOpen else None
