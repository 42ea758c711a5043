"""
Tests of L{sslpool.keydb.certificate}.
"""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.armour import enclosed
from sslpool.keydb.certificate import MALFORMED, Certificate
from sslpool.keydb.records import PrivateKey
from sslpool.testing.certificates import makeAuthority, makePss, makeServer, newKey

ROOT = makeAuthority("Root")
SERVER = makeServer(ROOT, "www.example.com")
PRINTABLE, UTF8 = b"\x13", b"\x0c"


def signedWith(key: PrivateKey, pss: bool = False) -> Certificate:
    """
    Return a certificate of a key that is signed with it.
    """
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    if pss:
        assert isinstance(key, rsa.RSAPrivateKey)
        rule = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
        return Certificate.ofStrict(builder.sign(key, hashes.SHA256(), rsa_padding=rule))
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey) else hashes.SHA256()
    return Certificate.ofStrict(builder.sign(key, digest))


class ReadTests(SynchronousTestCase):
    """
    What a certificate says.
    """

    def test_same(self) -> None:
        """
        All is as the library that makes it reads it.
        """
        found, strict = SERVER.certificate, SERVER.certificate.strict
        self.assertEqual(found.serial, strict.serial_number)
        self.assertEqual(found.notBefore, strict.not_valid_before_utc.timestamp())
        self.assertEqual(found.notAfter, strict.not_valid_after_utc.timestamp())
        self.assertEqual(found.fingerprint, strict.fingerprint(hashes.SHA256()))
        self.assertEqual(list(found.extensions), list(strict.extensions))
        self.assertEqual(found.signed, strict.tbs_certificate_bytes)
        self.assertEqual(found.publicKey(), strict.public_key())
        self.assertEqual(found.keyAlgorithm, strict.public_key_algorithm_oid)
        self.assertIsInstance(found.signatureHash, hashes.SHA256)
        self.assertEqual((found.subject.text, found.issuer.text), ("CN=www.example.com", "CN=Root"))
        self.assertEqual(found.pem, strict.public_bytes(Encoding.PEM))
        self.assertEqual({found, Certificate.of(found.der)}, {found})
        self.assertNotEqual(found, ROOT.certificate)

    def test_oddName(self) -> None:
        """
        A name that breaks the rules of its type is read, and the certificate is what it was.
        """
        der = SERVER.certificate.der.replace(UTF8 + b"\x0fwww.example.com", PRINTABLE + b"\x0fwww_example@com", 1)
        self.assertRaises(ValueError, x509.load_der_x509_certificate, der)
        found = Certificate.of(der)
        self.assertEqual((found.subject.text, found.der), ("CN=www_example@com", der))
        self.assertEqual(found.publicKey(), SERVER.certificate.publicKey())
        self.assertRaises(ValueError, lambda: found.strict)

    def test_zeroSerial(self) -> None:
        """
        A serial number that should not be is read without a warning of the library.
        """
        serial = SERVER.certificate.serial
        octets = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
        der = SERVER.certificate.der.replace(enclosed(2, octets), enclosed(2, bytes(len(octets))), 1)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.assertEqual(Certificate.of(der).serial, 0)

    @given(st.data())
    def test_damaged(self, data: st.DataObject) -> None:
        """
        What is damaged is refused or read, and never anything else.
        """
        der = bytearray(SERVER.certificate.der)
        position = data.draw(st.integers(0, len(der) - 1))
        der[position] ^= data.draw(st.integers(1, 255))
        try:
            Certificate.of(bytes(der))
            Certificate.of(bytes(der)[:position])
        except MALFORMED:
            pass


class SignatureTests(SynchronousTestCase):
    """
    Who has signed a certificate.
    """

    def test_kinds(self) -> None:
        """
        The key of each kind is known by its signature, another of the kind is not, nor one of another kind.
        """
        kinds: list[tuple[PrivateKey, PrivateKey]] = [
            (newKey(), newKey()),
            (ec.generate_private_key(ec.SECP384R1()), newKey()),
            (rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 2048)),
            (ed25519.Ed25519PrivateKey.generate(), ed25519.Ed25519PrivateKey.generate()),
            (ed448.Ed448PrivateKey.generate(), ed448.Ed448PrivateKey.generate()),
            (dsa.generate_private_key(1024), newKey()),
        ]
        for mine, other in kinds:
            for pss in {False, isinstance(mine, rsa.RSAPrivateKey)}:
                found = signedWith(mine, pss)
                self.assertTrue(found.isSignedWith(mine.public_key()))
                for key in (other, *(each for each, _ in kinds if each is not mine)):
                    self.assertFalse(found.isSignedWith(key.public_key()))

    def test_changed(self) -> None:
        """
        A name that was changed is no longer signed.
        """
        key = ROOT.certificate.publicKey()
        self.assertTrue(SERVER.certificate.isSignedWith(key))
        changed = Certificate.of(SERVER.certificate.der.replace(b"www.example.com", b"www.example.org", 1))
        self.assertFalse(changed.isSignedWith(key))
        self.assertTrue(makePss(ROOT).certificate.isSignedWith(key))
