# -*- test-case-name: tests.keydb.test_certificate -*-
"""
A certificate as TLS uses it: its octets, and what they say.  Pure; any process.

C{cryptography} refuses certificates whose names break the rules of their string types, or whose serial
number does; OpenSSL reads them, and authorities of companies have issued many.  So the octets
are what is served, stored and compared; names and serial number are read here; and
C{cryptography} reads all the rest, from a copy without these.
"""

from __future__ import annotations

from functools import cached_property
from hashlib import sha256

from attrs import field, frozen
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ObjectIdentifier

from sslpool.keydb.armour import armoured, elements, enclosed
from sslpool.keydb.names import Name

PublicKey = (
    rsa.RSAPublicKey
    | ec.EllipticCurvePublicKey
    | ed25519.Ed25519PublicKey
    | ed448.Ed448PublicKey
    | dsa.DSAPublicKey
)
"""
The kinds of public key that a certificate for TLS may have.
"""

MALFORMED = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""
What C{cryptography} raises of a certificate that is malformed in a part that is only decoded when it is
looked at.
"""

PEM_KIND = b"CERTIFICATE"
_INTEGER, _SEQUENCE, _EXPLICIT_VERSION = 0x02, 0x30, 0xA0
_TAGS = (_SEQUENCE, _SEQUENCE, _INTEGER, _SEQUENCE, _SEQUENCE)
_ONE, _NO_NAME = enclosed(_INTEGER, b"\x01"), enclosed(_SEQUENCE, b"")


@frozen(eq=False, repr=False)
class Certificate:
    """
    An X.509 certificate (RFC 5280).  Two are the same when their octets are.

    @ivar der: its octets.
    """

    der: bytes
    _serial: bytes
    issuer: Name
    subject: Name
    _plain: x509.Certificate = field()

    @classmethod
    def of(cls, der: bytes) -> Certificate:
        """
        Read a certificate.

        @raise ValueError: it is none, or another of L{MALFORMED}.
        """
        try:
            [(outer, whole)] = elements(der)
            (inner, tbs), *signature = elements(whole)
            parts = list(elements(tbs))
            first = 1 if parts[0][0] == _EXPLICIT_VERSION else 0
            serial, issuer, subject = (parts[first + offset] for offset in (0, 2, 4))
        except (IndexError, ValueError):
            raise ValueError("no certificate, or a damaged one") from None
        if (outer, inner, serial[0], issuer[0], subject[0]) != _TAGS:
            raise ValueError("no certificate, or a damaged one")
        copied = [enclosed(*part) for part in parts]
        copied[first], copied[first + 2], copied[first + 4] = _ONE, _NO_NAME, _NO_NAME
        rest = b"".join(enclosed(*part) for part in signature)
        plain = x509.load_der_x509_certificate(
            enclosed(_SEQUENCE, enclosed(_SEQUENCE, b"".join(copied)) + rest)
        )
        return cls(der, serial[1], Name(enclosed(*issuer)), Name(enclosed(*subject)), plain)

    @classmethod
    def ofStrict(cls, certificate: x509.Certificate) -> Certificate:
        """
        Return one that C{cryptography} has made.
        """
        return cls.of(certificate.public_bytes(Encoding.DER))

    @property
    def strict(self) -> x509.Certificate:
        """
        The certificate for those who need one of C{cryptography}'s.

        @raise ValueError: C{cryptography} refuses its names or another part.
        """
        return x509.load_der_x509_certificate(self.der)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.der)

    def __repr__(self) -> str:
        return f"<Certificate {self.subject.text}>"

    @property
    def pem(self) -> bytes:
        """
        The certificate as PEM (RFC 7468 section 5).
        """
        return armoured(PEM_KIND, self.der)

    @cached_property
    def fingerprint(self) -> bytes:
        """
        SHA-256 over its octets.
        """
        return sha256(self.der).digest()

    @property
    def serial(self) -> int:
        """
        The serial number.
        """
        return int.from_bytes(self._serial, "big", signed=True)

    @property
    def notBefore(self) -> float:
        """
        When it becomes valid, in seconds since the epoch.
        """
        return self._plain.not_valid_before_utc.timestamp()

    @property
    def notAfter(self) -> float:
        """
        When it expires, in seconds since the epoch.
        """
        return self._plain.not_valid_after_utc.timestamp()

    @property
    def extensions(self) -> x509.Extensions:
        """
        The extensions.

        @raise ValueError: they are malformed.
        """
        return extensionsOf(self._plain)

    @property
    def signed(self) -> bytes:
        """
        The octets that its issuer has signed.
        """
        [(_, whole)] = elements(self.der)
        return enclosed(*next(iter(elements(whole))))

    @cached_property
    def publicKeyInfo(self) -> bytes:
        """
        The key as it stands here (subjectPublicKeyInfo), also one of a kind that is not known.
        """
        parts = [enclosed(*part) for part in elements(next(elements(self.signed))[1])]
        return parts[6 if parts[0][0] == _EXPLICIT_VERSION else 5]

    @property
    def signatureHash(self) -> HashAlgorithm | None:
        """
        What it was hashed with to be signed; C{None} where the signature has no hash of its own.

        @raise UnsupportedAlgorithm: the signature is of a kind that is not known.
        """
        return self._plain.signature_hash_algorithm

    @property
    def keyAlgorithm(self) -> ObjectIdentifier:
        """
        The kind of its key.
        """
        return self._plain.public_key_algorithm_oid

    def publicKey(self) -> object:
        """
        Return its key.

        @raise UnsupportedAlgorithm: it is of a kind that is not known.
        @raise ValueError: it is malformed.
        """
        return self._plain.public_key()

    def isSignedWith(self, key: object) -> bool:
        """
        Whether it was signed with the private half of C{key}.

        @raise UnsupportedAlgorithm: the signature is of a kind that is not known.
        """
        return isSignatureOf(key, self._plain, self.signed)


def isSignatureOf(key: object, plain: x509.Certificate, signed: bytes) -> bool:
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
            case (ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey()), None if digest is None:
                key.verify(plain.signature, signed)
            case dsa.DSAPublicKey(), None if digest is not None:
                key.verify(plain.signature, signed, digest)
            case _:
                return False
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def extensionsOf(
    source: Certificate | x509.Certificate | x509.CertificateSigningRequest | x509.CertificateRevocationList,
) -> x509.Extensions:
    """
    Return the extensions of what others have made.

    @raise ValueError: they are malformed.
    """
    try:
        return source.extensions
    except (x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise ValueError(str(error)) from None
