"""
Tests for L{sslpool.starttls.contract} and L{sslpool.starttls.protocols}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.starttls.contract import Plain, Refusal, Security, ToApplication, ToClient
from sslpool.starttls.protocols import PROTOCOLS, negotiatorFor


class ContractTests(SynchronousTestCase):
    """
    What all negotiators have in common.
    """

    def test_never(self) -> None:
        """
        NEVER is pure relay in every protocol.
        """
        for protocol in PROTOCOLS:
            negotiator = negotiatorFor(protocol, "NEVER")
            self.assertIsInstance(negotiator, Plain)
            self.assertTrue(negotiator.transparent)
            self.assertEqual(negotiator.fromClient(b"\x16STARTTLS\r\n"), [ToApplication(b"\x16STARTTLS\r\n")])
            self.assertEqual(negotiator.fromApplication(b"\0"), [ToClient(b"\0")])

    def test_unknown(self) -> None:
        """
        There is nothing for a protocol or a security that nobody knows.
        """
        self.assertRaises(KeyError, negotiatorFor, "GOPHER", "ALLOWED")
        self.assertRaises(ValueError, negotiatorFor, "SMTP", "MAYBE")

    def test_refused(self) -> None:
        """
        After a refusal nothing goes on any more, in either direction.
        """
        for protocol, make in PROTOCOLS.items():
            negotiator = make(Security.ALLOWED)
            negotiator.begin()
            negotiator.refuse(Refusal.LATE)
            negotiator.refuse(Refusal.GONE)
            self.assertEqual(len(negotiator.late()), 1, protocol)
            self.assertEqual(negotiator.fromClient(b"NOOP\r\n"), [], protocol)
            self.assertEqual(negotiator.fromApplication(b"220 ready\r\n"), [], protocol)
            self.assertEqual(negotiator.applicationEnded(), [], protocol)

    def test_words(self) -> None:
        """
        There is a word for each reason to refuse.
        """
        for protocol, make in PROTOCOLS.items():
            for refusal in Refusal:
                self.assertIsInstance(make(Security.ALLOWED).lastWords(refusal), bytes, protocol)
