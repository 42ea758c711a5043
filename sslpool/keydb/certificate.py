# -*- test-case-name: tests.keydb.test_certificate -*-
"""
A certificate as TLS uses it: its octets, and what they say.  Pure; any process.

C{cryptography} refuses certificates whose names break the rules of their string types, or whose serial number does, and
all extensions of one where it does not know what is in one of them; OpenSSL reads them, and authorities of companies
have issued many.  So the octets are what is served, stored and compared; names, serial number and dates are read here;
and C{cryptography} reads the key, the signature and each extension, every one by itself.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256

from attrs import field, frozen
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.hashes import HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from cryptography.x509.oid import ExtensionOID, ObjectIdentifier

from sslpool.keydb.alternatives import Alternative, alternativesOf
from sslpool.keydb.armor import armored, element, elements, enclosed
from sslpool.keydb.extensions import MALFORMED, Extension, Extensions, isSignatureOf, signatureOf
from sslpool.keydb.names import Name, dotted, shortened
from sslpool.messages import operatorError

__all__ = ["MALFORMED", "PEM_KIND", "Certificate", "PublicKey", "extensionsOf", "isSignatureOf"]

PublicKey = (
    rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey | dsa.DSAPublicKey
)
"""
The kinds of public key that a certificate for TLS may have.
"""

PEM_KIND = b"CERTIFICATE"
_INTEGER, _BIT_STRING, _UTC_TIME, _TIME, _SEQUENCE = 0x02, 0x03, 0x17, 0x18, 0x30
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_WHOLE = (_SEQUENCE, _SEQUENCE, _BIT_STRING)
_FIELDS = (_INTEGER, _SEQUENCE, _SEQUENCE, _SEQUENCE, _SEQUENCE, _SEQUENCE)
_TAILS = {0x81: 1, 0xA1: 1, 0x82: 2, 0xA2: 2, _EXTENSIONS: 3}
_SHOWN = 16
"""
Among how many alternative names one to be shown is looked for.
"""
_ALTERNATIVES = ExtensionOID.SUBJECT_ALTERNATIVE_NAME
_NO_NAME = Name(enclosed(_SEQUENCE, b""))
_Element = tuple[int, bytes]


@frozen(eq=False, repr=False)
class Certificate:
    """
    An X.509 certificate (RFC 5280).  Two are the same when their octets are.

    @ivar der: its octets.
    @ivar serial: the serial number.
    @ivar issuer: the name of who has issued it.
    @ivar subject: the name of whose it is.
    @ivar notBefore: when it becomes valid, in seconds since the epoch.
    @ivar notAfter: when it expires, likewise.
    @ivar publicKeyInfo: its key as it stands in it (subjectPublicKeyInfo).
    @ivar isRead: what is said here is what is in it, see L{unread}.
    """

    der: bytes
    serial: int
    issuer: Name
    subject: Name
    notBefore: float
    notAfter: float
    publicKeyInfo: bytes
    _algorithms: tuple[bytes, bytes]
    _signature: bytes
    _extensions: tuple[Extension, ...]
    isRead: bool = field(default=True, kw_only=True)

    @classmethod
    def of(cls, der: bytes) -> Certificate:
        """
        Read a certificate.

        @raise ValueError: it is none, or another of L{MALFORMED}.
        """
        (fields, tail), algorithm, signature = _partsOf(der)
        serial, inner, issuer, validity, subject, key = fields
        notBefore, notAfter = _datesIn(validity[1])
        return cls(
            der,
            _numberIn(serial[1]),
            Name(enclosed(*issuer)),
            Name(enclosed(*subject)),
            notBefore,
            notAfter,
            enclosed(*key),
            (enclosed(*inner), enclosed(*algorithm)),
            enclosed(*signature),
            _extensionsIn(tail),
        )

    @classmethod
    def ofStrict(cls, certificate: x509.Certificate) -> Certificate:
        """
        Return one that C{cryptography} has made.
        """
        return cls.of(certificate.public_bytes(Encoding.DER))

    @classmethod
    def unread(cls, der: bytes) -> Certificate:
        """
        Return what stands for a certificate that the TLS library has read and L{of} cannot: it has no
        names, no extensions and no key, and of its dates nothing is known.
        """
        return cls(der, 0, _NO_NAME, _NO_NAME, -math.inf, math.inf, b"", (b"", b""), b"", (), isRead=False)

    @property
    def strict(self) -> x509.Certificate:
        """
        The certificate for those who make others out of it, which C{cryptography} does.

        @raise sslpool.messages.OperatorError: SSLP359E, it refuses the names or another part.
        """
        try:
            return x509.load_der_x509_certificate(self.der)
        except MALFORMED as error:
            raise operatorError("SSLP359E", name=self.shown) from error

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.der)

    def __repr__(self) -> str:
        return f"<Certificate {self.shown}>"

    @property
    def pem(self) -> bytes:
        """
        The certificate as PEM (RFC 7468 section 5).
        """
        return armored(PEM_KIND, self.der)

    @cached_property
    def fingerprint(self) -> bytes:
        """
        SHA-256 over its octets.
        """
        return sha256(self.der).digest()

    @cached_property
    def shown(self) -> str:
        """
        What it is called in lists and messages: its subject, RFC 4514; where that is empty, its first
        alternative name with the kind of that, of those that can be read; where there is none, its fingerprint.
        """
        if self.subject:
            return self.subject.shown
        for first in sorted(self._alternatives(_SHOWN), key=lambda each: each.value is None):
            return shortened(first.shown)
        return f"SHA-256 {self.fingerprint.hex(':').upper()}"

    @property
    def hasAlternatives(self) -> bool:
        """
        Whether it has alternative names, whatever they are: its common name is none then.
        """
        return any(each.kind == _ALTERNATIVES for each in self._extensions)

    @cached_property
    def alternatives(self) -> tuple[Alternative, ...]:
        """
        The alternative names; none where they are damaged, or there twice.
        """
        return self._alternatives()

    def _alternatives(self, most: int | None = None) -> tuple[Alternative, ...]:
        try:
            [found] = (each for each in self._extensions if each.kind == _ALTERNATIVES)
            return alternativesOf(found.octets, most)
        except ValueError:
            return ()

    def values(self, *kinds: str) -> list[str]:
        """
        Return the alternative names of these kinds by which something may be decided, in their order.
        """
        found = (each.value for each in self.alternatives if each.kind in kinds)
        return [value for value in found if value is not None]

    @cached_property
    def extensions(self) -> Extensions:
        """
        The extensions; asking for one that cannot be read raises C{ValueError}.
        """
        return Extensions(self._extensions)

    @property
    def fault(self) -> str:
        """
        Why nobody can use it with TLS, as far as that is seen here; empty where nothing is known against it.
        """
        for what, name in (("subject", self.subject), ("issuer", self.issuer)):
            if name.fault:
                return f"in the name of its {what}, {name.fault}"
        counts = Counter(each.kind.dotted_string for each in self._extensions)
        # RFC 5280 section 4.2; the library serves it, and clients refuse it.
        twice = next((kind for kind, count in counts.items() if count > 1), "")
        return f"it has the extension {twice} twice, and clients refuse it" if twice else ""

    @property
    def signed(self) -> bytes:
        """
        The octets that its issuer has signed.
        """
        _, start, _ = element(self.der, 0)
        return self.der[start : element(self.der, start)[2]]

    @property
    def signatureHash(self) -> HashAlgorithm | None:
        """
        What it was hashed with to be signed; C{None} where the signature has no hash of its own.

        @raise UnsupportedAlgorithm: the signature is of a kind that is not known.
        @raise ValueError: it is malformed.
        """
        return self._signatureRead.signature_hash_algorithm

    @property
    def keyAlgorithm(self) -> ObjectIdentifier:
        """
        The kind of its key.

        @raise ValueError: it is malformed.
        """
        (_, identifier), *_parameters = elements(self._keyParts[0])
        return ObjectIdentifier(dotted(identifier))

    @property
    def keyOctets(self) -> bytes:
        """
        The octets of its key, without its kind: what OCSP takes the hash of (RFC 6960 section 4.1.1).

        @raise ValueError: it is malformed.
        """
        return self._keyParts[1][1:]

    @property
    def _keyParts(self) -> tuple[bytes, bytes]:
        try:
            [(_, key)] = elements(self.publicKeyInfo)
            (_, algorithm), (_, bits) = elements(key)
        except IndexError:
            raise ValueError("its key is malformed") from None
        return algorithm, bits

    def publicKey(self) -> object:
        """
        Return its key.

        @raise UnsupportedAlgorithm: it is of a kind that is not known.
        @raise ValueError: it is malformed.
        """
        try:
            return load_der_public_key(self.publicKeyInfo)
        except ValueError:
            raise ValueError("its key is damaged, or of an unknown form") from None

    def isSignedWith(self, key: object) -> bool:
        """
        Whether it was signed with the private half of C{key}.

        @raise UnsupportedAlgorithm: the signature is of a kind that is not known.
        """
        try:
            return isSignatureOf(key, self._signatureRead, self.signed)
        except ValueError:
            return False

    @cached_property
    def _signatureRead(self) -> x509.Certificate:
        return signatureOf(self._algorithms, self._signature)


def _partsOf(der: bytes) -> tuple[tuple[list[_Element], list[_Element]], _Element, _Element]:
    """
    Return what is signed (its fields, and what may follow them), how it is signed, and the signature.
    """
    try:
        [(outer, whole)] = elements(der)
        signed, algorithm, signature = elements(whole)
        parts = list(elements(signed[1]))
    except (IndexError, ValueError):
        raise ValueError(_BER if _INDEFINITE in der[:_LONGEST_HEAD] else _NONE) from None
    if parts and parts[0][0] == _VERSION:
        del parts[0]
    fields, tail = parts[: len(_FIELDS)], parts[len(_FIELDS) :]
    order = [_TAILS.get(tag, 0) for tag, _ in tail]
    isWhole = (outer, signed[0], algorithm[0], signature[0]) == (_SEQUENCE, *_WHOLE)
    if not isWhole or tuple(tag for tag, _ in fields) != _FIELDS or 0 in order or order != sorted(set(order)):
        raise ValueError(_NONE)
    return (fields, tail), algorithm, signature


_NONE = "it is damaged"
_BER = "it has indefinite lengths, which are BER, not DER"
_INDEFINITE, _LONGEST_HEAD = b"\x30\x80", 8


def _numberIn(octets: bytes) -> int:
    if not octets or (len(octets) > 1 and octets[0] in (0, 0xFF) and (octets[0] ^ octets[1]) < 0x80):
        raise ValueError("its serial number is not in DER, and TLS libraries refuse it")
    return int.from_bytes(octets, "big", signed=True)


def _datesIn(validity: bytes) -> Iterator[float]:
    """
    Return from when until when, as RFC 5280 section 4.1.2.5 has it written.
    """
    try:
        begin, end = elements(validity)
        return iter((_moment(*begin), _moment(*end)))
    except (IndexError, ValueError):
        raise ValueError("its dates do not conform to RFC 5280, and clients refuse it") from None


def _moment(tag: int, octets: bytes) -> float:
    text = octets.decode("ascii")
    if tag == _UTC_TIME and len(text) == len("YYMMDDhhmmssZ"):
        text = ("20" if text[:2] < "50" else "19") + text
    isWhole = len(text) == len("YYYYMMDDhhmmssZ") and text.endswith("Z") and text[:-1].isdecimal()
    if tag not in (_UTC_TIME, _TIME) or not isWhole:
        raise ValueError("not a time")
    month, day, hour, minute, second = (int(text[at : at + 2]) for at in range(4, 14, 2))
    return datetime(int(text[:4]), month, day, hour, minute, second, tzinfo=UTC).timestamp()


def _extensionsIn(tail: Iterable[_Element]) -> tuple[Extension, ...]:
    for tag, content in tail:
        if tag == _EXTENSIONS:
            try:
                [(outer, row)] = elements(content)
                found = tuple(Extension.of(*each) for each in elements(row))
            except (IndexError, ValueError):
                outer, found = 0, ()
            if outer != _SEQUENCE:
                raise ValueError("its extensions are damaged")
            return found
    return ()


def extensionsOf(
    source: Certificate | x509.CertificateSigningRequest | x509.CertificateRevocationList,
) -> x509.Extensions:
    """
    Return the extensions of what others have made.

    @raise ValueError: they are malformed.
    """
    try:
        return source.extensions
    except (x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise ValueError(str(error)) from None
