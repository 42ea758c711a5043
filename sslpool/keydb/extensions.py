# -*- test-case-name: tests.keydb.test_extensions -*-
"""
Parts of certificates as C{cryptography} reads them, each for itself: it is put into a certificate in which
all else is plain, so that nothing stands in its way.  Pure; any process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from attrs import evolve, frozen
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.x509.oid import ExtensionOID

from sslpool.keydb.armor import elements, enclosed
from sslpool.keydb.names import dotted

MALFORMED = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""
What C{cryptography} raises of a certificate that is malformed in a part that is only decoded when it is looked at.
"""

_BOOLEAN, _BIT_STRING, _OCTETS, _IDENTIFIER, _SEQUENCE, _EXTENSIONS = 0x01, 0x03, 0x04, 0x06, 0x30, 0xA3
_NO_NAME = enclosed(_SEQUENCE, b"")
_DATES = enclosed(_SEQUENCE, enclosed(0x17, b"260101000000Z") * 2)
_EDDSA = enclosed(_SEQUENCE, bytes.fromhex("06032b6570"))
_KEY = enclosed(_SEQUENCE, _EDDSA + enclosed(_BIT_STRING, bytes(33)))
_SIGNATURE = enclosed(_BIT_STRING, bytes(65))
_VERSION_AND_SERIAL = bytes.fromhex("a003020102 020101")
_NOBODYS = x509.ObjectIdentifier("0.0")

Kind = TypeVar("Kind", bound=x509.ExtensionType)


def signatureOf(algorithms: tuple[bytes, bytes], signature: bytes) -> x509.Certificate:
    """
    Return a certificate of which only the signature is to be looked at.

    @param algorithms: its AlgorithmIdentifier, in what is signed and behind it.
    @param signature: the signature, a BIT STRING.
    @raise ValueError: they are malformed; or another of L{MALFORMED}.
    """
    return _plain(*algorithms, signature)


def isSignatureOf(key: object, plain: x509.Certificate | x509.CertificateRevocationList, signed: bytes) -> bool:
    """
    Whether the signature of C{plain} is that of C{key} over the octets C{signed}.

    @raise UnsupportedAlgorithm: the signature is of a kind that is not known.
    """
    how, digest = plain.signature_algorithm_parameters, plain.signature_hash_algorithm
    try:
        match key, how:
            case rsa.RSAPublicKey(), padding.PKCS1v15() | padding.PSS() if digest is not None:
                key.verify(plain.signature, signed, how, digest)
            case ec.EllipticCurvePublicKey(), ec.ECDSA():
                key.verify(plain.signature, signed, how)
            case ((ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey()), None) if digest is None:
                key.verify(plain.signature, signed)
            case dsa.DSAPublicKey(), None if digest is not None:
                key.verify(plain.signature, signed, digest)
            case _:
                return False
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _plain(
    inner: bytes = _EDDSA, outer: bytes = _EDDSA, signature: bytes = _SIGNATURE, extensions: bytes = b""
) -> x509.Certificate:
    tbs = _VERSION_AND_SERIAL + inner + _NO_NAME + _DATES + _NO_NAME + _KEY + extensions
    return x509.load_der_x509_certificate(enclosed(_SEQUENCE, enclosed(_SEQUENCE, tbs) + outer + signature))


@frozen
class Extension:
    """
    One extension as it stands in a certificate (RFC 5280 section 4.1).

    @ivar identifier: the body of its object identifier.
    @ivar critical: who does not know it must refuse the certificate.
    @ivar octets: what is in it.
    """

    identifier: bytes
    critical: bool
    octets: bytes

    @classmethod
    def of(cls, tag: int, content: bytes) -> Extension:
        """
        Read one element of the extensions.

        @raise ValueError: it is none; C{IndexError} likewise.
        """
        (identifierTag, identifier), *flag, (octetsTag, octets) = elements(content)
        if (tag, identifierTag, octetsTag) != (_SEQUENCE, _IDENTIFIER, _OCTETS) or len(flag) > 1:
            raise ValueError("no extension")
        if any(each != _BOOLEAN or len(body) != 1 for each, body in flag):
            raise ValueError("no extension")
        return cls(identifier, any(body != b"\0" for _, body in flag), octets)

    @property
    def kind(self) -> x509.ObjectIdentifier:
        """
        What it is; 0.0, which is nobody's, where that cannot be read.
        """
        try:
            return x509.ObjectIdentifier(dotted(self.identifier))
        except ValueError:
            return _NOBODYS

    @property
    def strict(self) -> Extension:
        """
        The extension as DER has it, where it is one of the few that are often written otherwise:
        basicConstraints with C{CA:FALSE} written out, or with another number for true.

        @raise ValueError: it is malformed.
        """
        if self.kind != ExtensionOID.BASIC_CONSTRAINTS:
            return self
        try:
            [(_, content)] = elements(self.octets)
            fields = [(tag, body) for tag, body in elements(content) if tag != _BOOLEAN or body.strip(b"\0")]
        except IndexError:
            raise ValueError("malformed") from None
        written = (enclosed(tag, b"\xff" if tag == _BOOLEAN else body) for tag, body in fields)
        return evolve(self, octets=enclosed(_SEQUENCE, b"".join(written)))

    @property
    def der(self) -> bytes:
        """
        The extension as DER.
        """
        flag = enclosed(_BOOLEAN, b"\xff") if self.critical else b""
        return enclosed(_SEQUENCE, enclosed(_IDENTIFIER, self.identifier) + flag + enclosed(_OCTETS, self.octets))


class Extensions(x509.Extensions):
    """
    The extensions of a certificate, of which each is read by itself.

    One that cannot be read, or is there twice, stands as C{x509.UnrecognizedExtension}, and whoever
    asks for it hears so.

    @param found: the extensions as they stand in it.
    """

    def __init__(self, found: Iterable[Extension]) -> None:
        every = tuple(found)
        counts = Counter(each.kind for each in every)
        self._unreadable: set[x509.ObjectIdentifier] = set()
        super().__init__(_together(every) or [self._alone(each, counts[each.kind]) for each in every])

    def _alone(self, found: Extension, count: int) -> x509.Extension[x509.ExtensionType]:
        try:
            if count == 1:
                [read] = _read(found.strict)
                return read
        except MALFORMED:
            pass
        self._unreadable.add(found.kind)
        return x509.Extension(found.kind, found.critical, x509.UnrecognizedExtension(found.kind, found.octets))

    def get_extension_for_class(self, extclass: type[Kind]) -> x509.Extension[Kind]:
        """
        Return an extension.

        @raise x509.ExtensionNotFound: there is none.
        @raise ValueError: it cannot be read, or is there twice.
        """
        if getattr(extclass, "oid", None) in self._unreadable:
            raise ValueError(f"the extension {extclass.__name__} is malformed, or there twice")
        return super().get_extension_for_class(extclass)


def _together(found: tuple[Extension, ...]) -> list[x509.Extension[x509.ExtensionType]] | None:
    """
    Return the extensions, of which nearly always all can be read; C{None} where one cannot.
    """
    try:
        return _read(*found) if found else []
    except MALFORMED:
        return None


def _read(*found: Extension) -> list[x509.Extension[x509.ExtensionType]]:
    row = enclosed(_EXTENSIONS, enclosed(_SEQUENCE, b"".join(each.der for each in found)))
    return list(_plain(extensions=row).extensions)
