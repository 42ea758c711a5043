# -*- test-case-name: tests.test_throttle -*-
"""
Which of very many alike log lines are written: the first few of each period.  Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

Group = TypeVar("Group", bound=Hashable)


class Throttle(Generic[Group]):
    """
    Counts lines during one period.
    """

    def __init__(self) -> None:
        self._seen: Counter[tuple[Group, str]] = Counter()
        self._unsaid: Counter[Group] = Counter()

    def admits(self, group: Group, lines: int, about: str = "") -> bool:
        """
        Count a line, and tell whether it is one of the first C{lines} about something.

        @param group: together with whom it is counted where it is left unsaid.
        """
        self._seen[group, about] += 1
        isFew = self._seen[group, about] <= lines
        if not isFew:
            self._unsaid[group] += 1
        return isFew

    def renew(self) -> Counter[Group]:
        """
        End the period; return how many lines were left unsaid in it.
        """
        unsaid, self._unsaid = self._unsaid, Counter()
        self._seen.clear()
        return unsaid
