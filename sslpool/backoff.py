# -*- test-case-name: tests.test_backoff -*-
"""
How long to wait before what has failed is tried again: longer after each failure.  Pure.
"""

from __future__ import annotations

from collections.abc import Sequence


class Backoff:
    """
    A series of failures.

    @ivar failures: how many there have been.
    @param delays: how long to wait after the first, the second, and so on, in seconds; the last goes on.
    """

    def __init__(self, delays: Sequence[float]) -> None:
        self._delays = delays
        self.failures = 0

    def failed(self) -> float:
        """
        It has failed once more: return how long to wait.
        """
        delay = self._delays[min(self.failures, len(self._delays) - 1)]
        self.failures += 1
        return delay

    def worked(self) -> None:
        """
        It has worked: what fails now is the first of another series.
        """
        self.failures = 0
