# -*- test-case-name: tests.server.test_relay -*-
"""
Who hears what becomes of sessions: the server.  Lives in a server process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zope.interface import Interface

from sslpool.sessions.outcome import Outcome
from sslpool.wire.assignment import PortAssignment
from sslpool.wire.segment import Shortage

if TYPE_CHECKING:
    from sslpool.sessions.session import Session


class IRelayObserver(Interface):
    """
    Who wants to hear about what does not go well.
    """

    def sessionEnded(session: Session, outcome: Outcome, detail: str) -> None:
        """
        A session ended otherwise than by both sides closing it.
        """

    def applicationReached(port: PortAssignment) -> None:
        """
        The application of C{port} was reached for the first time since it had not been.
        """

    def sourceUnusable(port: PortAssignment, reason: str) -> None:
        """
        No connection to the application of C{port} can be made from the address that it is to see.
        """

    def refused(port: PortAssignment) -> None:
        """
        A connection was closed at once, since the label of its C{port} is not in the key database.
        """

    def exhausted(shortage: Shortage) -> None:
        """
        The server has run out of something.
        """

    def dataFull() -> None:
        """
        A data connection was refused, since the server has as many as it may have.
        """

    def doubtful(session: Session, reason: str) -> None:
        """
        A client's certificate is not trusted, and its session goes on without it.
        """

    def renegotiationRefused(session: Session) -> None:
        """
        A client has asked for renegotiation, and its session goes on without.
        """

    def fault(error: BaseException) -> None:
        """
        We made a mistake; the session that met it was closed.
        """
