"""
Certificates for tests, written octet by octet: what C{cryptography} refuses to make, and authorities
have made all the same.  Tests only; any process.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from attrs import evolve, field, frozen
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sslpool.keydb.armor import enclosed
from sslpool.keydb.records import PrivateKey
from tests.doubles.certificates import Authority

_BOOLEAN, _INTEGER, _BIT_STRING, _OCTETS, _IDENTIFIER, _UTC_TIME, _SEQUENCE, _SET = 1, 2, 3, 4, 6, 23, 0x30, 0x31
_ECDSA_SHA256 = enclosed(_SEQUENCE, bytes.fromhex("06082a8648ce3d040302"))
UTF8, PRINTABLE, TELETEX, IA5, VISIBLE, UNIVERSAL, BMP = 12, 19, 20, 22, 26, 28, 30
CN, OU, ORGANIZATION = "2.5.4.3", "2.5.4.11", "2.5.4.10"
SUBJECT_KEY, KEY_USAGE, ALTERNATIVES, BASIC, NAME_CONSTRAINTS, CRL_POINTS, AUTHORITY_KEY, EXTENDED_USAGE = (
    f"2.5.29.{number}" for number in (14, 15, 17, 19, 30, 31, 35, 37)
)
AUTHORITY = (BASIC, True, bytes.fromhex("30030101ff"))
"""
The extension that says that others are issued with a certificate.
"""

SIGNING = (KEY_USAGE, True, bytes.fromhex("03020106"))
"""
The one that says that its key signs certificates and lists, and is for nothing else.
"""

Value = tuple[str, int, bytes]
"""
An attribute: kind, tag of its value, and the value.
"""

Written = tuple[str, bool, bytes]
"""
An extension: what it is, whether it is critical, and what is in it.
"""


def identifier(dotted: str) -> bytes:
    """
    Return an object identifier (X.690 section 8.19).
    """
    first, second, *rest = map(int, dotted.split("."))
    return enclosed(_IDENTIFIER, b"".join(map(_arc, (40 * first + second, *rest))))


def _arc(number: int) -> bytes:
    octets = [number & 0x7F]
    while number := number >> 7:
        octets.append(0x80 | number & 0x7F)
    return bytes(reversed(octets))


def name(*attributes: Value) -> bytes:
    """
    Return a name of attributes, each by itself.
    """
    return nameOf((each,) for each in attributes)


def nameOf(parts: Iterable[Iterable[Value]]) -> bytes:
    """
    Return a name of attributes that stand together, or of none.
    """
    return enclosed(_SEQUENCE, b"".join(enclosed(_SET, b"".join(map(_attribute, part))) for part in parts))


def _attribute(found: Value) -> bytes:
    kind, tag, octets = found
    return enclosed(_SEQUENCE, identifier(kind) + enclosed(tag, octets))


def extension(found: Written) -> bytes:
    """
    Return an extension.
    """
    kind, critical, octets = found
    flag = enclosed(_BOOLEAN, b"\xff") if critical else b""
    return enclosed(_SEQUENCE, identifier(kind) + flag + enclosed(_OCTETS, octets))


def alternatives(*names: tuple[int, bytes]) -> Written:
    """
    Return the extension with alternative names: tag and octets of each.
    """
    return ALTERNATIVES, False, enclosed(_SEQUENCE, b"".join(enclosed(*each) for each in names))


def moment(days: float) -> bytes:
    """
    Return the time in so many days.
    """
    return enclosed(_UTC_TIME, f"{datetime.now(UTC) + timedelta(days=days):%y%m%d%H%M%SZ}".encode("ascii"))


@frozen
class Draft:
    """
    What a certificate is to say; each part as it will stand in it, and none is looked at.

    @ivar key: whose key it is for.
    @ivar subject: see L{name}.
    @ivar extensions: see L{extension}; there is no such part where it is empty.
    @ivar serial: the octets of the serial number.
    @ivar version: the number of the version, one less than its name; C{None} for none.
    @ivar begin: from when it is valid, as DER.
    @ivar end: until when.
    @ivar publicKey: the key itself, as DER; C{None} for that of C{key}.
    @ivar indefinite: what is signed has no length but an end, as BER permits and DER does not.
    """

    key: PrivateKey
    subject: bytes = name((CN, UTF8, b"www.example.com"))
    extensions: tuple[Written, ...] = ()
    serial: bytes = b"\x01"
    version: int | None = 2
    begin: bytes = field(factory=lambda: moment(-1))
    end: bytes = field(factory=lambda: moment(30))
    publicKey: bytes | None = None
    indefinite: bool = False

    def signed(self, issuer: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
        """
        Return the certificate as DER.

        @param issuer: the name of who issues it.
        @param key: the key of that.
        """
        version = b"" if self.version is None else enclosed(0xA0, enclosed(_INTEGER, bytes([self.version])))
        form = PublicFormat.SubjectPublicKeyInfo
        public = self.publicKey or self.key.public_key().public_bytes(Encoding.DER, form)
        validity = enclosed(_SEQUENCE, self.begin + self.end)
        tbs = version + enclosed(_INTEGER, self.serial) + _ECDSA_SHA256 + issuer + validity + self.subject + public
        if self.extensions:
            tbs += enclosed(0xA3, enclosed(_SEQUENCE, b"".join(map(extension, self.extensions))))
        body = b"\x30\x80" + tbs + b"\0\0" if self.indefinite else enclosed(_SEQUENCE, tbs)
        signature = key.sign(body, ec.ECDSA(hashes.SHA256()))
        return enclosed(_SEQUENCE, body + _ECDSA_SHA256 + enclosed(_BIT_STRING, b"\0" + signature))

    def issuedBy(self, authority: Authority) -> bytes:
        """
        Return the certificate as DER, issued by an authority with an EC key.
        """
        assert isinstance(authority.key, ec.EllipticCurvePrivateKey)
        return self.signed(authority.certificate.subject.der, authority.key)

    def selfSigned(self) -> bytes:
        """
        Return the certificate as DER, signed with its own EC key.
        """
        assert isinstance(self.key, ec.EllipticCurvePrivateKey)
        return self.signed(self.subject, self.key)

    def asAuthority(self) -> Draft:
        """
        Return the draft of an authority.
        """
        return evolve(self, extensions=(AUTHORITY, SIGNING, *self.extensions))
