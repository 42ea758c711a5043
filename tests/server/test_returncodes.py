# -*- test-case-name: tests.server.test_returncodes -*-
"""
Tests for L{sslpool.server.complaints}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.server.complaints import _BY_ERROR, _BY_WORDS, RETURN_CODES, returnCodeOf
from sslpool.sessions.outcome import Outcome
from sslpool.tls.binding import verifyWords
from sslpool.tls.peers import OUR_WORDS


class CodeTests(SynchronousTestCase):
    """
    From what went wrong to System SSL's code.
    """

    def test_codes(self) -> None:
        """
        Each has its code, and what is not told apart is a validation error.
        """
        for error, code in ((10, 401), (9, 401), (23, 431), (20, 435), (19, 435), (18, 417), (26, 440), (7, 413)):
            self.assertEqual(returnCodeOf(Outcome.HANDSHAKE_CERTIFICATE, verifyWords(error)), code, verifyWords(error))
        for words in (*OUR_WORDS.values(), verifyWords(22), verifyWords(12), ""):
            self.assertEqual(returnCodeOf(Outcome.HANDSHAKE_CERTIFICATE, words), 8)
        self.assertEqual(returnCodeOf(Outcome.HANDSHAKE_NO_CERTIFICATE, ""), 403)
        self.assertEqual(returnCodeOf(Outcome.HANDSHAKE_CIPHER, "certificate has expired"), 0)

    def test_words(self) -> None:
        """
        Each error has words of its own, and every code has its text.
        """
        self.assertEqual(len(_BY_WORDS), len(_BY_ERROR))
        self.assertEqual({*_BY_ERROR.values(), 403, 8} - {*RETURN_CODES}, set())
