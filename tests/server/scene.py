"""
A relay with real sockets on all its sides, and everything that stands around it:
the stack's end of the handoff, TLS clients, and cleartext applications.  Tests only.

Everything happens in the test's own thread: L{Scene.until} lets the relay, the
clients and the applications take turns until something is the case.
"""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from attrs import define, evolve, field
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from sslpool.config.securing import Dynamic
from sslpool.keydb.exchange import exportPem
from sslpool.keydb.records import Authority as TrustedAuthority
from sslpool.keydb.records import KeyMaterial
from sslpool.server.observer import IRelayObserver
from sslpool.server.relay import Relay
from sslpool.sessions.draining import LINGER
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Phase
from sslpool.sessions.session import Session
from sslpool.tls.anchors import AnchorRing
from sslpool.tls.labels import Label, buildLabels
from sslpool.tls.outbound import OutboundContexts
from sslpool.tls.policy import Policy
from sslpool.wire.assignment import Address, PortAssignment, TimeLimits
from sslpool.wire.cachebook import CacheBook
from sslpool.wire.offer import packOffer
from sslpool.wire.segment import Region, Shortage
from tests.doubles.certificates import Authority, makeAuthority, makeClient, makeServer
from tests.doubles.room import newSegment
from tests.server.ends import Application, ApplicationPeer, Client, Peer, tcpPair

SLOTS = 8
PATIENCE = 10.0
"""
How long a test waits, in seconds of the wall clock, before it fails.
"""

End = TypeVar("End")

PORT = 443
TLS12 = ssl.TLSVersion.TLSv1_2


@cache
def authority() -> Authority:
    """
    Return the authority of all certificates here.
    """
    return makeAuthority()


@cache
def labels() -> dict[str, Label]:
    """
    Return the label C{TEST}, ready for use.
    """
    return buildLabels([makeServer(authority())], Policy(), 1)


@cache
def material() -> KeyMaterial:
    """
    Return what the secure client may use: L{authority} as C{CA}, and a client's certificate.
    """
    return KeyMaterial((makeClient(authority()),), (TrustedAuthority("CA", authority().certificate),))


def anchors() -> AnchorRing:
    """
    Return a ring of one anchor, which nobody else has: its keys age with the clock.
    """
    return AnchorRing(Policy(), 0.0, 1)


@implementer(IRelayObserver)
@define
class Observer:
    """
    What the relay has told.

    @ivar ends: how sessions ended that did not go well.
    @ivar clients: who was at the TLS side of these.
    @ivar reached: ports whose application was reached again.
    @ivar sources: ports whose application cannot be connected to from where it should be, and why.
    @ivar refusals: ports of connections that were refused.
    @ivar shortages: what the server has run out of.
    @ivar faults: our mistakes.
    @ivar doubts: why certificates of clients are not trusted whose sessions go on.
    @ivar full: how often a data connection was refused.
    @ivar renegotiations: sessions whose clients were refused renegotiation.
    """

    ends: list[tuple[int, Outcome, str]] = field(factory=list)
    clients: list[str] = field(factory=list)
    reached: list[PortAssignment] = field(factory=list)
    sources: list[tuple[PortAssignment, str]] = field(factory=list)
    refusals: list[PortAssignment] = field(factory=list)
    shortages: list[Shortage] = field(factory=list)
    faults: list[BaseException] = field(factory=list)
    doubts: list[tuple[int, str]] = field(factory=list)
    full: int = 0
    renegotiations: list[int] = field(factory=list)

    def sessionEnded(self, session: Session, outcome: Outcome, detail: str) -> None:
        """
        See L{sslpool.server.relay.IRelayObserver.sessionEnded}.
        """
        self.ends.append((session.number, outcome, detail))
        self.clients.append(session.client)

    def applicationReached(self, port: PortAssignment) -> None:
        """
        See L{sslpool.server.relay.IRelayObserver.applicationReached}.
        """
        self.reached.append(port)

    def sourceUnusable(self, port: PortAssignment, reason: str) -> None:
        """
        See L{sslpool.server.relay.IRelayObserver.sourceUnusable}.
        """
        self.sources.append((port, reason))

    def refused(self, port: PortAssignment) -> None:
        """
        See L{sslpool.server.relay.IRelayObserver.refused}.
        """
        self.refusals.append(port)

    def exhausted(self, shortage: Shortage) -> None:
        """
        See L{sslpool.server.relay.IRelayObserver.exhausted}.
        """
        self.shortages.append(shortage)

    def dataFull(self) -> None:
        """
        See L{sslpool.server.relay.IRelayObserver.dataFull}.
        """
        self.full += 1

    def doubtful(self, session: Session, reason: str) -> None:
        """
        See L{sslpool.server.relay.IRelayObserver.doubtful}.
        """
        self.doubts.append((session.number, reason))

    def renegotiationRefused(self, session: Session) -> None:
        """
        See L{sslpool.server.relay.IRelayObserver.renegotiationRefused}.
        """
        self.renegotiations.append(session.number)

    def fault(self, error: BaseException) -> None:
        """
        See L{sslpool.server.relay.IRelayObserver.fault}.
        """
        self.faults.append(error)


def portTo(*addresses: Address, key: int = PORT, label: str = "TEST") -> PortAssignment:
    """
    Return a secure port in front of an application at C{addresses}.
    """
    return PortAssignment(key, f"127.0.0.1:{key}", "APPL", label, addresses)


class Scene:
    """
    A relay, and what stands around it.

    @ivar relay: the relay.
    @ivar region: its counters.
    @ivar segment: the segment.
    @ivar stack: the stack's end of the handoff.
    @ivar observer: what the relay has told.
    @ivar book: the books of the session cache.
    @ivar now: the relay's clock.
    @ivar wakeUps: how often the relay's descriptor was ready.
    """

    def __init__(self, test: SynchronousTestCase, clean: bool = True, ring: AnchorRing | None = None) -> None:
        self._test = test
        self.now = 1000.0
        self.stack, handoff = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.stack.setblocking(False)
        handoff.setblocking(False)
        self.handoff = handoff
        self.segment = newSegment(SLOTS)
        self.region = self.segment.region(0)
        self.observer = Observer()
        self.book = CacheBook(self.segment.cache(0), Policy().cacheLife, 100, 1, self.now)
        self.relay = Relay(
            handoff, self.segment, self.region, ring or anchors(), self.book, self.observer, lambda: self.now
        )
        self.relay.labels = labels()
        self.relay.outbound = OutboundContexts(material(), Policy())
        self.relay.limits = TimeLimits(10, 10, 0)
        self.relay.serve()
        self.wakeUps = 0
        self.duplicates: dict[int, socket.socket] = {}
        self._number = 0
        self._turning: list[Any] = []
        self._clean = clean
        test.addCleanup(self._close)

    def _close(self) -> None:
        self.relay.close()
        self.stack.close()
        for each in [*self._turning, *self.duplicates.values()]:
            each.close()
        if self._clean:
            self._test.assertEqual(self.observer.faults, [])
        region = self.region
        self._test.assertEqual((region.sessions, region.pending, region.data, self.relay.sessions), (0, 0, 0, {}))

    # What stands around

    def join(self, end: End) -> End:
        """
        Give C{end}, whatever it is the end of, its turns, and close it in the end.
        """
        self._turning.append(end)
        return end

    def application(self, path: str = "") -> Application:
        """
        Start an application, and a port in front of it.
        """
        application = self.join(Application.unix(path) if path else Application.tcp())
        self.relay.setPort(portTo(application.address))
        return application

    def dynamic(self, protocol: str, security: str, label: str = "TEST") -> Application:
        """
        Start an application, and a port in front of it whose connections become secure on the way.
        """
        application = self.join(Application.tcp())
        self.relay.setPort(evolve(portTo(application.address, label=label), securing=Dynamic(protocol, security)))
        return application

    def upgrade(self, client: Peer, context: ssl.SSLContext | None = None) -> Client:
        """
        Have a client in cleartext begin TLS on its socket.
        """
        secured = Client(client.socket, context or clientContext(), None)
        self._turning[self._turning.index(client)] = secured
        return secured

    def forget(self, client: Peer) -> None:
        """
        Give a client that has gone no more turns, and let the stack's duplicates go.
        """
        self._turning.remove(client)
        while self.duplicates:
            self.duplicates.popitem()[1].close()

    def client(
        self,
        session: ssl.SSLSession | None = None,
        context: ssl.SSLContext | None = None,
        receiveBuffer: int = 0,
        port: int = PORT,
        name: str = "localhost",
    ) -> Client:
        """
        Have a TLS client connect and its socket handed to the relay.
        """
        connecting, accepted = tcpPair(receiveBuffer)
        client = Client(connecting, context or clientContext(), session, name)
        self._turning.append(client)
        self.hand(accepted, port)
        return client

    def rawClient(self, host: str = "127.0.0.1") -> Peer:
        """
        The same with a client that sends what it is told to.
        """
        connecting, accepted = tcpPair(host=host)
        client = Peer(connecting)
        self._turning.append(client)
        self.hand(accepted)
        return client

    def hand(self, accepted: socket.socket, port: int = PORT, slot: int | None = None) -> int:
        """
        Do the stack's part; it keeps its duplicate.  Return the connection's number.
        """
        self._number += 1
        self.region.handed += 1
        self.region.words[Region.SENT] += 1
        slot = self._number % SLOTS if slot is None else slot
        peer = "2001:db8::1" if accepted.family == socket.AF_INET6 else "192.0.2.1"
        message = packOffer(self._number, slot, port, peer, 4711)
        socket.send_fds(self.stack, [message], [accepted.fileno()])
        self.duplicates[self._number] = accepted
        return self._number

    # Time

    def turn(self) -> None:
        """
        Let everybody have one turn.
        """
        if select.select([self.relay.fileno()], [], [], 0)[0]:
            self.wakeUps += 1
            self.relay.doRead()
        for each in self._turning:
            each.turn()

    def until(self, condition: Callable[[], object]) -> None:
        """
        Take turns until C{condition} is the case.
        """
        limit = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > limit:
                self._test.fail("it did not come to that")
            self.turn()

    def calm(self) -> int:
        """
        Take turns until nothing moves any more; return how often the relay woke up in the last hundred
        turns.  The kernel may take longer than some turns to carry what was sent: as long as something
        moves, they are not the last.
        """
        quiet = 0
        limit = time.monotonic() + PATIENCE
        while True:
            before, start = self._state(), self.wakeUps
            for _ in range(100):
                self.turn()
            quiet = quiet + 1 if self._state() == before else 0
            if quiet > 1 or time.monotonic() > limit:
                return self.wakeUps - start

    def _state(self) -> tuple[object, ...]:
        moved = [(each.received, each.sent, each.phase) for each in self.relay.sessions.values()]
        return (self.relay.outcomes.total(), moved)

    def sweep(self, seconds: float = 0.0) -> None:
        """
        Let time pass, and have the relay look at its time limits.
        """
        self.now += seconds
        self.relay.sweep()

    # What is the case

    @property
    def session(self) -> Session:
        """
        The only session.
        """
        (session,) = self.relay.sessions.values()
        return session

    def outcomes(self) -> dict[Outcome, int]:
        """
        Return how sessions have ended.
        """
        return dict(self.relay.outcomes)

    def established(self, application: Application, client: Client) -> ApplicationPeer:
        """
        Let the session of C{client} reach the application; return its end.
        """
        count = len(application.peers)
        self.until(lambda: client.secure and len(application.peers) > count)
        return application.peers[-1]

    def drained(self) -> None:
        """
        Let all sessions end, or come so far that we have closed them; then time passes for these.
        """
        running = self.relay.sessions
        self.until(
            lambda: (
                not self.region.sessions
                or (running and all(session.phase is Phase.DRAINING for session in running.values()))
            )
        )
        self.sweep(LINGER + 0.1)

    def ended(self, outcome: Outcome) -> None:
        """
        Let the only session end, and see that it was with C{outcome}; a client that does not is not waited for.
        """
        self.drained()
        self.until(lambda: self.region.sessions == 0)
        self._test.assertEqual(self.outcomes(), {outcome: 1})
        self._test.assertEqual(self.region.finished, 1)


def clientContext(maximum: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """
    Return the context of a client that trusts L{authority}.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=exportPem([authority().certificate]).decode("ascii"))
    if maximum is not None:
        context.maximum_version = maximum
    return context
