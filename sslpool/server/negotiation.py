# -*- test-case-name: tests.server.test_cleartext -*-
"""
Dynamic SSL in a session: a dialogue that is understood on its way, also after TLS has begun.
Lives in a server process.

A L{Cleartext<sslpool.server.cleartext.Cleartext>} session becomes a L{Negotiated} one when TLS
begins, and an ordinary L{Session} as soon as its negotiator has nothing more to understand.  They
differ in what they do and in nothing that they hold.
"""

from __future__ import annotations

from select import EPOLLIN, EPOLLOUT, EPOLLRDHUP

from OpenSSL import SSL

from sslpool.config.portpolicy import PLAIN
from sslpool.server.keeping import prepareForEnd
from sslpool.server.outcome import Outcome
from sslpool.server.reception import admitted
from sslpool.server.session import BUFFER, Session
from sslpool.server.sides import Phase
from sslpool.starttls.contract import Action, DataStep, Listen, Refuse, StartTls, ToApplication, ToClient
from sslpool.tls.records import CLOSED, RECORD, WANT_WRITE


class Negotiated(Session):
    """
    A session whose client side is secured, and whose dialogue is still understood.
    """

    __slots__ = ()

    # What is read

    def clientEvent(self, events: int) -> None:
        if self.phase is Phase.CONNECTING:
            self._watchClient(0)
            return
        if self.phase is Phase.HANDSHAKE or self._lingering():
            super().clientEvent(events)
            return
        try:
            if events & EPOLLOUT:
                self._clientWritable()
            if (events & ~EPOLLOUT or self._readWaits) and self._mayReadClient():
                self._readWaits = False
                if events & EPOLLRDHUP:
                    prepareForEnd(self)
                self._readClient()
            self._settle()
        except (SSL.Error, OSError) as error:
            self._clientFailed(error)

    def applicationEvent(self, events: int) -> None:
        super().applicationEvent(events)
        # With the connection to the application it may have become an ordinary session.
        if isinstance(self, Negotiated):
            self._settle()

    def _readClient(self) -> None:
        relay = self._relay
        length = code = 0
        try:
            while length <= BUFFER - RECORD:
                code = relay.records.read(self.connection, length)
                if code <= 0:
                    break
                length += code
        finally:
            if length:
                self._heardClient(bytes(relay.view[:length]))
        if code == CLOSED:
            self._clientEnd()
        elif code == WANT_WRITE:
            self._readWaits = True

    def _heardClient(self, octets: bytes) -> None:
        self.received += len(octets)
        self.active = self._relay.now
        self._perform(self.negotiator.fromClient(octets))

    def _readApplication(self) -> None:
        if self._application is None or self._toClient:
            return
        try:
            octets = self._application.recv(BUFFER)
        except BlockingIOError:
            return
        if octets:
            self.active = self._relay.now
            self._perform(self.negotiator.fromApplication(octets))
        else:
            self._applicationEnd()

    def _clientEnd(self) -> None:
        if not self._clientEnded:
            self._perform(self.negotiator.clientEnded())
        if not self._isOver():
            super()._clientEnd()

    def _applicationEnd(self) -> None:
        self._perform(self.negotiator.applicationEnded())
        if self._isOver():
            return
        self._applicationEnded = True
        self.phase = Phase.CLOSING
        if not self._toClient:
            self._shutClient()

    # What follows from it

    def _perform(self, actions: list[Action]) -> None:
        for action in actions:
            if self._isOver():
                return
            if isinstance(action, ToClient):
                self._say(action.octets)
            elif isinstance(action, ToApplication):
                self._tell(action.octets)
            elif isinstance(action, StartTls):
                self._startTls(action)
            elif isinstance(action, Listen):
                self._listen(action)
            elif isinstance(action, Refuse):
                self._refuse(action)
            elif isinstance(action, DataStep):
                self._step(action)
            else:
                self._relay.denied += 1

    def _isOver(self) -> bool:
        return self.phase is Phase.ENDED or self._lingering()

    def _say(self, octets: bytes) -> None:
        """
        Send to the client, or keep what it does not take.
        """
        if self._toClient:
            self._toClient += octets
            return
        view = self._relay.view
        for start in range(0, len(octets), BUFFER):
            piece = octets[start : start + BUFFER]
            view[: len(piece)] = piece
            self._sendClient(len(piece))
            if self._toClient:
                self._toClient += octets[start + BUFFER :]
                return

    def _tell(self, octets: bytes) -> None:
        """
        Send to the application, or keep what it does not take.
        """
        if self._application is None or self._applicationShut:
            return
        sent = 0
        if not self._toApplication:
            try:
                sent = self._application.send(octets)
            except BlockingIOError:
                sent = 0
            except OSError as error:
                self._applicationDeaf(error)
                return
        self._toApplication += octets[sent:]

    def _startTls(self, start: StartTls) -> None:
        raise AssertionError("a session is secured once")

    def _listen(self, listen: Listen) -> None:
        raise AssertionError("this protocol has no data connections")

    def _step(self, step: DataStep) -> None:
        raise AssertionError("this protocol has no data connections")

    def _refuse(self, action: Refuse) -> None:
        self._say(action.octets)
        self._leave(Outcome[f"NEGOTIATION_{action.refusal.name}"])

    def _clientWritable(self) -> None:
        waiting, self._toClient = self._toClient, b""
        if waiting:
            self.active = self._relay.now
            self._say(waiting)
        if not self._toClient and (self._applicationEnded or self._clientShut):
            self._shutClient()

    # What is watched

    def _mayReadClient(self) -> bool:
        return not (
            self.negotiator.paused or self._toApplication or self._clientEnded or len(self._toClient) > BUFFER
        )

    def _settle(self) -> None:
        """
        Watch what can be done next.
        """
        if self._isOver() or self.phase in (Phase.HANDSHAKE, Phase.CONNECTING):
            return
        mask = EPOLLOUT if self._toClient or self._readWaits or self._shutWaits() else 0
        self._watchClient(mask | EPOLLIN if self._mayReadClient() else mask)
        mask = EPOLLOUT if self._toApplication else 0
        deaf = self._toClient or self._applicationEnded or self.negotiator.deaf
        self._watchApplication(mask if deaf else mask | EPOLLIN)
        if self.negotiator.transparent and not self._toClient and self.phase is Phase.ESTABLISHED:
            self._becomeOrdinary()

    def _shutWaits(self) -> bool:
        return self._applicationEnded and not self._clientShut

    def _becomeOrdinary(self) -> None:
        clientMask, applicationMask = self._clientMask, self._applicationMask
        self._watchClient(0)
        self._watchApplication(0)
        self.become(Session)
        self._watchClient(clientMask)
        self._watchApplication(applicationMask)

    # After the handshake

    def _connect(self) -> None:
        """
        The handshake is complete.  The application has been connected before, unless it is to be anew.
        """
        if self.port.policy != PLAIN and not admitted(self, self._relay, self._leave):
            return
        start = self.negotiator.start
        if start is not None and start.alpn and self.connection.get_alpn_proto_negotiated() != start.alpn:
            self._leave(Outcome.NEGOTIATION_ALPN)
            return
        if self._application is None:
            super()._connect()
            return
        self._goOn()

    def _dial(self) -> None:
        super()._dial()
        if self.phase is Phase.CONNECTING and self._application is not None:
            # Nobody may say anything until both are known to be there.
            self._watchApplication(EPOLLIN | EPOLLOUT)

    def _establish(self) -> None:
        """
        The application has been connected anew.
        """
        self._relay.applicationReached(self.port)
        self._goOn()

    def _goOn(self) -> None:
        self.phase = Phase.CLOSING if self._applicationEnded else Phase.ESTABLISHED
        self.active = self._relay.now
        self._perform(self.negotiator.secured())
        self._settle()
