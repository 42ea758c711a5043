# -*- test-case-name: tests.control.test_complaints -*-
"""
What the stack says about callers that do not keep to the rules: all of them are
counted, and a bounded number of lines is logged.  Lives in the stack process.
"""

from __future__ import annotations

from collections import Counter

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from sslpool.messages.announce import announce
from sslpool.throttle import Throttle

PERIOD = 10.0
"""
For how long, in seconds, a kind of complaint is only counted after its first lines.
"""

LINES = 3
"""
How many lines a kind of complaint gets in each period.
"""

CUT_OFF, REFUSED, FAULTS = "SSLP413W", "SSLP439W", "SSLP405E"
"""
What is counted: connections that were closed, commands that were refused because the caller
was not authorized, and answers that failed by a fault of ours.
"""


class Complaints:
    """
    The complaints about callers.

    @ivar counts: how many there have been, by message id.
    """

    log = Logger()

    def __init__(self, clock: IReactorTime) -> None:
        self.counts: Counter[str] = Counter()
        self._clock = clock
        self._throttle: Throttle[str] = Throttle()
        self._end: IDelayedCall | None = None

    def say(self, messageId: str, **fields: object) -> None:
        """
        Count, and log as long as there have not been too many in this period.
        """
        self.counts[messageId] += 1
        if self._end is None:
            self._end = self._clock.callLater(PERIOD, self._periodEnds)
        if self._throttle.admits(messageId, LINES):
            announce(self.log, messageId, **fields)

    def faulted(self) -> None:
        """
        Count a fault of ours; it is logged with its traceback.
        """
        self.counts[FAULTS] += 1

    def close(self) -> None:
        """
        Say what has not been said yet.
        """
        if self._end is not None:
            self._end.cancel()
            self._periodEnds()

    def _periodEnds(self) -> None:
        self._end = None
        for messageId, count in self._throttle.renew().items():
            announce(self.log, "SSLP440W", count=count, message=messageId)
