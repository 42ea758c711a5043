"""
Tests for L{sslpool.commands.gskkyman.formatting}.
"""

from __future__ import annotations

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.gskkyman.formatting import formatDetails, formatList
from sslpool.commands.outcome import printable
from sslpool.keydb.records import CertificateRecord

NOW = 1_800_000_000.0
DAY = 86400.0
RECORD = CertificateRecord(
    label="WEB",
    subject="CN=www.example.com",
    issuer="CN=Example CA",
    serial="1F",
    notBefore=NOW - DAY,
    notAfter=NOW + 30 * DAY,
    fingerprint="AA:BB",
    names=("www.example.com", "192.0.2.1"),
    keyType="EC P-256",
    hasKey=True,
    default=False,
    trusted=True,
)


class ListTests(SynchronousTestCase):
    """
    The table of all certificates.
    """

    def test_aligned(self) -> None:
        """
        Columns are aligned and lines have no blanks at the end.
        """
        long = evolve(RECORD, label="Example Root CA", hasKey=False, default=True)
        lines = formatList([RECORD, long], NOW)
        self.assertEqual(
            lines,
            [
                "Label            Key       Expires     Days left  Flags            Subject",
                "WEB              EC P-256  2027-02-14  30         -                CN=www.example.com",
                "Example Root CA  EC P-256  2027-02-14  30         default, no key  CN=www.example.com",
            ],
        )

    def test_marks(self) -> None:
        """
        What cannot be used is marked.
        """
        expired = evolve(RECORD, notAfter=NOW - 1)
        future = evolve(RECORD, notBefore=NOW + 1)
        lines = formatList([expired, future, evolve(RECORD, trusted=False)], NOW)[1:]
        for line, mark in zip(lines, ("EXPIRED", "NOT YET", "not trusted"), strict=True):
            self.assertIn(mark, line)


class DetailsTests(SynchronousTestCase):
    """
    All about one certificate.
    """

    def test_facts(self) -> None:
        """
        Each fact has its line, values aligned.
        """
        lines = formatDetails(RECORD, NOW)
        self.assertIn("Valid until:   2027-02-14 08:00:00 UTC (30 days left)", lines)
        self.assertIn("Names:         www.example.com, 192.0.2.1", lines)
        self.assertIn("Private key:   yes", lines)
        self.assertEqual({line.index(" ", line.index(":")) < 15 and line[14] for line in lines}, {" "})

    def test_remaining(self) -> None:
        """
        How long it is or was valid is said in words.
        """
        for record, words in (
            (evolve(RECORD, notAfter=NOW + DAY), "(1 day left)"),
            (evolve(RECORD, notAfter=NOW - 2 * DAY), "(EXPIRED 2 days ago)"),
            (evolve(RECORD, notBefore=NOW + DAY), "(NOT YET valid)"),
            (evolve(RECORD, names=()), "Names:         -"),
        ):
            self.assertIn(words, "\n".join(formatDetails(record, NOW)))

    def test_hostileName(self) -> None:
        """
        A name in a certificate cannot control the terminal.
        """
        hostile = evolve(RECORD, subject="CN=\x1b[2J\nLabel: x")
        text = "\n".join(formatDetails(hostile, NOW) + formatList([hostile], NOW))
        self.assertNotIn("\x1b", text)
        self.assertIn(r"CN=\x1b[2J\nLabel: x", text)

    @given(st.text())
    def test_printable(self, text: str) -> None:
        """
        Whatever comes in, what comes out is printable; printable text is unchanged.
        """
        self.assertTrue(printable(text).isprintable())
        if text.isprintable():
            self.assertEqual(printable(text), text)
