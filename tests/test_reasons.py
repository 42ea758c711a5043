# -*- test-case-name: tests.test_reasons -*-
"""
Tests for L{sslpool.reasons}.
"""

from __future__ import annotations

import socket

from cryptography import x509
from twisted.trial.unittest import SynchronousTestCase

from sslpool.reasons import CHARACTERS, LABEL, reasonOf


class ReasonTests(SynchronousTestCase):
    """
    What went wrong, in words.
    """

    def test_system(self) -> None:
        """
        What the system says comes without its number and the path; what has no number, as it is.
        """
        self.assertEqual(reasonOf(FileNotFoundError(2, "No such file or directory", "/x")), "No such file or directory")
        self.assertEqual(reasonOf(OSError("AF_UNIX path too long")), "AF_UNIX path too long")

    def test_names(self) -> None:
        """
        A name that cannot be one is explained, and not with the words of a codec.
        """
        for name in ("a" * 64 + ".example", "a..b", "é" * 64):
            error = self.assertRaises(UnicodeError, socket.getaddrinfo, name, 1)
            self.assertEqual(reasonOf(error), LABEL)
        error = self.assertRaises(UnicodeError, socket.getaddrinfo, "\ud800.example", 1)
        self.assertEqual(reasonOf(error), CHARACTERS)

    def test_otherEncodings(self) -> None:
        """
        What is not about names is not explained as if it were.
        """
        error = self.assertRaises(UnicodeError, b"\xff".decode, "utf-8")
        self.assertEqual(reasonOf(error), str(error))

    def test_parsers(self) -> None:
        """
        What a library says of its own parser is left out.
        """
        error = self.assertRaises(ValueError, x509.load_der_x509_certificate, b"\x30\x03\x02\x01")
        self.assertIn("ParseError", str(error))
        self.assertEqual(reasonOf(error), "error parsing asn1 value")

    def test_nothing(self) -> None:
        """
        An error without words is named; of several lines the first is told.
        """
        self.assertEqual(reasonOf(ValueError()), "ValueError")
        self.assertEqual(reasonOf(ValueError("One.\nTwo.")), "One")
