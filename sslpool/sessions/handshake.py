# -*- test-case-name: tests.sessions.test_handshake -*-
"""
The stage at which the client's side is secured.  Lives in a server process; the hot path.
"""

from __future__ import annotations

from select import EPOLLIN, EPOLLOUT

from OpenSSL import SSL

from sslpool.sessions.draining import Draining, Refusing, SecuredDraining, drain
from sslpool.sessions.outcome import Outcome, isEnd, ofHandshake
from sslpool.sessions.session import Session, Stage
from sslpool.sessions.sockets import hasSpoken
from sslpool.tls import verification
from sslpool.tls.binding import wasResumed
from sslpool.tls.contexts import keysOf, servedBy
from sslpool.tls.peercertificates import peerOf
from sslpool.tls.peers import objectionTo, reasonFor
from sslpool.tls.records import WANT_READ

SILENT = 1.0
"""
Who leaves sooner without having sent anything has only looked whether somebody is there, in seconds.
"""

_ANSWERED = "after the server's certificate: probably it does not trust that"


class Handshake(Stage):
    """
    Shakes hands.
    """

    __slots__ = ()

    def clientEvent(self, events: int) -> None:
        self.shake()

    def shake(self) -> None:
        """
        Go on with the handshake.
        """
        session = self.session
        if session.tap is not None:
            session.tap.step(session, "continues the handshake")
            session.tap.shakes(session)
        host = session.host
        try:
            code = host.records.handshake(session.connection)
        except (SSL.Error, OSError) as error:
            self.failed(error)
            return
        if session.slot >= 0:
            session.markTaken()
        if code == 0:
            host.handshakeDone(session)
            if not session.asked or self.admits():
                self.secured()
        else:
            session.watchClient(EPOLLIN if code == WANT_READ else EPOLLOUT)

    def secured(self) -> None:
        """
        The handshake is complete, and the client may go on.
        """
        session = self.session
        if session.tap is not None:
            session.tap.secured(session)
        session.kind.secured(session)

    def failed(self, error: Exception) -> None:
        """
        The handshake has failed: a client that is still there gets time to read why.
        """
        session = self.session
        outcome, detail = ofHandshake(error, keysOf(session.connection))
        if outcome is Outcome.HANDSHAKE_LEFT:
            session.end(*ofLeaving(session, isEnd(error)))
            return
        if session.slot >= 0:
            session.markTaken()
        if outcome is Outcome.HANDSHAKE_CERTIFICATE and (found := verification.result(session.connection)):
            detail = reasonFor(found)
        self.refuse(outcome, detail)

    def refuse(self, outcome: Outcome, detail: str, stage: type[Draining] = Refusing) -> None:
        """
        End, after the library's alert.

        @param stage: how the client is given time to read why.
        """
        drain(stage(self.session), outcome, detail)

    def admits(self) -> bool:
        """
        Tell whether a client may go on that has been asked for its certificate; where it may not, its session ends.
        The library has seen to that, but not in a handshake that resumes an earlier session.
        """
        session = self.session
        served = servedBy(session.connection)
        assert served is not None and served.check is not None
        certificate = peerOf(session.connection)
        objection = "" if certificate is None else objectionTo(session.connection, certificate)
        if served.check.required and (certificate is None or objection):
            outcome = Outcome.HANDSHAKE_NO_CERTIFICATE if certificate is None else Outcome.HANDSHAKE_CERTIFICATE
            self.refuse(outcome, objection, SecuredDraining)
            return False
        if certificate is not None and objection and not wasResumed(session.connection):
            session.host.doubtful(session, f"{certificate.shown}: {objection}")
        return True

    def sweep(self, now: float) -> None:
        sweepHandshake(self.session, now)


def sweepHandshake(session: Session, now: float) -> None:
    """
    End a session whose client does not complete the handshake in time.
    """
    if now > session.deadline:
        spoken = hasSpoken(session.clientSocket, hasEnded=False)
        session.end(Outcome.HANDSHAKE_TIMEOUT if spoken else Outcome.HANDSHAKE_SILENT)


def ofLeaving(session: Session, hasEnded: bool) -> tuple[Outcome, str]:
    """
    Return how a client left during the handshake, and what is likely about it.

    @param hasEnded: it has ended its stream, and not reset the connection.
    """
    if not hasSpoken(session.clientSocket, hasEnded):
        isProbe = session.host.now - session.started < SILENT
        return Outcome.UNSPOKEN if isProbe else Outcome.HANDSHAKE_SILENT, ""
    return Outcome.HANDSHAKE_LEFT, _ANSWERED if session.hello.version else ""
