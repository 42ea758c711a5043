"""
Tests for L{sslpool.starttls.protocols}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.starttls.protocols import PROTOCOLS, busyWords


class BusyTests(SynchronousTestCase):
    """
    L{busyWords}.
    """

    def test_ftp(self) -> None:
        """
        FTP has the words of z/VM's server.
        """
        self.assertEqual(busyWords("FTP", "REQUIRED"), b"421 Temporarily unable to process security\r\n")

    def test_everyProtocol(self) -> None:
        """
        Every protocol has something to say, and nothing where TLS is not our business.
        """
        for protocol in PROTOCOLS:
            self.assertTrue(busyWords(protocol, "ALLOWED"), protocol)
            self.assertEqual(busyWords(protocol, "NEVER"), b"")
