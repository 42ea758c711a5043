# -*- test-case-name: tests.manager.test_identity -*-
"""
What does not change about a pool while the stack runs, and how large its shared segment is.
Lives in the stack process.
"""

from __future__ import annotations

import os

from sslpool.config.configuration import Configuration
from sslpool.config.current import Current
from sslpool.wire.cachestatus import SegmentStatus
from sslpool.wire.records import PoolStatus
from sslpool.wire.segment import PAGE, seatSize

CP_PAGE = 4096
"""
The size of a page of z/VM, in octets.
"""


def segmentStatus(current: Current, descriptor: int, slots: int) -> SegmentStatus:
    """
    Return the shared segment, as large as POOL HIGH has it now, without who uses it: it begins at the first page of
    C{:dcss_parms.}, and has as many pages as that makes.

    @param descriptor: that of the stack's part.
    @param slots: sessions for each process that there is room for.
    """
    configuration = current.configuration
    size = 2 * PAGE + len(configuration.members) * seatSize(slots)
    number = os.fstat(descriptor).st_ino % 10_000
    first, _, _ = configuration.segmentPages.partition("-")
    last = f"{int(first, 16) + -(-size // CP_PAGE) - 1:0{len(first)}X}"
    name = configuration.segment or configuration.stack
    return SegmentStatus(name, number, first, last, size, ())


def poolIdentity(configuration: Configuration, started: float) -> PoolStatus:
    """
    Return what does not change about the pool's status.

    @param started: when the stack started, by its clock, in seconds.
    """
    return PoolStatus(
        stack=configuration.stack,
        serverId=configuration.serverId,
        timeout=configuration.timeout,
        sessions=0,
        maximum=configuration.limits.maxSessions,
        maxPerServer=configuration.limits.maxPerServer,
        peak=0,
        total=0,
        routing=configuration.limits.routing.value,
        full=False,
        agent=configuration.agent,
        agentPid=0,
        started=started,
        servers=(),
        segment=configuration.segment or configuration.stack,
    )
