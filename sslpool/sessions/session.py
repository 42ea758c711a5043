# -*- test-case-name: tests.sessions.test_relaying -*-
"""
One session: its two sockets, what is watched on each, what has been counted, and how it ends.  Lives in a
server process; the hot path.

What it does with what comes is up to its L{Stage}; what it is for, to its L{Kind}.  Both live no longer
than it does, and hold nothing that outlives a stage but what stands here.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from select import EPOLLIN, EPOLLRDHUP
from typing import ClassVar, TypeAlias, TypeVar, cast

from OpenSSL import SSL

from sslpool.config.securing import Dynamic
from sslpool.sessions import host as hosts
from sslpool.sessions import kind as kinds
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import TABLE, Event, Phase, follow
from sslpool.sessions.sockets import resetAtEnd
from sslpool.starttls.contract import Negotiator
from sslpool.tls.contexts import labelOf
from sslpool.tls.facts import NOTHING_AGREED, NOTHING_SAID, Facts, Hello, factsOf, helloOf, keepSession
from sslpool.tls.renegotiation import REFUSED, takeRefused
from sslpool.wire.assignment import PortAssignment
from sslpool.wire.offer import peerText

_NEVER = (-1.0, 0)
_BOTH = int(socket.SHUT_RDWR)
_ENDED = Phase.ENDED


class Stage:
    """
    What a session does with what comes.  None has attributes that another one needs.

    Every method tolerates an event that turns out to mean nothing, since a descriptor's number may have been
    used again since the event was reported, and none waits: each does a bounded amount of work.

    @ivar session: the session.
    @cvar overSocket: the TLS library reads and writes the client's socket itself.
    """

    __slots__ = ("session",)

    overSocket: ClassVar[bool] = True

    def __init__(self, session: Session) -> None:
        self.session = session

    def clientEvent(self, events: int) -> None:
        """
        The client's socket is ready for C{events}.
        """

    def applicationEvent(self, events: int) -> None:
        """
        The application's socket is ready for C{events}.
        """

    def sweep(self, now: float) -> None:
        """
        Look at the time limits.

        @param now: the present, by the host's clock.
        """

    def leave(self, outcome: Outcome, detail: str = "") -> None:
        """
        Close of our own accord, in order where that is possible.
        """
        self.session.end(outcome, detail)

    def fail(self) -> None:
        """
        End: there was a fault of ours.
        """
        self.session.end(Outcome.FAULT)

    def ending(self) -> None:
        """
        The session is about to close its sockets.
        """


class Over(Stage):
    """
    Nothing happens any more; all sessions that have ended share it.
    """

    __slots__ = ()

    def __init__(self) -> None:
        """
        It has no session.
        """

    def leave(self, outcome: Outcome, detail: str = "") -> None:
        """
        It has left.
        """

    def fail(self) -> None:
        """
        Nor can it fail.
        """


_OVER = Over()


class Session:
    """
    One session.

    @ivar number: the connection number.
    @ivar port: the secure port it came in by.
    @ivar kind: what it is for.
    @ivar stage: what it does with what comes.
    @ivar phase: the name of that.
    @ivar host: its surroundings.
    @ivar tap: who is told of it; C{None} is nobody.
    @ivar connection: the TLS connection; there is none before it is known how TLS begins.
    @ivar negotiator: what understands the dialogue of a dynamic session; others have none.
    @ivar clientSocket: the side that speaks TLS.
    @ivar applicationSocket: the side in cleartext; C{None} while, or as soon as, there is none.
    @ivar clientMask: what is watched on the client's socket.
    @ivar applicationMask: likewise.
    @ivar attempt: which of the port's addresses is the present one.
    @ivar toApplication: what the application has not taken yet.
    @ivar toClient: what the client has not taken yet.
    @ivar clientEnded: nothing more comes from the client.
    @ivar applicationEnded: likewise.
    @ivar clientShut: the client has been told that nothing more comes.
    @ivar applicationShut: likewise.
    @ivar readWaits: a read waits until something can be written to the client.
    @ivar bulk: the client sends so much that it is read from in bulk.
    @ivar aborted: the client has not ended in order: the application's connection is to be reset.
    @ivar applicationReset: the application has reset the connection: the client learns that by an alert.
    @ivar asked: the client is asked for its certificate.
    @ivar outcome: how it is going to end, as far as is known.
    @ivar detail: more about that.
    @ivar deadline: when it ends unless it gets on, by the host's clock, at stages with such a limit.
    @ivar pending: it came from the stack and has not completed its handshake.
    @ivar started: when it came, by the host's clock.
    @ivar active: when it last moved data, by the host's clock.
    @ivar looked: what was found when it was looked at as silent: when it had been active, and what waited.
    @ivar received: octets received from the client, decrypted.
    @ivar sent: octets sent to the client, before encryption.
    @ivar peer: port and host of the client, as offers have them.
    """

    __slots__ = (
        "aborted", "active", "applicationEnded", "applicationMask", "applicationReset", "applicationShut",
        "applicationSocket", "asked", "attempt", "bulk", "clientEnded", "clientMask", "clientShut", "clientSocket",
        "connection", "deadline", "detail", "host", "kind", "looked", "negotiator", "number", "outcome", "peer",
        "pending", "phase", "port", "readWaits", "received", "sent", "slot", "stage", "started", "tap",
        "toApplication", "toClient",
    )  # fmt: skip

    negotiator: Negotiator
    connection: SSL.Connection
    stage: Stage

    def __init__(
        self,
        host: Host,
        kind: Kind,
        number: int,
        slot: int,
        port: PortAssignment,
        client: socket.SocketType,
        peer: bytes,
    ) -> None:
        self.host = host
        self.kind = kind
        self.number = number
        self.slot = slot
        self.port = port
        self.peer = peer
        self.clientSocket = client
        self.pending = kind.handed
        self.started = self.active = now = host.now
        self.deadline = now + host.limits.handshake
        self.received = self.sent = self.attempt = self.clientMask = self.applicationMask = 0
        self.applicationSocket: socket.SocketType | None = None
        self.toApplication = self.toClient = b""
        self.clientEnded = self.applicationEnded = self.clientShut = self.applicationShut = False
        self.readWaits = self.bulk = self.aborted = self.applicationReset = self.asked = False
        self.looked = _NEVER
        self.outcome = Outcome.FINISHED
        self.detail = ""
        self.phase = Phase.NEW
        self.stage = _OVER
        self.tap = host.tapFor(self)
        kind.begin(self)

    # Stages

    def come(self, event: Event, stage: Stage | None = None) -> None:
        """
        Come to the stage that follows an event.

        @param stage: what the session does there; C{None} is what it does now.
        """
        before = self.phase
        # What L{follow} does, which is called where there is no such stage.
        self.phase = after = TABLE[before].get(event) or follow(before, event)
        if stage is not None:
            self.stage = stage
            if self.clientMask:
                self.host.redirect(self.clientSocket.fileno(), stage.clientEvent)
            if self.applicationMask and self.applicationSocket is not None:
                self.host.redirect(self.applicationSocket.fileno(), stage.applicationEvent)
        if self.tap is not None and before.shown != after.shown:
            self.tap.changed(self, before, after)

    def secureWith(self, anchor: SSL.Context, label: SSL.Context) -> None:
        """
        Make the TLS connection.

        @param anchor: the context that has the ticket keys.
        @param label: the context that has the certificate.
        """
        client = cast(socket.socket, self.clientSocket) if self.stage.overSocket else None
        self.connection = connection = SSL.Connection(anchor, client)
        connection.set_context(label)
        connection.set_accept_state()
        if self.tap is not None:
            self.tap.begun(self)

    # What is watched

    def watchClient(self, mask: int) -> None:
        """
        Watch this on the client's socket from now on.
        """
        if mask != self.clientMask and self.phase is not _ENDED:
            # That the client has ended its stream has to be known before the library meets it.
            asked = mask | EPOLLRDHUP if mask & EPOLLIN else mask
            self.host.watch(self.clientSocket.fileno(), self.clientMask, asked, self.stage.clientEvent)
            self.clientMask = mask

    def watchApplication(self, mask: int) -> None:
        """
        Watch this on the application's socket from now on.
        """
        if mask != self.applicationMask and self.applicationSocket is not None:
            descriptor = self.applicationSocket.fileno()
            self.host.watch(descriptor, self.applicationMask, mask, self.stage.applicationEvent)
            self.applicationMask = mask

    def sweep(self, now: float) -> None:
        """
        Look at the time limits.

        @param now: the present, by the host's clock.
        """
        self.kind.sweep(self, now)
        self.stage.sweep(now)

    # The end

    def fail(self) -> None:
        """
        End: there was a fault of ours.
        """
        self.end(Outcome.FAULT)

    def stop(self) -> None:
        """
        Close: the server stops.
        """
        if self.tap is not None:
            self.tap.step(self, "was told to stop")
        self.stage.leave(Outcome.STOPPED)

    def end(self, outcome: Outcome, detail: str = "") -> None:
        """
        Let go of both sockets and report; further calls do nothing.
        """
        if self.phase is _ENDED:
            return
        self.stage.ending()
        outcome = self.kind.ending(self, outcome, detail)
        if self.tap is not None:
            self.tap.ended(self, outcome, detail)
        if self.slot >= 0:
            self.markTaken()
        self.watchClient(0)
        self.hangUp()
        self.come(Event.END, _OVER)
        # The stack may still hold a duplicate, so closing alone would not end the connection.
        with suppress(OSError):  # the client was faster
            self.clientSocket.shutdown(_BOTH)
        self.clientSocket.close()
        if hasattr(self, "connection"):
            keepSession(self.connection)
            if REFUSED and takeRefused(self.connection):
                self.host.renegotiationRefused(self)
        self.host.sessionEnded(self, outcome, detail)
        self.kind.ended(self, outcome)

    def hangUp(self) -> None:
        """
        Let go of the application.
        """
        application = self.applicationSocket
        if application is not None:
            if (self.aborted or self.kind.resets) and not self.applicationShut:
                resetAtEnd(application)
            if self.kind.sharesApplication:
                self.watchApplication(0)
            elif self.applicationMask:
                # Nobody has a duplicate: closing it takes it out of the epoll.
                self.host.forget(application.fileno())
                self.applicationMask = 0
            application.close()
            self.applicationSocket = None

    def markTaken(self) -> None:
        """
        Tell the stack, once, that the client's first octets have been read.
        From then on the slot belongs to another connection.
        """
        slot, self.slot = self.slot, -1
        self.host.taken(slot, self.number)

    # What is shown

    @property
    def label(self) -> str:
        """
        The label that secures the client's side; empty while nothing does.
        """
        if not hasattr(self, "connection"):
            return "" if isinstance(self.port.securing, Dynamic) else self.port.label
        return labelOf(self.connection) or self.port.label

    @property
    def facts(self) -> Facts:
        """
        What has been agreed with the client.
        """
        return factsOf(self.connection) if hasattr(self, "connection") else NOTHING_AGREED

    @property
    def hello(self) -> Hello:
        """
        What the client has said first, as far as the TLS library has read it.
        """
        return helloOf(self.connection) if hasattr(self, "connection") else NOTHING_SAID

    @property
    def client(self) -> str:
        """
        The address of the side that speaks TLS, C{address:port}.
        """
        return self.kind.addressOf(self) or peerText(self.peer)


Kind: TypeAlias = kinds.Kind[Session, Stage]
K = TypeVar("K", bound=Kind)
Host: TypeAlias = hosts.Host[Session]
Tap: TypeAlias = hosts.Tap[Session]
"""
What a session is for, what it asks of its surroundings, and who is told of it: with the types that they have here.
"""


def kindOf(session: Session, kind: type[K]) -> K:
    """
    Return what a session is for, which is known to be of this kind.
    """
    assert isinstance(session.kind, kind)
    return session.kind
