# -*- test-case-name: tests.observe.test_linefile -*-
"""
What is said about logs themselves: once for each reason, and of losses not more often than
every few seconds.  Lives in the stack process.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from twisted.logger import Logger

from sslpool.messages.announce import announce
from sslpool.observe.linefile import Condition

REPORT_INTERVAL = 10.0
"""
The least time between two messages about lost lines of one log, in seconds.
"""


class Remarks:
    """
    Says how logs are.  What is said goes to the same logs, and is not remarked upon.

    @param clock: the time in seconds, of a clock that nobody sets.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._speaking = False

    def about(self, condition: Condition, log: Logger) -> None:
        """
        Say what is to be said, after something was written or could not be.
        """
        if self._speaking:
            return
        self._speaking = True
        try:
            self._say(condition, log)
        finally:
            self._speaking = False

    def _say(self, condition: Condition, log: Logger) -> None:
        if condition.failed:
            if condition.failed != condition.complained:
                condition.complained = condition.failed
                announce(log, "SSLP631W", path=condition.path, reason=condition.failed)
            return
        if condition.again:
            condition.again = False
            announce(log, "SSLP671W", path=condition.path)
        if not condition.lost:
            condition.complained = ""
        elif self._clock() >= condition.quietUntil:
            condition.quietUntil = self._clock() + REPORT_INTERVAL
            lost, condition.lost, condition.complained = condition.lost, 0, ""
            announce(log, "SSLP670W", path=condition.path, count=lost, reason=condition.reason)
