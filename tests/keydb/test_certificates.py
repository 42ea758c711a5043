"""
Tests for L{tests.doubles.certificates}.
"""

from __future__ import annotations

import ssl
import time

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.records import describe
from sslpool.keydb.sources import readMaterial
from tests.doubles.certificates import makeAuthority, makeClient, makeDatabase, makeServer, writeCredential
from tests.keydb.test_generation import handshake, openssl


class CertificateTests(SynchronousTestCase):
    """
    Test certificates do what real ones do.
    """

    def setUp(self) -> None:
        self.root = makeAuthority("Root")
        self.lower = makeAuthority("Lowest", makeAuthority("Middle", self.root))

    def test_handshake(self) -> None:
        """
        A strict client that trusts the root accepts a server three levels below
        it, and one that trusts another root does not.
        """
        credential = makeServer(self.lower)
        self.assertEqual(len(credential.chain), 2)
        for name in ("localhost", "127.0.0.1", "::1"):
            self.assertEqual(handshake(credential, self.root.certificate, name), "TLSv1.3")
        self.assertRaises(ssl.SSLError, handshake, credential, makeAuthority("Root").certificate, "localhost")

    def test_expired(self) -> None:
        """
        A negative number of days makes an expired certificate.
        """
        credential = makeServer(self.root, days=-2)
        record = describe("TEST", credential.certificate, hasKey=True)
        self.assertEqual(record.daysLeft(time.time()), -3)
        self.assertRaises(ssl.SSLError, handshake, credential, self.root.certificate, "localhost")

    def test_client(self) -> None:
        """
        A client's certificate is for clients only.
        """
        usage = makeClient(self.lower).certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        self.assertEqual(list(usage), [ExtendedKeyUsageOID.CLIENT_AUTH])

    def test_files(self) -> None:
        """
        The files hold what was made.
        """
        credential = makeServer(self.lower, "www.example.com", label="WEB")
        path = writeCredential(self.mktemp(), credential)
        self.assertIn("CN = www.example.com", openssl("x509", "-in", path, "-noout", "-subject"))
        database = makeDatabase(self.mktemp() + ".kdb", [credential])
        for source in (path, database):
            self.assertEqual(readMaterial(source).credentials[0].certificate, credential.certificate)
