"""
Tests for L{sslpool.config.tokens}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Position
from sslpool.config.tokens import LONGEST_SHOWN, Findings, abbreviations, shown, tokenize
from tests.config.support import idsAndLines, readerOf


class TokenTests(SynchronousTestCase):
    """
    Words and their places.
    """

    def test_places(self) -> None:
        """
        Each word has its line; comments and CR are no words, and a form feed ends no line.
        """
        tokens = tokenize("F", "A B ; C\r\n\r\n; D\nE\x0c\nF;G")
        self.assertEqual([(t.text, t.position.line) for t in tokens], [("A", 1), ("B", 1), ("E", 4), ("F", 5)])

    def test_abbreviations(self) -> None:
        """
        A keyword has every spelling from its shortest one on.
        """
        self.assertEqual(abbreviations({"TRACE": 3}), {"TRA": "TRACE", "TRAC": "TRACE", "TRACE": "TRACE"})

    @given(st.text())
    def test_shown(self, text: str) -> None:
        """
        Whatever a message repeats is printable and bounded.
        """
        self.assertTrue(shown(text).isprintable())
        self.assertLessEqual(len(shown(text)), 10 * LONGEST_SHOWN)
        self.assertLessEqual(len(shown("x" * 10_000)), LONGEST_SHOWN)

    def test_findingsAreSafe(self) -> None:
        """
        A finding does not carry control characters of the file to the operator's terminal.
        """
        findings = Findings()
        findings.add("SSLP201E", Position("F", 1), found="A\x1b[2J", kind="K")
        self.assertTrue(str(findings.all()[0]).isprintable())
        self.assertTrue(findings.erroneous)


class ReaderTests(SynchronousTestCase):
    """
    Tests for L{sslpool.config.tokens.TokenReader}.
    """

    def test_values(self) -> None:
        """
        Each kind of value is taken in its final form.
        """
        reader = readerOf("30 ftp spread WEB [::1]")
        self.assertEqual(reader.number("S", 1, 60), 30)
        self.assertEqual(reader.userid("S"), "FTP")
        self.assertEqual(reader.choice("S", ("FILL", "SPREAD")), "SPREAD")
        self.assertEqual(reader.label("S"), "WEB")
        self.assertEqual(reader.ipAddress("S"), "::1")
        self.assertIsNone(reader.take())
        self.assertEqual(idsAndLines(reader.findings), [])

    def test_wrongOnSameLine(self) -> None:
        """
        A wrong word on the same line is taken, so that it is reported once.
        """
        reader = readerOf("S x\nT")
        reader.take()
        self.assertIsNone(reader.number("S", 1, 60))
        self.assertEqual(reader.peekUpper(), "T")
        self.assertEqual(idsAndLines(reader.findings), [("SSLP202E", 1)])

    def test_missing(self) -> None:
        """
        A missing word is reported at the line where it should be, and the next line is left alone.
        """
        reader = readerOf("S\nT")
        reader.take()
        self.assertIsNone(reader.number("S", 1, 60))
        self.assertEqual(reader.peekUpper(), "T")
        self.assertIn("end of line", reader.findings.all()[0].said.text)
