# -*- test-case-name: tests.stack.test_signals -*-
"""
What signals do to a running stack: SIGHUP reloads, SIGUSR1 and SIGUSR2 open log files again, and
of the others none ends it but SIGTERM and SIGINT.  Lives in the stack process.
"""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

from attrs import define, field
from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorThreads
from twisted.logger import Logger

from sslpool.messages.announce import announce, announceFault
from sslpool.signals import ignore, release

REOPEN = (signal.SIGUSR1, signal.SIGUSR2)
FOLLOWED = (signal.SIGHUP, *REOPEN)
"""
Signals that something follows from.
"""


@define(eq=False, slots=False)
class Signals(Service):
    """
    Follows signals, which have been L{held back<sslpool.signals.hold>} until it starts: behind
    all others, so that it stops before them.

    @ivar _reload: does what SIGHUP asks for.
    @ivar _reopen: opens log files again; is given the name of the signal.
    @ivar _ready: fires when the pool serves: nothing is reloaded before.
    """

    _reactor: IReactorThreads
    _reload: Callable[[], Awaitable[None]]
    _reopen: Callable[[str], None]
    _ready: Deferred[None]
    _isReady: bool = field(default=False, init=False)
    _wanted: bool = field(default=False, init=False)
    _reloading: bool = field(default=False, init=False)
    _before: dict[int, Any] = field(factory=dict, init=False)
    log = Logger()

    def startService(self) -> None:
        """
        Follow signals from now on, and those that have been held back.  Whoever else follows one of
        them, such as twistd, whose log SIGUSR1 rotates, goes on doing so.
        """
        super().startService()
        ignore(FOLLOWED)
        for number in FOLLOWED:
            self._before[number] = signal.signal(number, self._happen)
        self._ready.addCallback(self._begin)
        release()

    def stopService(self) -> None:
        """
        Follow none any more: they must not disturb the end.
        """
        super().stopService()
        for number in FOLLOWED:
            signal.signal(number, signal.SIG_IGN)

    def _happen(self, number: int, frame: FrameType | None) -> None:
        before = self._before[number]
        if callable(before):
            before(number, frame)
        self._reactor.callFromThread(self._follow, number)

    def _follow(self, number: int) -> None:
        if not self.running:
            return
        if number in REOPEN:
            self._reopen(signal.Signals(number).name)
            return
        self._wanted = True
        if not self._isReady:
            announce(self.log, "SSLP010I")
        self._go()

    def _begin(self, result: None) -> None:
        self._isReady = True
        self._go()

    def _go(self) -> None:
        """
        Reload, where that is wanted and is not being done: what was asked for meanwhile is done once
        more after that, and not more often.
        """
        if self._wanted and self._isReady and not self._reloading and self.running:
            self._wanted, self._reloading = False, True
            work = Deferred.fromCoroutine(self._reloaded())
            work.addErrback(lambda failure: announceFault(self.log, "the stack was reloaded", failure))
            work.addCallback(self._done)

    async def _reloaded(self) -> None:
        await self._reload()

    def _done(self, result: None) -> None:
        self._reloading = False
        self._go()
