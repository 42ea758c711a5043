# -*- test-case-name: tests.server.test_relay -*-
"""
The relay: takes sockets from the stack and drives every session of a server.  Lives in a server process; the hot path.

The relay keeps an epoll of its own, on which L{sslpool.server.reactor} waits, so that a session costs Twisted nothing.
There is no Deferred, no delayed call and no log event for a session that goes well.
"""

from __future__ import annotations

import select
import socket
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

from sslpool.readers import Reader
from sslpool.server.faults import endFaulty
from sslpool.server.intake import Intake
from sslpool.server.observer import IRelayObserver
from sslpool.server.sessionrecords import recordOf
from sslpool.sessions.outcome import NO_MEMORY, Outcome
from sslpool.sessions.relaying import BUFFER
from sslpool.sessions.session import Host, Session, Tap
from sslpool.sessions.silence import patienceFor
from sslpool.tls import renegotiation
from sslpool.tls.anchors import AnchorRing
from sslpool.tls.binding import isModern, recordsFor, wasResumed
from sslpool.tls.facts import entryOf
from sslpool.tls.labels import Label
from sslpool.tls.outbound import OutboundContexts
from sslpool.tls.peers import Trust
from sslpool.tls.reception import Reception
from sslpool.tls.records import Records
from sslpool.wire.assignment import PortAssignment, TimeLimits
from sslpool.wire.cachebook import CacheBook
from sslpool.wire.records import SessionRecord
from sslpool.wire.segment import Region, Shortage, StackWords

if TYPE_CHECKING:
    from sslpool.server.tracing import Tracing

EVENTS = 64
"""
The most events that are dispatched in one round.
"""

ROUNDS = 24
"""
The most rounds of L{Relay.doRead}.
"""


class Relay(Reader, Host):
    """
    All sessions of one server, and their host.

    @ivar labels: the labels by name; replaced as a whole by REFRESH.
    @ivar trust: whose word counts about clients; replaced together with the labels.
    @ivar book: the books of the session cache.
    @ivar received: octets received in sessions that have ended.
    @ivar sent: octets sent in sessions that have ended.
    @ivar traced: what is traced, to which traced sessions tell; C{None} is nothing.
    """

    def __init__(
        self,
        handoff: socket.socket,
        stack: StackWords,
        region: Region,
        anchors: AnchorRing,
        book: CacheBook,
        observer: IRelayObserver,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.intake = Intake(self, handoff, stack, region)
        self.anchors = anchors
        self.book = book
        anchors.tell(book.rotate)
        self.observer = observer
        self._clock = clock
        self.limits = TimeLimits(handshake=10, connect=10, idle=0)
        self.labels: Mapping[str, Label] = {}
        self.trust = Trust()
        self._receptions: dict[int, Reception] = {}
        self.outbound: OutboundContexts
        self.now = clock()
        self.patience = patienceFor(0)
        self._takeKeys()
        book.rotate(anchors.key, anchors.forgotten)
        self.buffer = bytearray(BUFFER)
        self.view = memoryview(self.buffer)
        self.records: Records = recordsFor(self.buffer)
        self.sessions: dict[int, Session] = {}
        self.traced: Tracing | None = None
        self.outcomes: Counter[Outcome] = Counter()
        self.received = self.sent = self.resumed = self.denied = 0
        self._unreached: set[int] = set()
        self._table: dict[int, Callable[[int], None]] = {}
        self.watched = self._epoll = select.epoll()

    def doRead(self) -> None:
        """
        Dispatch what is ready, and what has become ready meanwhile, for a
        bounded number of rounds: for whoever has long work of another kind.
        """
        for _ in range(ROUNDS):
            if not self.dispatch(0):
                return

    def dispatch(self, wait: float) -> int:
        """
        Dispatch what is ready, or is within C{wait} seconds; return how many events there were.
        """
        occurred = self._epoll.poll(wait, EVENTS)
        self.now = self._clock()
        table, intake = self._table, self.intake
        for descriptor, events in occurred:
            ready = table.get(descriptor)
            if ready is not None:
                try:
                    ready(events)
                except Exception as error:
                    endFaulty(self, getattr(ready, "__self__", None), error, descriptor)
        if intake.offered:
            try:
                self._takeKeys()
                intake.take()
            except Exception as error:
                endFaulty(self, intake, error)
        return len(occurred)

    def _takeKeys(self) -> None:
        """
        Take the ticket keys of the present.
        """
        self.anchor = self.anchors.current(self.now)

    def part(self) -> None:
        """
        Have ticket keys of its own from now on: others take its place.
        """
        self.anchors.part(self._clock())
        self.book.part()
        self._takeKeys()

    # What sessions use

    def watch(self, descriptor: int, before: int, mask: int, ready: Callable[[int], None]) -> None:
        """
        Call C{ready} with the events of C{mask} that occur on C{descriptor}.

        An empty mask takes the descriptor out altogether: while it is in, epoll
        reports a hang-up whether asked or not, again and again.
        """
        if not mask:
            # Explicitly, before closing: the stack's duplicate keeps the socket
            # alive, and epoll would go on reporting a descriptor we no longer have.
            self._epoll.unregister(descriptor)
            del self._table[descriptor]
        elif before:
            self._epoll.modify(descriptor, mask)
        else:
            self._epoll.register(descriptor, mask)
            self._table[descriptor] = ready

    def forget(self, descriptor: int) -> None:
        del self._table[descriptor]

    def redirect(self, descriptor: int, ready: Callable[[int], None]) -> None:
        """
        Call C{ready} from now on with the events of a descriptor that is watched.
        """
        self._table[descriptor] = ready

    def descriptorsOf(self, owner: object) -> list[int]:
        """
        Return the descriptors whose events go to a method of C{owner}.
        """
        return [descriptor for descriptor, ready in self._table.items() if getattr(ready, "__self__", None) is owner]

    def mute(self, descriptor: int) -> None:
        """
        Watch a descriptor no longer, whatever has become of it.
        """
        with suppress(OSError):  # it is closed already
            self._epoll.unregister(descriptor)
        del self._table[descriptor]

    def tapFor(self, session: Session) -> Tap | None:
        return None if self.traced is None else self.traced.tapFor(session)

    def receptionOf(self, port: PortAssignment) -> Reception:
        made = self._receptions.get(port.key)
        if made is None or made.labels is not self.labels or made.port is not port:
            made = self._receptions[port.key] = Reception(port, self.labels, self.trust)
        return made

    def doubtful(self, session: Session, reason: str) -> None:
        self.observer.doubtful(session, reason)

    def renegotiationRefused(self, session: Session) -> None:
        self.observer.renegotiationRefused(session)

    def sourceUnusable(self, port: PortAssignment, reason: str) -> None:
        self.observer.sourceUnusable(port, reason)

    @property
    def isShort(self) -> bool:
        """
        See L{Host.isShort}.
        """
        return self.intake.shortage is not Shortage.NONE

    def lack(self, shortage: Shortage) -> None:
        self.intake.lack(shortage)

    def carry(self, change: int) -> None:
        self.intake.carry(change)

    def dataFull(self) -> bool:
        isFull = self.intake.full
        if isFull:
            self.observer.dataFull()
        return isFull

    def taken(self, slot: int, number: int) -> None:
        """
        Tell the stack that the connection's first octets have been read: from
        now on nobody else could serve it, and the stack lets go of its duplicate.
        """
        self.intake.taken(slot, number)

    def handshakeDone(self, session: Session) -> None:
        """
        Count a complete handshake.
        """
        connection, port = session.connection, session.port
        self.passed(session)
        label = session.label if port.policy.labels else port.label
        resumed = wasResumed(connection)
        self.resumed += resumed
        if not isModern(connection):
            renegotiation.watch(connection)
        entry = entryOf(connection, resumed)
        if port.data is not None and port.data.reuse:
            # It is resumed by its own data connections only.
            entry = 0
        self.book.count(label, resumed, entry, self.now)

    def passed(self, session: Session) -> None:
        """
        A session has completed its handshake, needs none, or ends without.
        """
        if session.pending:
            session.pending = False
            self.intake.passed()

    def applicationReached(self, port: PortAssignment) -> None:
        """
        The application was reached; of interest where it had not been.
        """
        if port.key in self._unreached:
            self._unreached.discard(port.key)
            self.observer.applicationReached(port)

    def labelMissing(self, port: PortAssignment) -> None:
        """
        A client has asked for TLS, and the label of its port is not there any more.
        """
        self.observer.refused(port)

    def sessionEnded(self, session: Session, outcome: Outcome, detail: str) -> None:
        """
        Count a session that has let go of its sockets, and make room for another.
        """
        self.received += session.received
        self.sent += session.sent
        del self.sessions[session.number]
        if session.kind.handed:
            self.passed(session)
            self.count(outcome, session.number)
        else:
            self.outcomes[outcome] += 1
        if outcome is not Outcome.FINISHED:
            if outcome in (Outcome.APPLICATION_DOWN, Outcome.APPLICATION_TIMEOUT):
                self._unreached.add(session.port.key)
            if NO_MEMORY in detail:
                self.intake.lack(Shortage.MEMORY)
            self.observer.sessionEnded(session, outcome, detail)

    def count(self, outcome: Outcome, number: int) -> None:
        """
        Count how a connection has ended, and make room for another.
        """
        self.outcomes[outcome] += 1
        self.intake.finished(number)

    # What the server uses

    def serve(self) -> None:
        """
        Take sockets from the stack from now on.
        """
        self.intake.begin()

    def setPort(self, port: PortAssignment) -> None:
        """
        Take a secure port, new or changed.  Running sessions keep it as it was.
        """
        self.intake.setPort(port)

    def sweep(self) -> None:
        """
        Look at the time limits of every session.
        """
        self.now = now = self._clock()
        self.patience = patienceFor(self.limits.idle)
        # Not only where somebody comes: old keys are let go, and TLS may begin later.
        try:
            self._takeKeys()
            self.intake.resume()
        except Exception as error:
            endFaulty(self, None, error)
        for session in list(self.sessions.values()):
            try:
                session.sweep(now)
            except Exception as error:
                # Not to the caller: the others have time limits as well.
                endFaulty(self, session, error)

    @property
    def empty(self) -> bool:
        """
        No session is here or on its way from the stack.
        """
        return self.intake.empty

    def stop(self) -> None:
        """
        Close every session with close_notify.
        """
        self.now = self._clock()
        for session in list(self.sessions.values()):
            try:
                session.stop()
            except Exception as error:
                endFaulty(self, session, error)

    def close(self) -> None:
        """
        End whatever is left, without waiting, and close the epoll.
        """
        for session in list(self.sessions.values()):
            try:
                session.end(Outcome.STOPPED)
            except Exception as error:
                endFaulty(self, session, error)
        self.intake.close()
        self._epoll.close()

    def sessionRecords(self, server: str, after: int, limit: int) -> list[SessionRecord]:
        """
        Return at most C{limit} sessions numbered above C{after}, in order.
        """
        numbers = sorted(number for number in self.sessions if number > after)[:limit]
        now = self._clock()
        return [recordOf(self.sessions[number], server, now, self.observer.fault) for number in numbers]
