# -*- test-case-name: tests.stack.test_timezone -*-
"""
What C{:timezone.} does: the times in all logs are those of another time zone.  Lives in the stack process, which writes
the logs of all servers; agent, servers and what AUTOLOG starts inherit it.
"""

from __future__ import annotations

import os
import time

from sslpool.messages import Said, said

VARIABLE = "TZ"
DAY = 86400


def useZone(zone: str | None) -> list[Said]:
    """
    Have the process use a time zone from now on.

    Where neither that nor the environment names one with which times can be written, it is UTC: Twisted's
    log would lose every line.

    @param zone: the time zone as POSIX has it in TZ; C{None} is the one of the environment.
    @return: messages about what is not as it was asked for.
    """
    if zone is not None:
        os.environ[VARIABLE] = zone
    time.tzset()
    offsets = [time.timezone, *([time.altzone] if time.daylight else [])]
    if all(abs(offset) < DAY for offset in offsets):
        return []
    found = os.environ[VARIABLE]
    return [*useZone("UTC0"), said("SSLP564W", zone=found)]
