# -*- test-case-name: tests.stack.test_expiry -*-
"""
Says once a day which certificates in use have expired or soon will.  Lives in
the stack process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from twisted.application.service import Service
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from sslpool.messages.announce import announceText

DAY = 86400.0


class ExpiryWatch(Service):
    """
    Looks at the certificates that the stack has read, not at the key database:
    what was renewed there is in use only after a REFRESH.

    @param notes: returns what is to be said at a time, in seconds since the epoch.
    @param now: returns the time, in seconds since the epoch.
    """

    log = Logger()

    def __init__(
        self, reactor: IReactorTime, notes: Callable[[float], Sequence[str]], now: Callable[[], float] = time.time
    ) -> None:
        self._reactor = reactor
        self._notes = notes
        self._now = now
        self._looking: IDelayedCall | None = None

    def startService(self) -> None:
        """
        Look in a day: at the start it is said anyway.
        """
        super().startService()
        self._looking = self._reactor.callLater(DAY, self._look)

    def stopService(self) -> None:
        """
        Look no more.
        """
        super().stopService()
        if self._looking is not None and self._looking.active():
            self._looking.cancel()

    def _look(self) -> None:
        self._looking = self._reactor.callLater(DAY, self._look)
        for note in self._notes(self._now()):
            announceText(self.log, note)
