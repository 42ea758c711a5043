# -*- test-case-name: tests.pool.test_routing -*-
"""
Which member takes the next connection, and when one more is activated.

Used in the stack process; pure functions over standings, counts and limits.
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


class Standing(Enum):
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
    standings: Sequence[Standing], sessions: Sequence[int], total: int, limits: Limits, data: Data = _none
) -> int | None:
    """
    Return the index of the member that takes the next connection, or C{None} where there is no room.

    Fill (the default): the first active member that is below MAXPERSSLSERVER, data connections included (source
    document, "Incoming secure connections are routed to the first active server in the pool").  Spread: the active
    member with the fewest of both.

    @param standings: the members' standings.
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
    for index, standing in enumerate(standings):
        if standing is Standing.OPEN and sessions[index] < least:
            load = sessions[index] + data(index)
            if load < least:
                if not spread:
                    return index
                best, least = index, load
    return best


def toActivate(
    standings: Sequence[Standing], sessions: Sequence[int], total: int, limits: Limits, data: Data = _none
) -> int | None:
    """
    Return the index of the Eligible member to activate, or C{None}.

    One is activated when no active member has room, MAXSESSIONS is not reached and none is coming already.
    """
    if total >= limits.maxSessions or hasRoom(standings, sessions, limits, data):
        return None
    if Standing.COMING in standings:
        return None
    return next((index for index, standing in enumerate(standings) if standing is Standing.ELIGIBLE), None)


def roomFor(
    standings: Sequence[Standing], sessions: Sequence[int], total: int, limits: Limits, data: Data = _none
) -> Room:
    """
    Return what the next connection meets; the arguments are those of L{choose}.
    """
    room = _roomAt(standings, sessions, limits, data)
    # With no server left to activate, raising MAXSESSIONS alone would be of no use.
    return Room.LIMIT if total >= limits.maxSessions and room not in SHUT else room


def _roomAt(standings: Sequence[Standing], sessions: Sequence[int], limits: Limits, data: Data) -> Room:
    """
    Return what the next connection would meet without MAXSESSIONS.
    """
    if hasRoom(standings, sessions, limits, data):
        return Room.FREE
    if Standing.COMING in standings:
        return Room.COMING
    if Standing.ELIGIBLE in standings:
        return Room.ELIGIBLE
    return Room.FULL if {Standing.OPEN, Standing.BUSY} & set(standings) else Room.NOBODY


def hasRoom(standings: Sequence[Standing], sessions: Sequence[int], limits: Limits, data: Data = _none) -> bool:
    """
    Tell whether an active member has room, be it in a moment.
    """
    return any(
        standing in (Standing.OPEN, Standing.BUSY) and sessions[index] + data(index) < limits.maxPerServer
        for index, standing in enumerate(standings)
    )
