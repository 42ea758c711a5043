# -*- test-case-name: tests.test_tap -*-
"""
What does not change about a pool and its shared segment while the stack runs.
Lives in the stack process.
"""

from __future__ import annotations

import os

from sslpool.config.configuration import Configuration
from sslpool.reports.records import PoolStatus, SegmentStatus


def segmentIdentity(configuration: Configuration, descriptor: int) -> SegmentStatus:
    """
    Return what does not change about the shared segment.
    """
    status = os.fstat(descriptor)
    first, _, last = configuration.segmentPages.partition("-")
    name = configuration.segment or configuration.stack
    return SegmentStatus(name, status.st_ino % 10_000, first, last, status.st_size, ())


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
