# -*- test-case-name: tests.tls.test_library -*-
"""
Tests for L{sslpool.tls.library}.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.tls.library import NO_TICKETS, libraryName, settingsFor
from sslpool.tls.policy import Policy
from tests.live.programs import run
from tests.tls.meeting import elliptic, meetLibrary

SHORTEST = 5 + 4 + 13 + 17
"""
The octets of a NewSessionTicket without its ticket and nonce (RFC 8446 sections 4.6.1 and 5.2).
"""


class LibraryTests(SynchronousTestCase):
    """
    The library's name.
    """

    def test_name(self) -> None:
        """
        Name, version and date.
        """
        self.assertTrue(re.fullmatch(r"OpenSSL \d+\.\d+\.\d+\S* \d+ \w+ \d{4}", libraryName()), libraryName())


class SettingsTests(SynchronousTestCase):
    """
    What the library is told before it begins.
    """

    def sent(self, settings: bytes) -> int:
        """
        Return how many octets a server with CACHELIFE 0, whose library began with C{settings}, sends to a client of
        TLS 1.3.
        """
        path = os.path.abspath(self.mktemp())
        Path(path).write_bytes(settings)
        program = "from tests.tls.test_library import visit; print(visit())"
        done = run(sys.executable, "-c", program, OPENSSL_CONF=path)
        self.assertEqual((done.code, done.error), (0, ""))
        return int(done.output)

    def test_noTickets(self) -> None:
        """
        With these settings it gives no tickets; without them two, which nobody could use.
        """
        self.assertGreater(self.sent(b"") - self.sent(NO_TICKETS), 2 * SHORTEST)

    def test_when(self) -> None:
        """
        They are for CACHELIFE 0, where the library's maker has made none.
        """
        self.assertEqual((settingsFor(0), settingsFor(60)), (NO_TICKETS, b""))
        folder = self.mktemp()
        os.mkdir(folder)
        Path(folder, "openssl.cnf").touch()
        self.patch(SSL, "OpenSSL_version", lambda kind: f'OPENSSLDIR: "{folder}"'.encode())
        self.assertEqual(settingsFor(0), b"")


def visit() -> int:
    """
    Return how many octets a server with CACHELIFE 0 sends, with those that follow the handshake.
    """
    test = SynchronousTestCase()
    meeting = meetLibrary(test, Policy(cacheLife=0), elliptic())
    assert meeting.client.get_protocol_version_name() == "TLSv1.3"
    test.doCleanups()
    return len(meeting.seen)
