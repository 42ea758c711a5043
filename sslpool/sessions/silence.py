# -*- test-case-name: tests.sessions.test_silence -*-
"""
Sessions in which nothing moves: which of them are over.  Lives in a server process, and is asked
by the sweep about sessions that have been silent for minutes.

While one side does not take what it gets, the other is not read, and its end would not be seen.
A side that is slow is not silent: what the kernel still holds for it becomes less.
"""

from __future__ import annotations

import select
import socket
import struct

from sslpool.sessions.outcome import Outcome
from sslpool.sessions.session import Session
from sslpool.sessions.sockets import queued

HALF_CLOSED = 300.0
"""
How long a session with one direction closed may be silent, in seconds; likewise one that one side
has left while the other takes nothing.
"""

_GONE = select.POLLRDHUP | select.POLLHUP | select.POLLERR


def patienceFor(idle: float) -> float:
    """
    Return after how many silent seconds a session is looked at.

    @param idle: the limit of silence; 0 is none.
    """
    return min(idle, HALF_CLOSED) / 2 if idle else HALF_CLOSED / 2


def sweepSilent(session: Session, now: float) -> None:
    """
    End a session in which neither side has ended if it has been silent for too long.
    """
    idle = session.host.limits.idle
    if idle and isSilent(session, now, idle):
        session.stage.leave(Outcome.IDLE)
    elif now - session.active > HALF_CLOSED / 2:
        gone = _whoHasGone(session)
        if gone and isSilent(session, now, HALF_CLOSED):
            session.stage.leave(Outcome.IDLE, gone)


def isSilent(session: Session, now: float, limit: float) -> bool:
    """
    Tell whether nothing has moved for longer than C{limit} seconds, neither by us nor in the kernel.
    That is looked at twice, after half the time and at its end.
    """
    silent = now - session.active
    if silent <= limit / 2:
        return False
    looked, before = session.looked
    isFirst = looked != session.active
    if isFirst or silent > limit:
        waits = sum(queued(each) for each in (session.clientSocket, session.applicationSocket) if each is not None)
        if not isFirst and waits < before:
            session.active = now
        session.looked = session.active, waits
    return now - session.active > limit


def _whoHasGone(session: Session) -> str:
    """
    Return who has left a session and is not read from, or is not there to take anything any more.
    """
    if session.clientMask == select.EPOLLIN == session.applicationMask:
        return ""  # the kernel tells, and nobody has been kept waiting
    client, application = session.clientSocket, session.applicationSocket
    if (not session.clientMask & select.EPOLLIN and _hasEnded(client)) or _isUnanswered(client):
        return "the client has gone"
    if application is None:
        return ""
    if (not session.applicationMask & select.EPOLLIN and _hasEnded(application)) or _isUnanswered(application):
        return "the application has gone"
    return ""


def _hasEnded(connection: socket.SocketType) -> bool:
    """
    Tell whether the other end has ended its output, or reset the connection.
    """
    looking = select.poll()
    looking.register(connection.fileno(), select.POLLRDHUP)
    return any(events & _GONE for _, events in looking.poll(0))


def _isUnanswered(connection: socket.SocketType) -> bool:
    """
    Tell whether the kernel has asked the other end again and again, and has not heard from it for
    long (tcp(7), C{tcp_info}).  One that is there and does not read answers every two minutes.
    """
    try:
        information = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    except OSError:
        return False  # not TCP: on this machine nobody vanishes
    _, _, retransmits, probes, *_ = information
    lastHeard = struct.unpack_from("=8B13I", information)[20]
    return bool(retransmits or probes) and lastHeard > HALF_CLOSED * 1000
