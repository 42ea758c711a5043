"""
Connections on their way to a server: who accepts, who chooses, who hands over.  Stack process.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from socket import MSG_DONTWAIT, SocketType, socket

from attrs import define, frozen
from zope.interface import Attribute, Interface

from sslpool.pool.peers import Peer


@define(eq=False)
class Arrival:
    """
    A connection that the stack has accepted.

    @ivar number: the connection number.
    @ivar client: the accepted socket.
    @ivar port: the key of the secure port; L{sslpool.wire.offer.DYNAMIC} where a program handed the connection over.
    @ivar host: the client's numeric address.
    @ivar hostPort: the client's port.
    @ivar deadline: how long it may wait for room, by the stack's clock.
    @ivar order: what the program asks for, packed; empty for an accepted connection.
    @ivar conversation: the program's end of its conversation, which goes with the connection.
    @ivar read: how many octets the program had read from the connection.
    @ivar peer: the address that it is counted for; C{None} where it is not counted.
    """

    number: int
    client: SocketType
    port: int
    host: str
    hostPort: int
    deadline: float
    order: bytes = b""
    conversation: SocketType | None = None
    read: int = 0
    peer: Peer | None = None

    def close(self) -> None:
        """
        Let go of what the stack holds of it.
        """
        self.client.close()
        if self.conversation is not None:
            self.conversation.close()

    def refuse(self, lastWords: bytes) -> None:
        """
        No server takes it.

        @param lastWords: what the client is told.
        """
        with suppress(OSError):  # it has gone; nothing else was sent, so there is room
            self.client.send(lastWords, MSG_DONTWAIT)
        if self.peer is not None:
            self.peer.leave()
        self.close()


class IHandoff(Interface):
    """
    The way on which sockets go to one process.  Lives in the stack process.
    """

    holding = Attribute("There are duplicates of sockets that the server has not yet read from.")
    untaken = Attribute("How many connections others would get if the process ended now; its region counts them.")
    refuses = Attribute("Nothing can be handed over at the moment.")
    stuck = Attribute("There are offers that the server has not received; how many it has, or C{None} where none wait.")

    def hand(arrival: Arrival) -> bool:
        """
        Send a connection to the server; C{False} where that is not possible at
        the moment.  The caller has made sure that the member has room.

        @raise OSError: this connection can never be sent.
        """

    def release() -> list[Arrival]:
        """
        Let go of the duplicates that the server has read from; return the connections that it has given back.
        """

    def settle() -> None:
        """
        Count connections no longer that have ended, for the addresses that they were counted for.
        """

    def watch() -> None:
        """
        Keep in mind which connections end, until L{adopt}.
        """

    def adopt(found: Iterable[tuple[int, Peer | None]]) -> None:
        """
        Count connections that were handed over while nobody did.

        @param found: numbers of connections that the process has had since L{watch}, with the
            addresses that they are to be counted for.
        """

    def begin(pair: socket) -> None:
        """
        A process is being made; C{pair} is the stack's half of the socket pair.
        """

    def withdraw() -> None:
        """
        Let the server take none of the offers that it has not received.
        """

    def withdrawn() -> list[Arrival]:
        """
        Return the connections that the server takes no more, some time after L{withdraw}.
        """

    def end() -> list[Arrival]:
        """
        The process has ended.  Return the connections whose first octets it had not read; its region still counts them.
        """


class IAcceptor(Interface):
    """
    Who waits for room in the pool: the acceptor.  Lives in the stack process.
    """

    def roomChanged() -> None:
        """
        A member has become active or has ended, or a limit has changed.
        """

    def woken(returned: Sequence[Arrival]) -> None:
        """
        A server has taken something or ended a session, so that more may be
        handed to it; and it has given these connections back.
        """

    def orphaned(arrivals: Sequence[Arrival]) -> None:
        """
        These connections were handed to a process that ended before it read from them, gave them back, or hangs; they
        go to other members, before any other connection.
        """


class IChosen(Interface):
    """
    A member of the pool as the acceptor sees it.
    """

    index = Attribute("Its index; 0 is the first.")
    handoff = Attribute("Its L{IHandoff}.")


class IRouter(Interface):
    """
    The pool as the acceptor sees it.  Lives in the stack process.
    """

    limits = Attribute("The limits in force.")
    sessions = Attribute("Sessions that count against MAXSESSIONS.")
    pending = Attribute("Connections at servers that have not completed their handshake.")
    handoffs = Attribute("The L{IHandoff} of every process.")
    exhausted = Attribute("There is no room, and no member that could be activated to make some.")
    room = Attribute("What the next connection meets: a L{sslpool.pool.routing.Room}.")

    def choose() -> IChosen | None:
        """
        Return the member that takes the next connection.
        """

    def handed(index: int) -> None:
        """
        The member with this index has been handed a connection.
        """

    def passOver(index: int) -> None:
        """
        The member with this index could not be handed a connection; it is not chosen again before L{lookAgain}.
        """

    def lookAgain() -> None:
        """
        Members that were passed over may be able to take something again.
        """

    def prompt() -> None:
        """
        Activate a member, if that is called for.
        """


@frozen
class Asker:
    """
    Whoever is at the other end of the application socket, by the kernel's word.

    @ivar uid: its user id.
    @ivar userid: its login name in upper case, or C{uid n} where it has none.
    @ivar trusted: it may have connections secured.
    """

    uid: int
    userid: str
    trusted: bool
