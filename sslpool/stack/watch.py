# -*- test-case-name: tests.stack.test_watch -*-
"""
Notices that USER DIRECT has changed: a larger pool is used without a new start
of anything.  Lives in the stack process.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from twisted.application.service import Service
from twisted.internet.interfaces import IDelayedCall, IReactorTime

INTERVAL = 5.0
"""
How often the file is looked at, in seconds.
"""


class DirectoryWatch(Service):
    """
    Looks at a file now and then.

    @param path: the file.
    @param changed: called when it is not the same any more.
    """

    def __init__(self, reactor: IReactorTime, path: str, changed: Callable[[], None]) -> None:
        self._reactor = reactor
        self._path = path
        self._changed = changed
        self._seen = self._look()
        self._looking: IDelayedCall | None = None

    def startService(self) -> None:
        """
        Begin to look.
        """
        super().startService()
        self._looking = self._reactor.callLater(INTERVAL, self._again)

    def stopService(self) -> None:
        """
        Look no more.
        """
        super().stopService()
        if self._looking is not None and self._looking.active():
            self._looking.cancel()

    def _again(self) -> None:
        self._looking = self._reactor.callLater(INTERVAL, self._again)
        seen = self._look()
        if seen != self._seen:
            self._seen = seen
            self._changed()

    def _look(self) -> tuple[int, int, int] | None:
        """
        Return what tells one state of the file from another; C{None} while it is not there.
        """
        try:
            status = os.stat(self._path)
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns
