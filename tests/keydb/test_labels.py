"""
Tests for L{sslpool.keydb.labels}.
"""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.labels import checkCertificateLabel, checkKeyLabel, isCertificateLabel, isKeyLabel
from tests.keydb.refusals import refused


class KeyLabelTests(SynchronousTestCase):
    """
    Labels of certificates with a private key.
    """

    @given(st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=8))
    def test_allowed(self, label: str) -> None:
        """
        One to eight upper-case letters and digits are a label, and one for a certificate without a key as well.
        """
        self.assertTrue(isKeyLabel(label))
        self.assertTrue(isCertificateLabel(label))
        checkKeyLabel(label)

    @given(st.text())
    def test_rule(self, label: str) -> None:
        """
        Whatever the text, it is a label exactly if it is short enough and has
        none but those characters; ASCII ones, and no line end.
        """
        expected = 1 <= len(label) <= 8 and set(label) <= set(string.ascii_uppercase + string.digits)
        self.assertEqual(isKeyLabel(label), expected)

    def test_refused(self) -> None:
        """
        Lower case, other characters, length and a trailing line end are refused.
        """
        for label in ("", "web", "WEB-1", "NINECHARS", "WEB\n", "\u0661", " WEB"):
            with refused("SSLP330E"):
                checkKeyLabel(label)


class CertificateLabelTests(SynchronousTestCase):
    """
    Labels of certificates without a private key.
    """

    def test_allowed(self) -> None:
        """
        Mixed case, blanks within and long names are allowed.
        """
        for label in ("DigiCert Global Root CA", "x", "Ä" * 127):
            checkCertificateLabel(label)

    def test_refused(self) -> None:
        """
        Nothing, blanks at an end, control characters and 128 characters are refused.
        """
        for label in ("", " CA", "CA ", "C\0A", "C\x1bA", "C\nA", "x" * 128):
            with refused("SSLP331E"):
                checkCertificateLabel(label)

    @given(st.text())
    def test_printable(self, label: str) -> None:
        """
        What is allowed can be printed and stored: no control character, no half of a surrogate pair.
        """
        if isCertificateLabel(label):
            self.assertTrue(label.encode("utf-8").decode("utf-8").isprintable())
