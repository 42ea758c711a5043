# -*- test-case-name: tests.test_repeating -*-
"""
What is done again and again while a process runs.  Stack and server processes.

A C{LoopingCall}, and Twisted's C{TimerService} with it, ends with the first exception; here a fault of
ours costs one turn, and is told once as long as it lasts.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.application.service import Service
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from sslpool.messages.announce import announceFault


class Repeating(Service):
    """
    Does something again and again.  Turns that a process missed, since it was held, are not made up for.

    @param reactor: its clock, which is monotonic (L{sslpool.clocks}).
    @param interval: how often, in seconds.
    @param turn: does it once.
    @param activity: names it where it meets a fault, as C{"ports were opened"}.
    @param atOnce: it is done for the first time when the service starts, and not after one interval.
    """

    log = Logger()

    def __init__(
        self, reactor: IReactorTime, interval: float, turn: Callable[[], None], activity: str, atOnce: bool = False
    ) -> None:
        self._reactor = reactor
        self._interval = interval
        self._turn = turn
        self._activity = activity
        self._atOnce = atOnce
        self._told = ""
        self._loop = LoopingCall(self._once)
        self._loop.clock = reactor

    def startService(self) -> None:
        """
        Begin.
        """
        super().startService()
        self._loop.start(self._interval, self._atOnce)

    def stopService(self) -> None:
        """
        Do it no more.
        """
        super().stopService()
        if self._loop.running:
            self._loop.stop()

    def _once(self) -> None:
        before, self._told = self._told, ""
        try:
            self._turn()
        except Exception as error:
            self._told = repr(error)
            if self._told != before:
                announceFault(self.log, self._activity, Failure())
