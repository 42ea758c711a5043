"""
Tests of L{sslpool.keydb.extensions}.
"""

from __future__ import annotations

from cryptography import x509
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.armor import enclosed
from sslpool.keydb.certificate import Certificate
from tests.derwriting import (
    ALTERNATIVES,
    AUTHORITY,
    AUTHORITY_KEY,
    BASIC,
    CN,
    CRL_POINTS,
    NAME_CONSTRAINTS,
    PRINTABLE,
    SIGNING,
    Draft,
    Written,
    alternatives,
    name,
)
from tests.doubles.certificates import makeAuthority, makeServer, newKey

KEY = newKey()
ODD = enclosed(0xA4, name((CN, PRINTABLE, b"a_b")))
"""
A general name, as it stands in an extension, that a strict parser does not read.
"""

UNREADABLE: tuple[tuple[type[x509.ExtensionType], Written], ...] = (
    (x509.SubjectAlternativeName, (ALTERNATIVES, False, enclosed(0x30, ODD))),
    (x509.SubjectAlternativeName, alternatives((0xA3, b"\x30\0"))),
    (x509.SubjectAlternativeName, alternatives((0x82, b"\xff"))),
    (x509.AuthorityKeyIdentifier, (AUTHORITY_KEY, False, enclosed(0x30, enclosed(0xA1, ODD) + b"\x82\1\1"))),
    (
        x509.CRLDistributionPoints,
        (CRL_POINTS, False, enclosed(0x30, enclosed(0x30, enclosed(0xA0, enclosed(0xA0, ODD))))),
    ),
    (x509.NameConstraints, (NAME_CONSTRAINTS, True, enclosed(0x30, enclosed(0xA0, enclosed(0x30, ODD))))),
    (x509.KeyUsage, (SIGNING[0], True, b"\4\1a")),
)


def withThese(*extensions: Written) -> Certificate:
    """
    Return a certificate with extensions.
    """
    return Certificate.of(Draft(KEY, extensions=extensions).selfSigned())


class ExtensionTests(SynchronousTestCase):
    """
    Each is read by itself.
    """

    def test_ordinary(self) -> None:
        """
        What can all be read is what the library says.
        """
        found = makeServer(makeAuthority()).certificate
        self.assertEqual(list(found.extensions), list(found.strict.extensions))
        self.assertEqual(len(withThese().extensions), 0)

    def test_unreadable(self) -> None:
        """
        One that cannot be read is there, says so when it is asked for, and spoils no other.
        """
        for kind, written in UNREADABLE:
            found = withThese(AUTHORITY, written).extensions
            self.assertRaises(ValueError, found.get_extension_for_class, kind)
            self.assertTrue(found.get_extension_for_class(x509.BasicConstraints).value.ca)
            self.assertRaises(x509.ExtensionNotFound, found.get_extension_for_class, x509.ExtendedKeyUsage)
            other = found.get_extension_for_oid(kind.oid)
            self.assertEqual((other.critical, other.value.public_bytes()), written[1:])

    def test_basic(self) -> None:
        """
        Whether it is an authority is read also where DER would write it otherwise.
        """
        for octets, isAuthority, length in (
            ("3003010100", False, None),
            ("3003010101", True, None),
            ("3006010101020103", True, 3),
            ("3000", False, None),
        ):
            found = withThese((BASIC, True, bytes.fromhex(octets))).extensions
            basic = found.get_extension_for_class(x509.BasicConstraints).value
            self.assertEqual((basic.ca, basic.path_length), (isAuthority, length))
        for octets in ("05", "3005", "30030201", "0101ff", ""):
            found = withThese((BASIC, True, bytes.fromhex(octets))).extensions
            self.assertRaises(ValueError, found.get_extension_for_class, x509.BasicConstraints)

    def test_twice(self) -> None:
        """
        One that is there twice is as one that cannot be read, and has no names.
        """
        certificate = withThese(AUTHORITY, alternatives((0x82, b"a")), alternatives((0x82, b"b")))
        self.assertRaises(ValueError, certificate.extensions.get_extension_for_class, x509.SubjectAlternativeName)
        self.assertEqual((certificate.alternatives, certificate.hasAlternatives), ((), True))
        self.assertEqual(len(certificate.extensions), 3)

    def test_identifier(self) -> None:
        """
        One of which nobody can say what it is, is nobody's.
        """
        certificate = withThese(AUTHORITY, (f"2.{10**80}.1", True, b""))
        self.assertEqual([each.oid.dotted_string for each in certificate.extensions], ["2.5.29.19", "0.0"])

    def test_damaged(self) -> None:
        """
        What are no extensions are refused.
        """
        der = withThese((AUTHORITY[0], True, b"abc")).der
        for before, after in (
            (b"\1\1\xff\4\3abc", b"\1\2\xff\0\4\2ab"),
            (b"\4\3abc", b"\5\3abc"),
            (b"\6\3\x55", b"\4\3\x55"),
        ):
            at = der.rindex(before)
            changed = der[:at] + after + der[at + len(before) :]
            self.assertRaises(ValueError, Certificate.of, changed)
