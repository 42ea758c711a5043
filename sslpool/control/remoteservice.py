# -*- test-case-name: tests.control.test_remote -*-
"""
The service that listens on the stack's port for remote administration: the same answers as the control socket gives, to
callers that a client certificate vouches for.  Lives in the stack process.
"""

from __future__ import annotations

from typing import Any, cast

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IHandshakeListener, IListeningPort, IReactorSSL, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from sslpool.config.configuration import AdminPort
from sslpool.config.values import upperCase
from sslpool.control.access import AccessControl, Caller
from sslpool.control.complaints import CUT_OFF, Complaints
from sslpool.control.controlfactory import ControlFactory
from sslpool.control.controlprotocol import ControlProtocol
from sslpool.fairqueue import FairQueue
from sslpool.interfaces import IPoolAdministration, IReloadable
from sslpool.keydb.sources import readMaterial
from sslpool.messages import OperatorError, Said, said
from sslpool.messages.announce import announce, announceSaid
from sslpool.pool.peers import keyOf
from sslpool.repeating import Repeating
from sslpool.tls.administration import AdministrationServer, commonName, explained

HANDSHAKE = 10.0
"""
Seconds that a client has for its handshake.
"""

RETRY = 3.0
"""
How often a port that could not be opened is tried again, in seconds.
"""


@implementer(IHandshakeListener)
class RemoteProtocol(ControlProtocol):
    """
    A connection over TLS: who calls is known when the handshake is complete.
    """

    UNKNOWN = "its handshake was not complete in time"

    def connectionMade(self) -> None:
        """
        Somebody has connected; nothing is known but the address.
        """
        peer = self._wire.getPeer()
        self._address = f"{peer.host}:{peer.port}"
        # What counts as one host is what counts as one address at the ports.
        if self._enter(keyOf(peer.host), Caller(None, "", self._address)):
            self.setTimeout(HANDSHAKE)

    def handshakeCompleted(self) -> None:
        """
        The certificate is good: say who it is.
        """
        if not self._leaving:
            found = cast(Any, self._wire).getPeerCertificate()
            self._identified(Caller(None, upperCase(commonName(found)), self._address))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The connection has ended; if the handshake was not complete, that is why.
        """
        if self in self._home.expected and not self._leaving:
            text = f"its handshake failed: {explained(reason)}"
            self._home.complaints.say(CUT_OFF, caller=self._caller, reason=text)
        super().connectionLost(reason)


@implementer(IReloadable)
class RemoteService(Service):
    """
    Answers SSLADMIN and NETSTAT of other machines.

    @param place: where it listens, and with which certificate; C{None} for nowhere.
    @param keyFile: absolute path of the key database.
    @param administration: who answers.
    @param authority: says who may do anything at all.
    @param complaints: takes what there is to be said of callers.
    @param queue: where strangers wait.
    """

    name = "remote"
    log = Logger()

    def __init__(
        self,
        reactor: Any,
        place: AdminPort | None,
        keyFile: str,
        administration: IPoolAdministration,
        authority: AccessControl,
        complaints: Complaints,
        queue: FairQueue,
    ) -> None:
        self._reactor = cast(IReactorSSL, reactor)
        self._place = place
        self._keyFile = keyFile
        self._tls = AdministrationServer()
        self._port: IListeningPort | None = None
        self._closed: list[Said] = []
        self._retrying = Repeating(
            cast(IReactorTime, reactor), RETRY, self._again, "the port of remote administration was opened"
        )
        self._connections = ControlFactory(
            RemoteProtocol, cast(IReactorTime, reactor), administration, authority, complaints, queue
        )

    def startService(self) -> None:
        """
        Listen; where that cannot be done yet, say so.
        """
        super().startService()
        self._retrying.startService()
        for message in self.reload():
            announceSaid(self.log, message)

    def reload(self) -> list[Said]:
        """
        See L{IReloadable.reload}: read the key database, and listen where that has not been possible; return
        the messages for what is wrong.  What was in use stays in use then.
        """
        place = self._place
        if place is None:
            return []
        try:
            self._tls.use(readMaterial(self._keyFile), place.label, place.authority)
        except OperatorError as error:
            return [error.said]
        if self._port is not None or not self.running:
            return []
        self._closed = self._listen(place)
        return self._closed

    def _again(self) -> None:
        """
        Where it could not be listened, try again, and say what is new.
        """
        if self._closed and self._place is not None:
            before, self._closed = self._closed, self._listen(self._place)
            for message in self._closed:
                if message not in before:
                    announceSaid(self.log, message)

    def _listen(self, place: AdminPort) -> list[Said]:
        try:
            # Its annotations know neither of the two.
            listen = cast(Any, self._reactor).listenSSL
            self._port = listen(place.number, self._connections, self._tls, interface=place.host)
        except CannotListenError as error:
            return [said("SSLP452E", local=place.local, reason=error.socketError)]
        announce(self.log, "SSLP453I", local=place.local, label=place.label)
        return []

    def stopService(self) -> Deferred[None] | None:
        """
        Stop listening and end all connections; the result fires when that is done.
        """
        super().stopService()
        self._retrying.stopService()
        port, self._port = self._port, None
        return None if port is None else Deferred.fromCoroutine(self._close(port))

    async def _close(self, port: IListeningPort) -> None:
        await maybeDeferred(port.stopListening)
        await self._connections.close()
