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

from sslpool.keydb.armor import elements, enclosed
from sslpool.keydb.certificate import MALFORMED, Certificate
from sslpool.keydb.records import PrivateKey
from sslpool.messages import OperatorError
from tests.derwriting import ALTERNATIVES, CN, Draft, alternatives, name
from tests.doubles.certificates import makeAuthority, makePss, makeServer, newKey

KEY = newKey()
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
        error = self.assertRaises(OperatorError, lambda: found.strict)
        self.assertTrue(str(error).startswith("SSLP359E Certificate CN=www_example@com breaks rules: "), str(error))

    def test_zeroSerial(self) -> None:
        """
        A serial number that should not be is read without a warning of the library.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for octets, expected in ((b"\0", 0), (b"\xff", -1), (b"\x7f" * 30, int("7f" * 30, 16))):
                self.assertEqual(Certificate.of(Draft(KEY, serial=octets).selfSigned()).serial, expected)

    def test_refused(self) -> None:
        """
        What no TLS library reads, or no client, is refused with the reason.
        """
        for draft, reason in (
            (Draft(KEY, serial=b""), "serial number"),
            (Draft(KEY, serial=b"\0\5"), "serial number"),
            (Draft(KEY, serial=b"\xff\xff"), "serial number"),
            (Draft(KEY, begin=enclosed(23, b"2601010000Z")), "dates"),
            (Draft(KEY, end=enclosed(23, b"260101000000+0100")), "dates"),
            (Draft(KEY, end=enclosed(24, b"20260101000000.5Z")), "dates"),
            (Draft(KEY, end=enclosed(24, b"20261301000000Z")), "dates"),
            (Draft(KEY, end=enclosed(4, b"20260101000000Z")), "dates"),
        ):
            error = self.assertRaises(ValueError, Certificate.of, draft.selfSigned())
            self.assertIn(reason, str(error))
            self.assertRegex(str(error), "(TLS libraries|clients) refuse it$")

    def test_dates(self) -> None:
        """
        Dates of either kind, and of every year.
        """
        for der, expected in (
            (enclosed(23, b"491231235959Z"), "2049-12-31 23:59:59"),
            (enclosed(23, b"500101000000Z"), "1950-01-01 00:00:00"),
            (enclosed(24, b"20260101000000Z"), "2026-01-01 00:00:00"),
            (enclosed(24, b"99991231235959Z"), "9999-12-31 23:59:59"),
        ):
            found = Certificate.of(Draft(KEY, end=der).selfSigned()).notAfter
            self.assertEqual(f"{datetime.fromtimestamp(found, UTC):%Y-%m-%d %H:%M:%S}", expected)

    def test_versions(self) -> None:
        """
        Certificates of every version are read, also with extensions that the first had none of.
        """
        for version in (None, 0, 1, 2, 3):
            found = Certificate.of(Draft(KEY, version=version, extensions=(alternatives((0x82, b"a")),)).selfSigned())
            self.assertEqual(found.values("DNS"), ["a"])
            self.assertTrue(found.isSignedWith(KEY.public_key()))

    def test_longLengths(self) -> None:
        """
        What is signed is what stands in it, also where lengths take more octets than they need.
        """
        [(_, whole)] = elements(SERVER.certificate.der)
        body = SERVER.certificate.signed
        rest = whole[len(body) :]
        self.assertEqual(body[:2], b"\x30\x82")
        longer = b"\x30\x83\0" + body[2:]
        found = Certificate.of(enclosed(0x30, longer + rest))
        self.assertEqual(found.signed, longer)

    def test_shown(self) -> None:
        """
        Without a subject a certificate is shown by its first alternative name; without one, by its fingerprint.
        """
        host, address = (0x82, b"www.example.com"), (0x87, bytes([192, 0, 2, 1]))
        for draft, expected in (
            (Draft(KEY, extensions=(alternatives(host),)), "CN=www.example.com"),
            (Draft(KEY, name(), (alternatives(host, address),)), "DNS:www.example.com"),
            (Draft(KEY, name(), (alternatives(address, host),)), "IP:192.0.2.1"),
            (Draft(KEY, name(), (alternatives((0x82, b"\xff"), host),)), "DNS:www.example.com"),
            (Draft(KEY, name(), (alternatives((0x82, b"\xff")),)), "DNS:#ff"),
            (Draft(KEY, name(), (alternatives((0x82, b"x" * 5000)),)), f"DNS:{'x' * 249}..."),
            (Draft(KEY, name((CN, 3, b"\0a"))), "CN=#03020061"),
        ):
            self.assertEqual(Certificate.of(draft.selfSigned()).shown, expected)
        for extensions in ((), (alternatives(),), ((ALTERNATIVES, True, b"a"),)):
            found = Certificate.of(Draft(KEY, name(), extensions).selfSigned())
            self.assertEqual(found.shown, f"SHA-256 {found.fingerprint.hex(':').upper()}")

    def test_unread(self) -> None:
        """
        What stands for one that cannot be read says nothing that is not known, and is shown.
        """
        found = Certificate.unread(b"odd")
        self.assertEqual((found.subject.text, found.issuer.text, found.alternatives), ("", "", ()))
        self.assertEqual((found.shown[:11], found.isRead, len(found.extensions)), ("SHA-256 99:", False, 0))
        self.assertRaises(ValueError, found.publicKey)
        self.assertFalse(found.isSignedWith(KEY.public_key()))

    @given(st.data())
    def test_damaged(self, data: st.DataObject) -> None:
        """
        What is damaged is refused or read, and never anything else.
        """
        der = bytearray(SERVER.certificate.der)
        position = data.draw(st.integers(0, len(der) - 1))
        der[position] ^= data.draw(st.integers(1, 255))
        for octets in (bytes(der), bytes(der)[:position]):
            try:
                found = Certificate.of(octets)
            except ValueError:
                continue
            self.assertTrue(found.shown.isprintable())
            self.assertIsInstance(list(found.extensions), list)
            try:
                found.publicKey()
                found.isSignedWith(ROOT.certificate.publicKey())
                self.assertTrue(found.signatureHash)
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
