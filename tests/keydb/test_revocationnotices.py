"""
Tests of L{sslpool.keydb.revocationnotices}.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.records import RevocationRecord
from sslpool.keydb.revocationnotices import DAY, importedLines, limitsOf, notesOf, objectionTo
from sslpool.messages import Said

MADE = 1_800_000_000.0
MONTH = RevocationRecord("CA", "CN=CA", MADE, MADE + 30 * DAY, 1)


def idsOf(messages: Iterable[Said]) -> list[str]:
    """
    Return the ids of messages.
    """
    return [each.id for each in messages]


class DueTests(SynchronousTestCase):
    """
    A list of 30 days.
    """

    def notes(self, days: float, record: RevocationRecord = MONTH, ahead: float = DAY) -> list[str]:
        """
        Return the ids of what is said so many days after it was made.
        """
        return idsOf(notesOf([record], MADE + days * DAY, ahead))

    def test_life(self) -> None:
        """
        Nothing is said at first, then that it is due, and in the end that it lets nobody in; and before it is valid.
        """
        for days, expected in ((-1, ["SSLP800W"]), (0, []), (19, []), (21, ["SSLP801W"]), (30.1, ["SSLP800W"])):
            self.assertEqual(self.notes(days), expected, days)

    def test_long(self) -> None:
        """
        Of a long life the last fourteen days are told; of a short one, what ends before the next look.
        """
        year = evolve(MONTH, nextUpdate=MADE + 365 * DAY)
        self.assertEqual((self.notes(350, year), self.notes(352, year)), ([], ["SSLP801W"]))
        short = evolve(MONTH, nextUpdate=MADE + 2 * DAY)
        self.assertEqual((self.notes(0.5, short), self.notes(1.1, short)), ([], ["SSLP801W"]))
        self.assertEqual((self.notes(1.1, short, 0), self.notes(1.5, short, 0)), ([], ["SSLP801W"]))

    def test_endless(self) -> None:
        """
        One that does not say when the next is due is never overdue.
        """
        endless = evolve(MONTH, nextUpdate=None)
        self.assertEqual(self.notes(5000, endless), [])
        self.assertIn("next list due at an unknown time", str(importedLines([endless], MADE)[0]))

    def test_reasons(self) -> None:
        """
        Why nobody gets in.
        """
        points = ("http://a.example/1.crl", "http://b.example/1.crl")
        for record, reason in (
            (MONTH, ""),
            (evolve(MONTH, signs=False), "the authority's certificate does not permit its key to sign CRLs"),
            (evolve(MONTH, issued=MADE + 3), "it is valid from 2027-01-15 08:00:03 UTC on"),
            (evolve(MONTH, nextUpdate=MADE - 3), "the next list was due on 2027-01-15 07:59:57 UTC"),
            (
                evolve(MONTH, points=points, covers=False),
                "it covers only certificates that name http://a.example/1.crl or http://b.example/1.crl, "
                "and none here does",
            ),
        ):
            self.assertEqual(objectionTo(record, MADE), reason)

    def test_entries(self) -> None:
        """
        Certificates of the key database that are revoked are named, whatever else there is to be said.
        """
        record = evolve(MONTH, entries=("Lower CA", "WEB"))
        self.assertEqual(self.notes(1, record), ["SSLP803W", "SSLP803W"])
        self.assertEqual(self.notes(31, record), ["SSLP800W", "SSLP803W", "SSLP803W"])

    def test_imported(self) -> None:
        """
        What is said when a list is stored; that it is not for all only then, and when somebody checks.
        """
        record = evolve(MONTH, points=("http://a.example/1.crl",))
        self.assertEqual(idsOf(importedLines([record, MONTH], MADE)), ["SSLP366I", "SSLP802W", "SSLP366I"])
        self.assertEqual(idsOf(limitsOf([record, MONTH])), ["SSLP802W"])
        self.assertEqual(self.notes(0, record), [])
