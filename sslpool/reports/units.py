# -*- test-case-name: tests.reports.test_units -*-
"""
Times and sizes as people read them.  Used by the commands; pure.
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from attrs import frozen

_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB")


@frozen
class Times:
    """
    Says moments, given in seconds since the epoch, in a time zone.

    @ivar now: the moment of the report, in seconds since the epoch.
    @ivar zone: the time zone, or C{None} for the system's.
    """

    now: float
    zone: tzinfo | None = None

    def full(self, moment: float) -> str:
        """
        Return date and time, C{YYYY-MM-DD hh:mm:ss}.
        """
        return datetime.fromtimestamp(moment, self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def short(self, moment: float) -> str:
        """
        Return the time of today, C{hh:mm:ss}, or the date of another day.
        """
        then = datetime.fromtimestamp(moment, self.zone)
        today = datetime.fromtimestamp(self.now, self.zone).date()
        return then.strftime("%H:%M:%S" if then.date() == today else "%Y-%m-%d")

    def age(self, moment: float) -> str:
        """
        Return how long ago it was, C{hh:mm:ss}, with days before it where needed.
        """
        minutes, seconds = divmod(max(0, int(self.now - moment)), 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        clock = f"{hours:02}:{minutes:02}:{seconds:02}"
        return f"{days}d {clock}" if days else clock

    def daysUntil(self, moment: float) -> int:
        """
        Return how many whole days are left; negative where it has passed.
        """
        return int((moment - self.now) // 86_400)


def octets(count: int) -> str:
    """
    Return a number of octets with at most one digit after the point.
    """
    if count < 1024:
        return f"{count} B"
    size, power = count / 1024, 0
    while size >= 1023.95 and power < len(_UNITS) - 1:
        size, power = size / 1024, power + 1
    return f"{size:.1f} {_UNITS[power]}"


def plural(count: int, noun: str) -> str:
    """
    Return a number and its noun, in English.
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def numberText(number: int) -> str:
    """
    Return a connection number; of a data connection that of its control session, and a count.
    """
    control, count = number % (1 << 32), number >> 32
    return f"{control}.{count}" if count else str(control)
