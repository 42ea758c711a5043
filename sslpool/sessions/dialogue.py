# -*- test-case-name: tests.sessions.test_cleartext -*-
"""
The stage at which the client's side is secured and the dialogue is still understood (dynamic SSL).  Lives in a
server process.

It comes after L{Cleartext<sslpool.sessions.cleartext.Cleartext>}, or at the beginning where TLS does; as soon as the
negotiator has nothing more to understand, the session relays.
"""

from __future__ import annotations

from select import EPOLLIN, EPOLLOUT, EPOLLRDHUP

from OpenSSL import SSL

from sslpool.sessions.dialling import Dialling
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Event, Phase
from sslpool.sessions.relaying import BUFFER, Relaying
from sslpool.sessions.session import Kind, Session, kindOf
from sslpool.starttls.contract import Action, DataStep, Listen, Refuse, StartTls, ToApplication, ToClient
from sslpool.tls.records import CLOSED, WANT_WRITE


class Conversing(Kind):
    """
    Sessions whose dialogue is understood.
    """

    def goOn(self, session: Session) -> None:
        """
        Both sides are there, and the client's is secured.
        """
        session.active = session.host.now
        stage = Dialogue(session)
        session.come(Event.HALF if session.applicationEnded else Event.GO_ON, stage)
        stage.follow(session.negotiator.secured())

    def look(self) -> None:
        """
        The application is about to be read.
        """

    def listen(self, session: Session, listen: Listen) -> list[Action]:
        """
        A data connection is to be expected; return what the dialogue says to how that went.
        """
        raise AssertionError("this protocol has no data connections")

    def step(self, step: DataStep) -> None:
        """
        Something is to become of a data connection.
        """
        raise AssertionError("this protocol has no data connections")


class Dialogue(Relaying):
    """
    Hears both sides, and does what its negotiator says.
    """

    __slots__ = ()

    # What is read

    def clientEvent(self, events: int) -> None:
        session = self.session
        try:
            if events & EPOLLOUT:
                self.clientWritable()
            if (events & ~EPOLLOUT or session.readWaits) and self.mayReadClient():
                session.readWaits = False
                if events & EPOLLRDHUP:
                    self.readLast()
                else:
                    self.readClient()
            self.settle()
        except (SSL.Error, OSError) as error:
            self.clientFailed(error)

    def applicationEvent(self, events: int) -> None:
        super().applicationEvent(events)
        self.settle()

    def readOn(self, code: int) -> int:
        if code > 0:
            self.heardClient(bytes(self.session.host.view[:code]))
        return code

    def hasRead(self, code: int) -> None:
        if code == CLOSED:
            self.clientEnd()
        elif code == WANT_WRITE:
            self.session.readWaits = True

    def heardClient(self, octets: bytes) -> None:
        """
        The client has sent C{octets}.
        """
        session = self.session
        if session.tap is not None:
            session.tap.moved(session, "received", memoryview(octets))
        session.received += len(octets)
        session.active = session.host.now
        self.perform(session.negotiator.fromClient(octets))

    def sendApplication(self, length: int) -> None:
        self.readOn(length)

    def readApplication(self) -> None:
        session = self.session
        kindOf(session, Conversing).look()
        if session.applicationSocket is None or session.toClient:
            return
        self.step("reads from the application")
        try:
            octets = session.applicationSocket.recv(BUFFER)
        except BlockingIOError:
            return
        if octets:
            session.active = session.host.now
            self.perform(session.negotiator.fromApplication(octets))
        else:
            self.applicationEnd()

    def clientOver(self) -> None:
        if not self.session.clientEnded:
            self.perform(self.session.negotiator.clientEnded())
        if not self.isOver:
            super().clientOver()

    def applicationEnd(self) -> None:
        session = self.session
        self.perform(session.negotiator.applicationEnded())
        if self.isOver:
            return
        session.applicationEnded = True
        self.half()
        if not session.toClient:
            self.shutClient()

    # What follows from it

    def follow(self, actions: list[Action]) -> None:
        """
        Do what the dialogue says on another occasion than what has been read.
        """
        try:
            self.perform(actions)
            self.settle()
        except (SSL.Error, OSError) as error:
            self.clientFailed(error)

    def perform(self, actions: list[Action]) -> None:
        """
        Do what the dialogue says.
        """
        for action in actions:
            if self.isOver:
                return
            if isinstance(action, ToClient):
                self.say(action.octets)
            elif isinstance(action, ToApplication):
                self.tell(action.octets)
            elif isinstance(action, StartTls):
                self.startTls(action)
            elif isinstance(action, Listen):
                self.perform(kindOf(self.session, Conversing).listen(self.session, action))
            elif isinstance(action, Refuse):
                self.say(action.octets)
                self.leave(Outcome[f"NEGOTIATION_{action.refusal.name}"])
            elif isinstance(action, DataStep):
                kindOf(self.session, Conversing).step(action)
            else:
                self.session.host.denied += 1

    def say(self, octets: bytes) -> None:
        """
        Send to the client, or keep what it does not take.
        """
        session = self.session
        if session.toClient:
            session.toClient += octets
            return
        view = session.host.view
        for start in range(0, len(octets), BUFFER):
            piece = octets[start : start + BUFFER]
            view[: len(piece)] = piece
            self.sendClient(len(piece))
            if session.toClient:
                session.toClient += octets[start + BUFFER :]
                return

    def tell(self, octets: bytes) -> None:
        """
        Send to the application, or keep what it does not take.
        """
        session = self.session
        if session.applicationSocket is None or session.applicationShut:
            return
        sent = 0
        if not session.toApplication:
            try:
                sent = session.applicationSocket.send(octets)
            except BlockingIOError:
                sent = 0
            except OSError as error:
                self.applicationDeaf(error)
                return
        session.toApplication += octets[sent:]

    def startTls(self, start: StartTls) -> None:
        """
        The client's side is to be secured.
        """
        raise AssertionError("a session is secured once")

    def clientWritable(self) -> None:
        session = self.session
        self.step("can write to the client again")
        unsent, session.toClient = session.toClient, b""
        if unsent:
            session.active = session.host.now
            self.say(unsent)
        if not session.toClient and (session.applicationEnded or session.clientShut):
            self.shutClient()

    # What is watched

    def mayReadClient(self) -> bool:
        """
        Tell whether what the client sends can be dealt with.
        """
        session = self.session
        waits = session.toApplication or session.clientEnded or len(session.toClient) > BUFFER
        return not (session.negotiator.paused or waits)

    def settle(self) -> None:
        """
        Watch what can be done next.
        """
        session = self.session
        if session.stage is not self:
            return
        shutWaits = session.applicationEnded and not session.clientShut
        mask = EPOLLOUT if session.toClient or session.readWaits or shutWaits else 0
        session.watchClient(mask | EPOLLIN if self.mayReadClient() else mask)
        mask = EPOLLOUT if session.toApplication else 0
        deaf = session.toClient or session.applicationEnded or session.negotiator.deaf
        session.watchApplication(mask if deaf else mask | EPOLLIN)
        if session.negotiator.transparent and not session.toClient and session.phase is Phase.DIALOGUE:
            session.come(Event.RELAY, Relaying(session))


class SecuredDialling(Dialling):
    """
    Connects to the application after the handshake.  Nobody may say anything until it is known to be there.
    """

    __slots__ = ()

    def dialled(self) -> None:
        self.session.watchClient(0)
        self.session.watchApplication(EPOLLIN | EPOLLOUT)

    def clientEvent(self, events: int) -> None:
        self.session.watchClient(0)
