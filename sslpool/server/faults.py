# -*- test-case-name: tests.server.test_neighbours -*-
"""
What becomes of a session, or of whatever else is called with events, that has met a fault of ours.
Lives in a server process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Phase
from sslpool.sessions.session import Session, Stage
from sslpool.wire.segment import Shortage

if TYPE_CHECKING:
    from sslpool.server.relay import Relay


@runtime_checkable
class Watched(Protocol):
    """
    What is called with events.
    """

    def fail(self) -> None:
        """
        End: it has met a fault of ours.
        """


def endFaulty(relay: Relay, owner: object, error: Exception, descriptor: int = -1) -> None:
    """
    Tell of a fault, end whoever has met it, and have it hear of no event again: each would bring the next.

    @param owner: what was called.
    @param descriptor: the descriptor whose event it was.
    """
    if isinstance(error, MemoryError):
        relay.intake.lack(Shortage.MEMORY)
    else:
        relay.observer.fault(error)
    try:
        if isinstance(owner, Watched):
            owner.fail()
    except Exception as another:
        relay.observer.fault(another)
        session = owner.session if isinstance(owner, Stage) else owner
        if isinstance(session, Session):
            _drop(relay, session)
    if descriptor in relay.descriptorsOf(owner):
        relay.mute(descriptor)


def _drop(relay: Relay, session: Session) -> None:
    """
    End a session that cannot end itself.
    """
    for owner in (session.stage, session.kind):
        for descriptor in relay.descriptorsOf(owner):
            relay.mute(descriptor)
    session.phase = Phase.ENDED
    if relay.sessions.pop(session.number, None) is not None and session.kind.handed:
        relay.passed(session)
        relay.count(Outcome.FAULT, session.number)
