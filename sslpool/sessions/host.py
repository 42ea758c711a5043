"""
What a session asks of its surroundings: of the relay, and of whoever traces it.  Server processes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from OpenSSL import SSL

from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Phase
from sslpool.tls.anchors import AnchorRing
from sslpool.tls.labels import Label
from sslpool.tls.outbound import OutboundContexts
from sslpool.tls.reception import Reception
from sslpool.tls.records import Records
from sslpool.wire.assignment import PortAssignment, TimeLimits
from sslpool.wire.segment import Shortage

S = TypeVar("S")
Told_contra = TypeVar("Told_contra", contravariant=True)


class Tap(Protocol[Told_contra]):
    """
    Who is told of the points that matter in a session that is traced, or whose secrets are logged.
    """

    def begun(self, session: Told_contra) -> None:
        """
        It has a TLS connection.
        """

    def shakes(self, session: Told_contra) -> None:
        """
        It goes on with its handshake.
        """

    def secured(self, session: Told_contra) -> None:
        """
        Its handshake is complete.
        """

    def changed(self, session: Told_contra, before: Phase, after: Phase) -> None:
        """
        It has come to another stage.
        """

    def moved(self, session: Told_contra, direction: str, octets: memoryview) -> None:
        """
        It has moved octets.
        """

    def step(self, session: Told_contra, step: str, *reasons: Outcome | str | Exception) -> None:
        """
        It takes a step.

        @param reasons: why, where there are reasons.
        """

    def ended(self, session: Told_contra, outcome: Outcome, detail: str) -> None:
        """
        It is about to end.
        """


class Host(Protocol[S]):
    """
    What a session asks for.

    @ivar now: the present as of this wake-up, monotonic, in seconds.
    @ivar limits: the time limits in force.
    @ivar patience: after how many silent seconds the sweep looks at a session.
    @ivar anchors: the ring of anchors.
    @ivar anchor: the anchor for new connections.
    @ivar labels: the labels by name.
    @ivar outbound: the contexts of the secure client.
    @ivar records: how records are read and written on L{buffer}.
    @ivar buffer: the one buffer of this process.
    @ivar view: the same, for slices without a copy.
    @ivar sessions: the sessions by their numbers.
    @ivar outcomes: how sessions have ended, counted.
    @ivar resumed: handshakes that resumed an earlier session.
    @ivar denied: requests of dynamic SSL that were refused in dialogues that went on.
    """

    now: float
    limits: TimeLimits
    patience: float
    anchors: AnchorRing
    anchor: SSL.Context
    labels: Mapping[str, Label]
    outbound: OutboundContexts
    records: Records
    buffer: bytearray
    view: memoryview
    sessions: dict[int, S]
    outcomes: Counter[Outcome]
    resumed: int
    denied: int

    def tapFor(self, session: S) -> Tap[S] | None:
        """
        Return who is told of a session; C{None} where nobody is.
        """

    def watch(self, descriptor: int, before: int, mask: int, ready: Callable[[int], None]) -> None:
        """
        Call C{ready} with the events of C{mask} that occur on C{descriptor}; watch it no longer where that is 0.

        @param before: the mask until now.
        """

    def forget(self, descriptor: int) -> None:
        """
        A descriptor that is watched is about to be closed, and has no duplicate.
        """

    def redirect(self, descriptor: int, ready: Callable[[int], None]) -> None:
        """
        Call C{ready} from now on with the events of a descriptor that is watched.
        """

    def receptionOf(self, port: PortAssignment) -> Reception:
        """
        Return what chooses a port's contexts.

        @raise KeyError: the key database does not have the port's label.
        """

    def taken(self, slot: int, number: int) -> None:
        """
        Tell the stack that the connection's first octets have been read.
        """

    def passed(self, session: S) -> None:
        """
        A session has completed its handshake, needs none, or ends without.
        """

    def handshakeDone(self, session: S) -> None:
        """
        Count a complete handshake.
        """

    def doubtful(self, session: S, reason: str) -> None:
        """
        A client's certificate is not trusted, and its session goes on without it.
        """

    def renegotiationRefused(self, session: S) -> None:
        """
        A client has asked for renegotiation, which the library has refused.
        """

    def applicationReached(self, port: PortAssignment) -> None:
        """
        The application was reached.
        """

    def sourceUnusable(self, port: PortAssignment, reason: str) -> None:
        """
        No connection to the application can be made from the address that it is to see.
        """

    def labelMissing(self, port: PortAssignment) -> None:
        """
        A client has asked for TLS, and the label of its port is not there any more.
        """

    def sessionEnded(self, session: S, outcome: Outcome, detail: str) -> None:
        """
        A session has let go of its sockets.
        """

    @property
    def isShort(self) -> bool:
        """
        Whether the server has run out of something.
        """

    def lack(self, shortage: Shortage) -> None:
        """
        The server has run out of something: it is to get no connections for now.
        """

    def carry(self, change: int) -> None:
        """
        Count data connections of FTP, open or expected.

        @param change: how many there are more.
        """

    def dataFull(self) -> bool:
        """
        Tell whether there are as many data connections as there may be, and say so.
        """
