# -*- test-case-name: tests.stack.test_zone -*-
"""
What C{:timezone.} does: the times in the log are those of another time zone.  Lives
in the stack process, which writes the log of all servers.
"""

from __future__ import annotations

import os
import time

from twisted.application.service import Service

VARIABLE = "TZ"


class LogZone(Service):
    """
    Has the process use a time zone while the service runs.

    @param zone: the time zone as POSIX has it in TZ.
    """

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._before: str | None = None

    def startService(self) -> None:
        """
        Take the time zone.
        """
        super().startService()
        self._before = os.environ.get(VARIABLE)
        _take(self._zone)

    def stopService(self) -> None:
        """
        Take the one of before.
        """
        super().stopService()
        _take(self._before)


def _take(zone: str | None) -> None:
    if zone is None:
        os.environ.pop(VARIABLE, None)
    else:
        os.environ[VARIABLE] = zone
    time.tzset()
