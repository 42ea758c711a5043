"""
Tests for L{sslpool.keydb.privatekeys}.
"""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.armor import childrenOf, enclosed
from sslpool.keydb.pem import Part, partsIn
from sslpool.keydb.privatekeys import isEncrypted, isPrivateKey, readKey
from sslpool.keydb.records import PrivateKey
from sslpool.messages import OperatorError
from tests.doubles.certificates import keyPem, newKey
from tests.keydb.refusals import refused
from tests.keydb.test_generation import openssl

DER, OLD, NEW, PLAIN = Encoding.DER, PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8, NoEncryption()
CURVES = (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1(), ec.SECP224R1(), ec.SECP256K1(), ec.BrainpoolP256R1())
_OCTETS, _SEQUENCE = 0x04, 0x30


def resized(sec1: bytes, change: int) -> bytes:
    """
    Return an EC private key (RFC 5915) whose number has an octet more, a leading zero, or one less.
    """
    version, number, *rest = childrenOf(sec1)
    octets = number[2:]
    octets = b"\0" + octets if change > 0 else octets.removeprefix(b"\0")
    return enclosed(_SEQUENCE, version + enclosed(_OCTETS, octets) + b"".join(rest))


def inPkcs8(pkcs8: bytes, sec1: bytes) -> bytes:
    """
    Return PKCS #8 with another key of the same curve in it.
    """
    version, algorithm, *_ = childrenOf(pkcs8)
    return enclosed(_SEQUENCE, version + algorithm + enclosed(_OCTETS, sec1))


def small(curve: ec.EllipticCurve) -> ec.EllipticCurvePrivateKey:
    """
    Return a key whose number begins with a zero octet.
    """
    return ec.derive_private_key(1 << (curve.key_size - 17), curve)


class ReadingTests(SynchronousTestCase):
    """
    Private keys.
    """

    def check(self, octets: bytes, expected: PrivateKey, password: str | None = None, name: bytes = b"") -> None:
        """
        C{octets} are C{expected}.
        """
        part = Part(name, octets)
        self.assertTrue(isPrivateKey(part))
        self.assertEqual(keyPem(readKey(part, password, "FILE")), keyPem(expected))

    def test_types(self) -> None:
        """
        Each type in each of its forms, whatever the part is called.
        """
        for key in (
            newKey(),
            rsa.generate_private_key(65537, 2048),
            dsa.generate_private_key(2048),
            ed25519.Ed25519PrivateKey.generate(),
            ed448.Ed448PrivateKey.generate(),
        ):
            self.check(key.private_bytes(DER, NEW, PLAIN), key, name=b"RSA PRIVATE KEY")
            self.check(key.private_bytes(DER, NEW, BestAvailableEncryption(b"secret")), key, "secret", b"ANY")
            if not isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey):
                self.check(key.private_bytes(DER, OLD, PLAIN), key, name=b"PRIVATE KEY")

    def test_octets(self) -> None:
        """
        Numbers of EC keys may be an octet longer or shorter than their curve, in every form and on every curve.
        """
        for curve in CURVES:
            key = small(curve)
            sec1, pkcs8 = key.private_bytes(DER, OLD, PLAIN), key.private_bytes(DER, NEW, PLAIN)
            inner = childrenOf(pkcs8)[2][2:]
            inner = inner if inner[0] == _SEQUENCE else inner[1:]
            for change in (1, -1):
                self.check(resized(sec1, change), key)
                self.check(inPkcs8(pkcs8, resized(inner, change)), key)

    def test_encryptedOctets(self) -> None:
        """
        The same within encryption: the password is right, and nothing else is said.
        """
        key, plain, sealed = small(ec.SECP256R1()), str(self.mktemp()), str(self.mktemp())
        pkcs8 = key.private_bytes(DER, NEW, PLAIN)
        with open(plain, "wb") as file:
            file.write(_wrongInside(pkcs8))
        openssl("pkcs8", "-topk8", "-inform", "DER", "-in", plain, "-outform", "DER", "-out", sealed,
                "-passout", "pass:secret")  # fmt: skip
        with open(sealed, "rb") as file:
            self.check(file.read(), key, "secret")

    def test_ciphers(self) -> None:
        """
        Ciphers that cryptography lacks, and those of old programs.
        """
        key, plain = newKey(), str(self.mktemp())
        with open(plain, "wb") as file:
            file.write(keyPem(key))
        legacy = ["-provider", "legacy", "-provider", "default"]
        for options in (
            ["-v2", "camellia-256-cbc"],
            ["-v2", "aria-128-cbc"],
            ["-v2", "des-ede3-cbc"],
            ["-scrypt"],
            ["-v1", "PBE-SHA1-RC2-40", *legacy],
            ["-v1", "PBE-MD5-DES", *legacy],
            ["-v1", "PBE-SHA1-RC4-128", *legacy],
        ):
            sealed = str(self.mktemp())
            openssl("pkcs8", "-topk8", "-in", plain, "-out", sealed, "-passout", "pass:secret", *options)
            with open(sealed, "rb") as file:
                (part,) = partsIn(file.read())
            self.assertEqual(keyPem(readKey(part, "secret", "FILE")), keyPem(key), options)
            for password, messageId in (("wrong", "SSLP344E"), ("x" * 5000, "SSLP344E"), (None, "SSLP343E")):
                with refused(messageId):
                    readKey(part, password, "FILE")

    def test_traditional(self) -> None:
        """
        Encryption in the lines before the contents (RFC 1421).
        """
        key = newKey()
        (part,) = partsIn(key.private_bytes(Encoding.PEM, OLD, BestAvailableEncryption(b"secret")))
        self.assertTrue(isEncrypted(part))
        self.assertEqual(keyPem(readKey(part, "secret", "FILE")), keyPem(key))
        with refused("SSLP344E"):
            readKey(part, "wrong", "FILE")
        with refused("SSLP343E"):
            readKey(part, "", "FILE")
        headers = tuple(each.replace(b"AES-256-CBC", b"FOO-128") for each in part.headers)
        error = self.assertRaises(OperatorError, readKey, Part(part.kind, part.octets, "", headers), "secret", "FILE")
        self.assertTrue(str(error).startswith("SSLP820E") and "FOO-128" in str(error), str(error))

    def test_unknownCipher(self) -> None:
        """
        What the library cannot decrypt is named; that is no matter of the password.
        """
        sealed = newKey().private_bytes(DER, NEW, BestAvailableEncryption(b"secret"))
        known, unknown = bytes.fromhex("60864801650304012a"), bytes.fromhex("608648016503040163")
        self.assertIn(known, sealed)
        error = self.assertRaises(OperatorError, readKey, Part(b"", sealed.replace(known, unknown)), "secret", "FILE")
        self.assertTrue(str(error).startswith("SSLP820E"), str(error))
        self.assertIn("2.16.840.1.101.3.4.1.99", str(error))

    def test_malformedCipher(self) -> None:
        """
        Nor can one be named whose parameters are malformed.
        """
        sealed = newKey().private_bytes(DER, NEW, BestAvailableEncryption(b"secret"))
        known, unknown = bytes.fromhex("60864801650304012a"), bytes.fromhex("608648016503040163")
        start = sealed.index(known)
        end = start + len(known) + 2 + 16
        wrong = sealed[:start] + unknown + b"\x30\x10" + b"\x06\x7f" * 8 + sealed[end:]
        error = self.assertRaises(OperatorError, readKey, Part(b"", wrong), "secret", "FILE")
        self.assertTrue(str(error).startswith("SSLP820E"), str(error))
        self.assertIn("an unknown cipher", str(error))

    def test_refused(self) -> None:
        """
        A key that no certificate can have, and a damaged one.
        """
        key = x25519.X25519PrivateKey.generate().private_bytes(DER, NEW, PLAIN)
        with refused("SSLP347E"):
            readKey(Part(b"", key), None, "FILE")
        octets = bytearray(newKey().private_bytes(DER, NEW, PLAIN))
        octets[20] ^= 0xFF
        with refused("SSLP345E"):
            readKey(Part(b"", bytes(octets)), None, "FILE")

    def test_noQuestion(self) -> None:
        """
        The library asks nobody for a password, terminal or not.
        """
        sealed = newKey().private_bytes(DER, NEW, BestAvailableEncryption(b"secret"))
        main, terminal = os.openpty()
        self.addCleanup(os.close, main)
        self.addCleanup(os.close, terminal)
        saved = os.dup(0)
        self.addCleanup(os.close, saved)
        os.dup2(terminal, 0)
        try:
            with refused("SSLP343E"):
                readKey(Part(b"", sealed), None, "FILE")
            with refused("SSLP344E"):
                readKey(Part(b"", sealed), "wrong", "FILE")
        finally:
            os.dup2(saved, 0)


def _wrongInside(pkcs8: bytes) -> bytes:
    inner = childrenOf(pkcs8)[2][2:]
    return inPkcs8(pkcs8, resized(inner if inner[0] == _SEQUENCE else inner[1:], 1))
