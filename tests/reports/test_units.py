"""
Tests for L{sslpool.reports.units}.
"""

from __future__ import annotations

from datetime import UTC

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.reports.units import Times, numberText, octets, plural
from tests.doubles.administration import STARTED

TIMES = Times(STARTED + 3_725, UTC)


class TimesTests(SynchronousTestCase):
    """
    L{Times} says moments in a time zone.
    """

    def test_full(self) -> None:
        """
        Date and time in the zone.
        """
        self.assertEqual(TIMES.full(STARTED), "2023-11-14 22:13:20")

    def test_short(self) -> None:
        """
        The time of today, the date of another day.
        """
        self.assertEqual(TIMES.short(STARTED), "22:13:20")
        self.assertEqual(TIMES.short(STARTED - 86_400), "2023-11-13")

    def test_age(self) -> None:
        """
        Hours, minutes and seconds; days where there are any; never negative.
        """
        self.assertEqual(TIMES.age(STARTED), "01:02:05")
        self.assertEqual(TIMES.age(STARTED - 2 * 86_400), "2d 01:02:05")
        self.assertEqual(TIMES.age(STARTED + 86_400), "00:00:00")

    def test_daysUntil(self) -> None:
        """
        Whole days; what has passed is negative at once.
        """
        self.assertEqual(TIMES.daysUntil(TIMES.now + 86_400 * 3 - 1), 2)
        self.assertEqual(TIMES.daysUntil(TIMES.now - 1), -1)


class SizeTests(SynchronousTestCase):
    """
    L{octets} and L{plural} say numbers.
    """

    def test_octets(self) -> None:
        """
        The unit is the largest that leaves a number of at least one.
        """
        for count, expected in (
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1024**2 - 1, "1.0 MiB"),
            (1536 * 1024, "1.5 MiB"),
            (1024**6, "1024.0 PiB"),
        ):
            self.assertEqual(octets(count), expected)

    @given(st.integers(0, 1024**5))
    def test_short(self, count: int) -> None:
        """
        It never needs more than ten characters.
        """
        self.assertLessEqual(len(octets(count)), 10)

    def test_plural(self) -> None:
        """
        One is singular, all else plural.
        """
        self.assertEqual([plural(n, "server") for n in (0, 1, 2)], ["0 servers", "1 server", "2 servers"])

    def test_numbers(self) -> None:
        """
        A data connection has its control session's number, and one of its own behind that.
        """
        self.assertEqual([numberText(n) for n in (7, 7 + (1 << 32), 7 + (12 << 32))], ["7", "7.1", "7.12"])
