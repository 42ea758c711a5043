"""
Tests for L{sslpool.keydb.records}.
"""

from __future__ import annotations

import hashlib
import subprocess

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.generation import KEY_KINDS
from sslpool.keydb.records import CertificateRecord, PrivateKey, describe, keyTypeOf
from tests.doubles.certificates import makeAuthority, makeServer, writeCertificates


class DescribeTests(SynchronousTestCase):
    """
    What is shown of a certificate.
    """

    def setUp(self) -> None:
        self.credential = makeServer(makeAuthority("Example CA"), "www.example.com", "192.0.2.1", "2001:db8::1")
        self.record = describe("WEB", self.credential.certificate, hasKey=True)

    def test_names(self) -> None:
        """
        Subject, issuer and the names of subjectAltName are as they were made.
        """
        self.assertEqual(self.record.subject, "CN=www.example.com")
        self.assertEqual(self.record.issuer, "CN=Example CA")
        self.assertEqual(self.record.names, ("www.example.com", "192.0.2.1", "2001:db8::1"))

    def test_noNames(self) -> None:
        """
        A certificate without subjectAltName has no names.
        """
        self.assertEqual(describe("CA", makeAuthority().certificate, hasKey=False).names, ())

    def test_fingerprint(self) -> None:
        """
        The fingerprint is SHA-256 over the DER form, in colon-separated upper-case octets.
        """
        der = self.credential.certificate.der
        self.assertEqual(self.record.fingerprint.replace(":", "").lower(), hashlib.sha256(der).hexdigest())
        self.assertEqual(self.record.fingerprint.count(":"), 31)

    def test_openssl(self) -> None:
        """
        Serial number and fingerprint are written as the openssl command writes them.
        """
        path = writeCertificates(self.mktemp(), self.credential.certificate)
        command = ["openssl", "x509", "-in", path, "-noout", "-serial", "-fingerprint", "-sha256"]
        said = subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()
        self.assertEqual(int(said[0].split("=")[1], 16), int(self.record.serial, 16))
        self.assertEqual(said[1].split("=")[1], self.record.fingerprint)

    def test_daysLeft(self) -> None:
        """
        Days are whole days, and negative from the moment it has expired.
        """
        end = self.record.notAfter
        self.assertEqual(self.record.daysLeft(end - 86400.0), 1)
        self.assertEqual(self.record.daysLeft(end - 86399.0), 0)
        self.assertEqual(self.record.daysLeft(end + 1.0), -1)

    def test_isExpired(self) -> None:
        """
        It is valid until the end of the last second, RFC 5280 section 4.1.2.5.
        """
        self.assertFalse(self.record.isExpired(self.record.notAfter))
        self.assertTrue(self.record.isExpired(self.record.notAfter + 1.0))

    def test_isPlain(self) -> None:
        """
        A record is a value: equal to another of the same certificate, and hashable.
        """
        again: CertificateRecord = describe("WEB", self.credential.certificate, hasKey=True)
        self.assertEqual({self.record}, {again})

    def test_keyNotShown(self) -> None:
        """
        A credential's representation does not mention the private key.
        """
        self.assertNotIn("key=", repr(self.credential))


class KeyTypeTests(SynchronousTestCase):
    """
    The words for kinds of keys.
    """

    def test_kinds(self) -> None:
        """
        Kind and size are said as operators say them.
        """
        authority = makeAuthority()
        kinds: dict[str, PrivateKey] = {
            "EC P-256": KEY_KINDS["ec"](),
            "EC P-384": ec.generate_private_key(ec.SECP384R1()),
            "EC secp256k1": ec.generate_private_key(ec.SECP256K1()),
            "RSA 2048": rsa.generate_private_key(65537, 2048),
            "Ed25519": ed25519.Ed25519PrivateKey.generate(),
        }
        for words, key in kinds.items():
            self.assertEqual(keyTypeOf(makeServer(authority, key=key).certificate), words)
