# -*- test-case-name: tests.server.test_returning -*-
"""
Sessions that begin TLS while tickets of a replaced key may still be offered: the
client's first octets are looked at, without taking them from the socket, before it
is decided with which anchor they begin.  Lives in a server process; the hot path,
but only for CACHELIFE after a change of keys.
"""

from __future__ import annotations

from functools import cache
from socket import MSG_PEEK, SO_RCVLOWAT, SOL_SOCKET
from typing import TYPE_CHECKING

from sslpool.server.reception import demandFor
from sslpool.server.session import Session
from sslpool.tls.records import RECORD

if TYPE_CHECKING:
    from sslpool.server.sides import Sides

_HEADER = 5
_HANDSHAKE_RECORD = 22


class Returning(Session):
    """
    A session whose client may offer such a ticket.  It is what it was before as soon
    as its ClientHello is there.
    """

    __slots__ = ()

    def clientEvent(self, events: int) -> None:
        """
        The first octets are there: where they are not yet the whole ClientHello
        (the ticket is at its end), have the kernel wait for the rest.
        """
        relay = self._relay
        try:
            length = self._client.recv_into(relay.buffer, 0, MSG_PEEK)
            missing = _missing(relay.buffer, length)
            if missing:
                self._client.setsockopt(SOL_SOCKET, SO_RCVLOWAT, length + missing)
                _become(self, _kindFor(_ordinary(self), Impatient))
                return
            _decide(self, length)
        except BlockingIOError:
            return  # the event meant nothing
        except OSError:
            pass  # the handshake will meet the same
        _become(self, _ordinary(self))
        self.clientEvent(events)


class Impatient(Session):
    """
    A session that has waited for the rest, and does not wait again.
    """

    __slots__ = ()

    def clientEvent(self, events: int) -> None:
        """
        The rest is there, or will not come.
        """
        try:
            self._client.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 1)
            _decide(self, self._client.recv_into(self._relay.buffer, 0, MSG_PEEK))
        except OSError:
            pass  # the handshake will meet the same
        _become(self, _ordinary(self))
        self.clientEvent(events)


def lookBack(session: Sides) -> None:
    """
    Have a session that begins TLS, and is not yet watched, look at its client's first octets.
    """
    session.__class__ = _kindFor(type(session), Returning)


@cache
def _kindFor(ordinary: type[Sides], looking: type[Session]) -> type[Session]:
    """
    Return the kind of session that looks first, and is then an ordinary one.  It has
    no other base than that, so that each can become the other.
    """
    namespace = {"__slots__": (), "_before": ordinary, "clientEvent": looking.clientEvent}
    return type(f"{looking.__name__}{ordinary.__name__}", (ordinary,), namespace)


def _ordinary(session: Session) -> type[Session]:
    """
    Return the kind that a session was of before it looked; that which it is of where
    it has become another one meanwhile.
    """
    kind: type[Session] = getattr(session, "_before", type(session))
    return kind


def _become(session: Session, kind: type[Session]) -> None:
    if hasattr(kind, "_before"):
        session.__class__ = kind
    else:
        session.become(kind)
    session._relay.redirect(session._client.fileno(), session.clientEvent)


def _decide(session: Session, length: int) -> None:
    """
    Begin again with the anchor whose key the client has named in its first octets.
    """
    relay = session._relay
    anchor = relay.anchors.anchorFor(relay.buffer, length)
    if anchor is not None:
        session.secureWith(anchor, session.connection.get_context())
        # What is asked of the client is asked on its connection.
        demandFor(session.connection)


def _missing(octets: bytearray, length: int) -> int:
    """
    Return how many octets of the first record are still to come, or 0 where it is
    there, or is no handshake, or longer than records may be.
    """
    if length < _HEADER or octets[0] != _HANDSHAKE_RECORD:
        return 0
    size = octets[3] << 8 | octets[4]
    return max(0, _HEADER + size - length) if size <= RECORD else 0
