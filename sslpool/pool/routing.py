# -*- test-case-name: tests.pool.test_routing -*-
"""
Which member takes the next connection, and when one more is activated.

Used in the stack process; pure functions over availabilities, counts and limits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum

from sslpool.config.limits import Limits, Routing

Data = Callable[[int], int]
"""
Returns how many data connections of FTP the member with this index has or expects: they are no
sessions that count for MAXSESSIONS, but they take room in a server.
"""


class Availability(Enum):
    """
    What a member means to new connections.

    @cvar OPEN: it takes them while it has room.
    @cvar BUSY: it would, but cannot at this moment: its pair is full.
    @cvar COMING: it will, as soon as its server has started.
    @cvar ELIGIBLE: it would, if it were activated.
    @cvar CLOSED: none of these: it is stopped, quiesces, hangs or has run out of something.
    """

    OPEN = "open"
    BUSY = "busy"
    COMING = "coming"
    ELIGIBLE = "eligible"
    CLOSED = "closed"


class Room(Enum):
    """
    What the next connection meets.

    @cvar FREE: an active member has room, be it in a moment.
    @cvar COMING: none has, and one is starting.
    @cvar ELIGIBLE: none has or is starting, and the connection has one activated.
    @cvar LIMIT: MAXSESSIONS is reached, which alone keeps it from one of the above.
    @cvar FULL: all members that take connections are full, and none is left to activate.
    @cvar NOBODY: no member takes connections, and none is left to activate.
    """

    FREE = "free"
    COMING = "coming"
    ELIGIBLE = "eligible"
    LIMIT = "limit"
    FULL = "full"
    NOBODY = "nobody"


SHUT = (Room.LIMIT, Room.FULL, Room.NOBODY)
"""
Where waiting for a server to start is of no use.
"""


def _none(index: int) -> int:
    return 0


def choose(
    availabilities: Sequence[Availability], sessions: Sequence[int], total: int, limits: Limits, data: Data = _none
) -> int | None:
    """
    Return the index of the member that takes the next connection, or C{None} where there is no room.

    Fill (the default): the first active member that is below MAXPERSSLSERVER, data connections included (source
    document, "Incoming secure connections are routed to the first active server in the pool").  Spread: the active
    member with the fewest of both.

    @param availabilities: the members' availabilities.
    @param sessions: the sessions of the process of each that takes connections.
    @param total: all sessions, those of processes that quiesce included.
    @param limits: the limits in force.
    @param data: their data connections.
    """
    if total >= limits.maxSessions:
        return None
    spread = limits.routing is Routing.SPREAD
    best: int | None = None
    least = limits.maxPerServer
    for index, availability in enumerate(availabilities):
        if availability is Availability.OPEN and sessions[index] < least:
            load = sessions[index] + data(index)
            if load < least:
                if not spread:
                    return index
                best, least = index, load
    return best


def toActivate(
    availabilities: Sequence[Availability], sessions: Sequence[int], total: int, limits: Limits, data: Data = _none
) -> int | None:
    """
    Return the index of the Eligible member to activate, or C{None}.

    One is activated when no active member has room, MAXSESSIONS is not reached and none is coming already.
    """
    if total >= limits.maxSessions or hasRoom(availabilities, sessions, limits, data):
        return None
    if Availability.COMING in availabilities:
        return None
    found = (index for index, each in enumerate(availabilities) if each is Availability.ELIGIBLE)
    return next(found, None)


def roomFor(
    availabilities: Sequence[Availability], sessions: Sequence[int], total: int, limits: Limits, data: Data = _none
) -> Room:
    """
    Return what the next connection meets; the arguments are those of L{choose}.
    """
    room = _roomAt(availabilities, sessions, limits, data)
    # With no server left to activate, raising MAXSESSIONS alone would be of no use.
    return Room.LIMIT if total >= limits.maxSessions and room not in SHUT else room


def _roomAt(availabilities: Sequence[Availability], sessions: Sequence[int], limits: Limits, data: Data) -> Room:
    """
    Return what the next connection would meet without MAXSESSIONS.
    """
    if hasRoom(availabilities, sessions, limits, data):
        return Room.FREE
    if Availability.COMING in availabilities:
        return Room.COMING
    if Availability.ELIGIBLE in availabilities:
        return Room.ELIGIBLE
    return Room.FULL if {Availability.OPEN, Availability.BUSY} & set(availabilities) else Room.NOBODY


def hasRoom(
    availabilities: Sequence[Availability], sessions: Sequence[int], limits: Limits, data: Data = _none
) -> bool:
    """
    Tell whether an active member has room, be it in a moment.
    """
    return any(
        availability in (Availability.OPEN, Availability.BUSY) and sessions[index] + data(index) < limits.maxPerServer
        for index, availability in enumerate(availabilities)
    )
