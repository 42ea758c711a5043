# -*- test-case-name: tests.test_repeating -*-
"""
What is done again and again while a process runs.  Lives in the stack process.

Twisted's C{TimerService} ends with the first exception; here a fault of ours costs one
turn, and is told once as long as it lasts.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.application.service import Service
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from sslpool.messages.announce import announceFault


class Repeating(Service):
    """
    Does something again and again.

    @param reactor: its clock.
    @param interval: how often, in seconds.
    @param turn: does it once.
    @param activity: names it where it meets a fault, as C{"ports were opened"}.
    @param first: when it is done for the first time, in seconds; by default after one interval.
    """

    log = Logger()

    def __init__(
        self,
        reactor: IReactorTime,
        interval: float,
        turn: Callable[[], None],
        activity: str,
        first: float | None = None,
    ) -> None:
        self._reactor = reactor
        self._interval = interval
        self._turn = turn
        self._activity = activity
        self._first = interval if first is None else first
        self._next: IDelayedCall | None = None
        self._told = ""

    def startService(self) -> None:
        """
        Begin.
        """
        super().startService()
        self._next = self._reactor.callLater(self._first, self._again)

    def stopService(self) -> None:
        """
        Do it no more.
        """
        super().stopService()
        if self._next is not None and self._next.active():
            self._next.cancel()

    def _again(self) -> None:
        self._next = self._reactor.callLater(self._interval, self._again)
        before, self._told = self._told, ""
        try:
            self._turn()
        except Exception as error:
            self._told = repr(error)
            if self._told != before:
                announceFault(self.log, self._activity, Failure())
