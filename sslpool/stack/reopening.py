# -*- test-case-name: tests.stack.test_reopening -*-
"""
Tries again and again to open the ports that could not be opened.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.application.service import Service
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from sslpool.messages.announce import announceFault

RETRY = 3.0
"""
How often, in seconds.
"""


class Reopening(Service):
    """
    Tries.

    @param retry: opens what can be opened now, and says what is new.
    """

    log = Logger()

    def __init__(self, reactor: IReactorTime, retry: Callable[[], None]) -> None:
        self._reactor = reactor
        self._retry = retry
        self._next: IDelayedCall | None = None

    def startService(self) -> None:
        """
        Begin.
        """
        super().startService()
        self._next = self._reactor.callLater(RETRY, self._try)

    def stopService(self) -> None:
        """
        Try no more.
        """
        super().stopService()
        if self._next is not None and self._next.active():
            self._next.cancel()

    def _try(self) -> None:
        self._next = self._reactor.callLater(RETRY, self._try)
        try:
            self._retry()
        except Exception:
            announceFault(self.log, "ports were opened", Failure())
