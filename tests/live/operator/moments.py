# -*- test-case-name: tests.live.operator.test_facts -*-
"""
Times in answers, and the marks that stand for those that can be.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from re import Match

NOON = 12

MOMENT, TODAY, TOMORROW, PACKED = "‹moment›", "‹a moment of today›", "‹a moment tomorrow›", "‹a moment, packed›"
EPOCH, DAY, PASSED, COUNT = "‹epoch›", "‹day›", "‹passed›", "‹n›"
"""
A time of day; one with its date, of today and of tomorrow; one in a file's name; one in seconds since the epoch;
the day of the week with the date; an age; a number of milliseconds, or of seconds with their tenths.  Those that
stand in tables are as wide as what they stand for.
"""

LATER, DATE = "‹moment in {} days›", "‹+{} days›"
"""
A moment so many days later, and its date in UTC: as wide as these with two digits.
"""

_FULL, _PACKED = "%Y-%m-%d %H:%M:%S", "%Y%m%d-%H%M%S"


class Moments:
    """
    The times that a test can have seen.

    @param begun: when it began, in seconds since the epoch.
    """

    def __init__(self, begun: float) -> None:
        self._begun = begun
        self._now = begun
        # It is about noon for the test's programs, so that no day ends in it, and never the hour of UTC.
        self._hours = NOON - datetime.fromtimestamp(begun, UTC).hour or -1
        self._days = {0: TODAY, 1: TOMORROW}
        self._forms: tuple[tuple[str, Callable[[Match[str]], str]], ...] = (
            (r"(?<![\w-])\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?![\w:.])", self._full),
            (r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-]| \d\d:)", self._date),
            (r"(?<![\w-])\d{8}-\d{6}(?![\w-])", self._packed),
            (r"(?<![\w:.-])(?<!\d )\d\d:\d\d:\d\d(?![\w:.])", self._clock),
            (r"(?<![\w.-])\d{10}\.\d+(?![\w.])", self._epoch),
            (r"(?<![\w.,-])\d+(?= ms(?!\w))", self._milliseconds),
            (r"(?<![\w.,-])\d+\.\d(?= s(?:econds)?(?!\w))", self._seconds),
        )

    @property
    def zone(self) -> str:
        """
        The environment variable TZ in which it is noon.
        """
        return f"NOON{-self._hours:+d}"

    def days(self, number: int) -> None:
        """
        Know that something ends so many days after it was made.
        """
        self._days[number] = LATER.format(number)

    def marked(self, text: str, now: float) -> str:
        """
        Put marks for moments between the beginning and now, for those that are as many whole days later as the test
        knows, and for ages and durations that are not longer than the test.
        """
        self._now = now
        text = text.replace(f"{self._local(now):%A %Y-%m-%d}", DAY)
        for pattern, mark in self._forms:
            text = re.sub(pattern, mark, text)
        return text

    def _full(self, found: Match[str]) -> str:
        for days, mark in self._days.items():
            if self._within(found[0], _FULL, days):
                return mark
            if self._within(found[0], _FULL, days, local=False):
                return mark[:-1] + ", UTC›"
        return found[0]

    def _date(self, found: Match[str]) -> str:
        for moment in (self._begun, self._now):
            for days in self._days.keys() - {0}:
                if found[0] == f"{datetime.fromtimestamp(moment, UTC) + timedelta(days=days):%Y-%m-%d}":
                    return DATE.format(days)
        return found[0]

    def _packed(self, found: Match[str]) -> str:
        return PACKED if self._within(found[0], _PACKED) else found[0]

    def _clock(self, found: Match[str]) -> str:
        if self._within(f"{self._local(self._now):%Y-%m-%d} {found[0]}", _FULL):
            return MOMENT
        hours, minutes, seconds = map(int, found[0].split(":"))
        return PASSED if self._passed(hours * 3600 + minutes * 60 + seconds) else found[0]

    def _epoch(self, found: Match[str]) -> str:
        return EPOCH if self._begun - 1 <= float(found[0]) <= self._now else found[0]

    def _milliseconds(self, found: Match[str]) -> str:
        return COUNT if self._passed(int(found[0]) / 1000) else found[0]

    def _seconds(self, found: Match[str]) -> str:
        return COUNT if self._passed(float(found[0])) else found[0]

    def _passed(self, seconds: float) -> bool:
        return seconds <= self._now - self._begun

    def _local(self, moment: float) -> datetime:
        return datetime.fromtimestamp(moment, UTC) + timedelta(hours=self._hours)

    def _within(self, text: str, layout: str, days: int = 0, local: bool = True) -> bool:
        """
        Tell whether a moment, to the second, lies between the beginning and now, or so many days after that.

        @param local: it is in the zone of noon, and not in UTC.
        """
        later = timedelta(hours=self._hours if local else 0, days=days)
        try:
            moment = datetime.strptime(text, layout).replace(tzinfo=UTC) - later
        except ValueError:
            return False
        return self._begun - 1 <= moment.timestamp() <= self._now
