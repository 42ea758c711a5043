# -*- test-case-name: tests.test_clocks -*-
"""
Which clock counts: the monotonic one, for everything that lasts.  Wall time is for what people read, and for
certificates.  Used by every process that runs a reactor of ours.

Twisted's reactor counts by the wall clock (C{twisted.python.runtime.seconds} is C{time.time}).  Where that is set back
by an hour, no time limit of C{callLater} comes for an hour; where it is set forward, all come at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

STEP = 1.0
"""
The wall clock has been set where it differs from the monotonic one by so many seconds
more than before; a smaller difference is drift.
"""


def countMonotonic(reactor: IReactorTime, clock: Callable[[], float] = time.monotonic) -> None:
    """
    Have a reactor count by the monotonic clock.

    All that Twisted counts goes through the reactor's C{seconds}: C{callLater} takes the present from it and gives it
    to the C{DelayedCall} for C{reset} and C{delay}; the loop asks it how long to sleep, and what is due.  It must be
    called before anything is scheduled.  A reactor is the process's own: the one in which a program uses
    L{sslpool.application} is not touched.
    """
    reactor.seconds = clock  # type: ignore[method-assign]


class Epoch:
    """
    Where the monotonic clock began, by the wall clock as it is set now.

    Moments are kept by the monotonic clock, and said to people by adding this: then how long ago something was does not
    change when the clock is set, and its date is that of the clock as it has been put right.  Between two settings the
    result is the same to the last digit.

    @param counted: the monotonic clock, in seconds.
    @param wall: the wall clock, in seconds since the epoch.
    """

    def __init__(self, counted: Callable[[], float], wall: Callable[[], float] = time.time) -> None:
        self._counted = counted
        self._wall = wall
        self._began = wall() - counted()

    def __call__(self) -> float:
        """
        Return what makes a moment of the monotonic clock one in seconds since the epoch.
        """
        began = self._wall() - self._counted()
        if abs(began - self._began) >= STEP:
            self._began = began
        return self._began
