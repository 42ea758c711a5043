# -*- test-case-name: tests.pool.test_routing -*-
"""
Which member takes the next connection, and when one more is activated.

Used in the stack process; pure functions over states, counts and limits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sslpool.config.configuration import Limits, Routing
from sslpool.pool.states import State

Data = Callable[[int], int]
"""
Returns how many data connections of FTP the member with this index has or expects: they are no
sessions that count for MAXSESSIONS, but they take room in a server.
"""


def _none(index: int) -> int:
    return 0


def choose(states: Sequence[State], sessions: Sequence[int], limits: Limits, data: Data = _none) -> int | None:
    """
    Return the index of the member that takes the next connection, or C{None}
    where there is no room.

    Fill (the default): the first active member that is below MAXPERSSLSERVER, data connections included
    (source document, "Incoming secure connections are routed to the first
    active server in the pool").  Spread: the active member with the fewest
    sessions.

    @param states: the members' states.
    @param sessions: the sessions of each, ended processes included as 0.
    @param limits: the limits in force.
    @param data: their data connections.
    """
    if sum(sessions) >= limits.maxSessions:
        return None
    spread = limits.routing is Routing.SPREAD
    best: int | None = None
    least = limits.maxPerServer
    for index, state in enumerate(states):
        if state is State.ACTIVE and sessions[index] < least:
            load = sessions[index] + data(index)
            if load < least:
                if not spread:
                    return index
                best, least = index, load
    return best


def toActivate(states: Sequence[State], sessions: Sequence[int], limits: Limits, data: Data = _none) -> int | None:
    """
    Return the index of the Eligible member to activate, or C{None}.

    One is activated when every active member is full, MAXSESSIONS is not
    reached and none is starting already.
    """
    if State.STARTING in states or sum(sessions) >= limits.maxSessions:
        return None
    for index, state in enumerate(states):
        if state is State.ACTIVE and sessions[index] + data(index) < limits.maxPerServer:
            return None
    return next((index for index, state in enumerate(states) if state is State.ELIGIBLE), None)
