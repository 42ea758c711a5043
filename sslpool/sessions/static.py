# -*- test-case-name: tests.sessions.test_relaying -*-
"""
Sessions that are secure from the beginning, and of which kind those of a port are.  Lives in a server process; the
hot path.
"""

from __future__ import annotations

from collections.abc import Callable

from sslpool.config import securing
from sslpool.sessions.cleartext import Dynamic
from sslpool.sessions.dialling import Dialling
from sslpool.sessions.ftp import Control
from sslpool.sessions.handshake import Handshake
from sslpool.sessions.hello import beginTls
from sslpool.sessions.phases import Event
from sslpool.sessions.relaying import Relaying
from sslpool.sessions.remote import Outbound
from sslpool.sessions.session import Kind, Session, Stage
from sslpool.wire.assignment import PortAssignment


class Static(Kind):
    """
    Sessions that are secure from the beginning.
    """

    def begin(self, session: Session) -> None:
        beginTls(session)

    def handshake(self, session: Session) -> Stage:
        return Handshake(session)

    def secured(self, session: Session) -> None:
        stage = Dialling(session)
        session.come(Event.DIAL, stage)
        stage.dial()

    def reached(self, session: Session) -> None:
        hasEnded = session.clientEnded or session.applicationEnded
        session.come(Event.HALF if hasEnded else Event.RELAY, Relaying(session))
        session.active = session.host.now
        session.host.applicationReached(session.port)


_STATIC, _DYNAMIC = Static(), Dynamic()


def kindFor(port: PortAssignment) -> Callable[[], Kind]:
    """
    Return what gives each session of a port its kind.
    """
    match port.securing:
        case securing.Outbound():
            return Outbound
        case securing.Implicit() | securing.Dynamic("FTP", "ALLOWED" | "PREFERRED" | "REQUIRED"):
            return Control
        case securing.Dynamic():
            return lambda: _DYNAMIC
        case securing.Plain():
            return lambda: _STATIC
