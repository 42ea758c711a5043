"""
Tests for L{sslpool.wire.assignment}.
"""

from __future__ import annotations

import socket

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.portpolicy import SessionTerms
from sslpool.config.securing import DataConnections, Dynamic, Implicit, Plain, Securing
from sslpool.wire.assignment import Address, PortAssignment


class AddressTests(SynchronousTestCase):
    """
    Addresses of applications.
    """

    def test_text(self) -> None:
        """
        IPv6 addresses stand in brackets, paths for themselves.
        """
        self.assertEqual(Address(socket.AF_INET6, "::1", 80).text, "[::1]:80")
        self.assertEqual(Address(socket.AF_INET, "127.0.0.1", 80).text, "127.0.0.1:80")
        self.assertEqual(Address(socket.AF_UNIX, "/run/x", 0).text, "/run/x")


class PortTests(SynchronousTestCase):
    """
    What a session asks of its port.
    """

    def test_truncation(self) -> None:
        """
        An end without close_notify is handed on, and is a reset on FTP's data connections; either word is for both.
        """
        port = PortAssignment(1, "127.0.0.1:443", "WEB", "A", ())
        for word, expected in (("", (False, True)), ("RESET", (True, True)), ("LENIENT", (False, False))):
            each = evolve(port, terms=SessionTerms(word))
            self.assertEqual((each.reset, each.resetData), expected, word)

    def test_data(self) -> None:
        """
        FTP has data connections, in both kinds of its ports.
        """
        data = DataConnections("REQUIRED")
        ports: tuple[Securing, ...] = (
            Plain(),
            Dynamic("SMTP", "ALLOWED"),
            Dynamic("FTP", "ALLOWED", data),
            Implicit("FTP", data),
        )
        found = [PortAssignment(1, "127.0.0.1:21", "FILES", "A", (), each).data for each in ports]
        self.assertEqual(found, [None, None, data, data])
