# -*- test-case-name: tests.config.test_configuration -*-
"""
The limits of the pool and of its clients, as SSLLIMITS, FOREIGNIPCONLIMIT and
PENDINGCONNECTIONLIMIT have them.  Made in the stack process; pure.
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen


class Routing(Enum):
    """
    Which active server takes a new connection: the first with room (C{FILL}), or the least loaded one (C{SPREAD}).
    """

    FILL = "FILL"
    SPREAD = "SPREAD"


@frozen
class Limits:
    """
    The operands of SSLLIMITS, all but the first two of which are ours; and z/VM's
    limits that have a statement each.  0 is no limit for the last four.

    @ivar maxSessions: secure sessions over all servers at once; the default is that of five servers, and files
        that do not give it have what their servers reach.
    @ivar maxPerServer: secure sessions that one server owns at once, at most 1000.
    @ivar routing: which server takes a new connection.
    @ivar quiesce: seconds that running sessions get before STOP, RESTART or a lower POOL HIGH closes them.
    @ivar handshake: seconds a client has to complete its handshake.
    @ivar connect: seconds an application has to accept a connection.
    @ivar idle: seconds without data after which a session is closed; 0 is never.
    @ivar wait: seconds a connection waits for room in the pool.
    @ivar liveness: seconds after which a process that makes no progress hangs.
    @ivar foreign: FOREIGNIPCONLIMIT, connections of one address at once.
    @ivar pending: PENDINGCONNECTIONLIMIT, connections in all that have not completed their handshake.
    @ivar peerRate: new connections of one address in a second.
    @ivar handshakeRate: connections in a second that the stack accepts.
    """

    maxSessions: int = 3000
    maxPerServer: int = 600
    routing: Routing = Routing.FILL
    quiesce: int = 30
    handshake: int = 10
    connect: int = 10
    idle: int = 43200
    wait: int = 30
    liveness: int = 4
    foreign: int = 0
    pending: int = 0
    peerRate: int = 0
    handshakeRate: int = 0
