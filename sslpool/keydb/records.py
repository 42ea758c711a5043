# -*- test-case-name: tests.keydb.test_records -*-
"""
What is known of a certificate: as plain values to show (L{CertificateRecord}) and as objects to use (L{Credential},
L{Authority}, together L{KeyMaterial}).  Any process; private keys only in the servers and in C{gskkyman}.
"""

from __future__ import annotations

import math

from attrs import field, frozen
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from sslpool.keydb.alternatives import ADDRESS, DNS
from sslpool.keydb.certificate import Certificate, extensionsOf
from sslpool.keydb.names import COMMON_NAME, Name
from sslpool.keydb.revocationlist import RevocationList
from sslpool.messages import Said

PrivateKey = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | dsa.DSAPrivateKey
)
"""
The kinds of private key that a certificate for TLS may have.
"""

_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_DAY = 86400.0


@frozen
class CertificateRecord:
    """
    A certificate as it is shown.

    @ivar label: its label.
    @ivar subject: the subject's name, RFC 4514; of one without, its first alternative name, see
        L{Certificate.shown<sslpool.keydb.certificate.Certificate.shown>}.
    @ivar issuer: the issuer's name, RFC 4514.
    @ivar serial: the serial number in upper-case hexadecimal.
    @ivar notBefore: when it becomes valid, in seconds since the epoch.
    @ivar notAfter: when it expires, in seconds since the epoch.
    @ivar fingerprint: SHA-256 over the certificate, as colon-separated upper-case octets.
    @ivar names: the DNS names and IP addresses of subjectAltName.
    @ivar keyType: such as C{EC P-256}, C{RSA 2048} or C{Ed25519}.
    @ivar hasKey: its private key is with it.
    @ivar default: it is the default key.
    @ivar trusted: it may be used.
    @ivar authority: others are issued with it, and no server uses it.
    @ivar issues: others can be issued with it, whether a server uses it or not.
    """

    label: str
    subject: str
    issuer: str
    serial: str
    notBefore: float
    notAfter: float
    fingerprint: str
    names: tuple[str, ...]
    keyType: str
    hasKey: bool
    default: bool
    trusted: bool
    authority: bool = False
    issues: bool = False

    def isExpired(self, now: float) -> bool:
        """
        Whether it has expired at C{now}, in seconds since the epoch.
        """
        return now > self.notAfter

    def daysLeft(self, now: float) -> int:
        """
        Return how many whole days it is still valid at C{now} (seconds since the epoch); negative when it has expired.
        """
        return math.floor((self.notAfter - now) / _DAY)


@frozen
class Credential:
    """
    A certificate with what a server needs to use it.

    @ivar label: its label.
    @ivar certificate: the certificate.
    @ivar chain: the certificates above it, its issuer first.
    @ivar key: its private key; never shown by C{repr}.
    @ivar default: it is the default key of its key database.
    @ivar spare: others that may stand above it at another time, such as an issuer's renewed certificate.
    """

    label: str
    certificate: Certificate
    chain: tuple[Certificate, ...]
    key: PrivateKey = field(repr=False)
    default: bool = False
    spare: tuple[Certificate, ...] = ()

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """
        Every certificate that it has.
        """
        return (self.certificate, *self.chain, *self.spare)


@frozen
class Authority:
    """
    The certificate of an authority that is trusted.

    @ivar label: its label.
    @ivar certificate: the certificate.
    """

    label: str
    certificate: Certificate


@frozen
class PendingRequest:
    """
    A certificate request that waits for its certificate.

    @ivar label: the label that the certificate is to have.
    @ivar request: the request.
    @ivar key: its private key; never shown by C{repr}.
    """

    label: str
    request: x509.CertificateSigningRequest
    key: PrivateKey = field(repr=False)


@frozen
class RequestRecord:
    """
    A certificate request as it is shown.

    @ivar label: its label.
    @ivar subject: the subject's name, RFC 4514.
    @ivar names: the DNS names and IP addresses that it asks for.
    @ivar keyType: such as C{EC P-256}.
    """

    label: str
    subject: str
    names: tuple[str, ...]
    keyType: str


@frozen
class KeyMaterial:
    """
    What a server can use of its key file, at one moment.

    @ivar credentials: the trusted certificates that have a private key, in the order of their labels.
    @ivar authorities: the trusted certificates of authorities, in the order of their labels.
    @ivar revocations: the revocation lists, whether their authorities are trusted or not.
    @ivar unusable: the labels of the trusted entries and the revocation lists that are damaged, and why.
    @ivar known: what leads from an authority upward: the certificates of all authorities, trusted or not, and
        those above the credentials.
    @ivar unread: the certificates of authorities whose revocation list is damaged.
    """

    credentials: tuple[Credential, ...]
    authorities: tuple[Authority, ...] = ()
    revocations: tuple[RevocationList, ...] = ()
    unusable: tuple[tuple[str, Said], ...] = ()
    known: tuple[Certificate, ...] = ()
    unread: tuple[Certificate, ...] = ()


@frozen
class RevocationRecord:
    """
    A revocation list as it is shown.

    @ivar label: the label of the authority that signed it.
    @ivar issuer: that authority's name, RFC 4514.
    @ivar issued: when it was made, in seconds since the epoch.
    @ivar nextUpdate: when the next one is due, in seconds since the epoch; C{None} if it does not say.
    @ivar revoked: how many certificates it revokes.
    @ivar points: the distribution points whose certificates alone it is for, if it is not for all of its authority.
    @ivar covers: it is for some of the certificates in the key database that this authority has issued, or there
        are none.
    @ivar coversOwn: it is for the certificate of that authority as well, or need not be, since that is no root.
    @ivar signs: that authority's certificate permits it to sign lists.
    @ivar entries: the labels of the certificates in the key database that it revokes.
    """

    label: str
    issuer: str
    issued: float
    nextUpdate: float | None
    revoked: int
    points: tuple[str, ...] = ()
    covers: bool = True
    coversOwn: bool = True
    signs: bool = True
    entries: tuple[str, ...] = ()


def describe(
    label: str, certificate: Certificate, *, hasKey: bool, default: bool = False, trusted: bool = True
) -> CertificateRecord:
    """
    Return what is shown of C{certificate}.

    @raise ValueError: the certificate is malformed in a part that is only
        looked at when it is used; or another of L{MALFORMED<sslpool.keydb.certificate.MALFORMED>}.
    """
    return CertificateRecord(
        label=label,
        subject=certificate.shown,
        issuer=certificate.issuer.shown,
        serial=f"{certificate.serial:X}",
        notBefore=certificate.notBefore,
        notAfter=certificate.notAfter,
        fingerprint=fingerprintOf(certificate),
        names=namesOf(certificate),
        keyType=keyTypeOf(certificate),
        hasKey=hasKey,
        default=default,
        trusted=trusted,
    )


def examine(certificate: Certificate) -> None:
    """
    Look at all of a certificate that comes from elsewhere.

    @raise ValueError: it is malformed, or nobody can use it with TLS; or another of
        L{MALFORMED<sslpool.keydb.certificate.MALFORMED>}.
    """
    if certificate.fault:
        raise ValueError(certificate.fault)
    describe("", certificate, hasKey=False)


def describeRevocations(label: str, found: RevocationList) -> RevocationRecord:
    """
    Return what is shown of a revocation list.
    """
    return RevocationRecord(label, found.issuer.shown, found.made, found.due, len(found.serials))


def describeRequest(label: str, request: x509.CertificateSigningRequest) -> RequestRecord:
    """
    Return what is shown of a certificate request.

    @raise ValueError: it is malformed in a part that is only looked at when it is used.
    """
    subject = Name(request.subject.public_bytes()).text
    return RequestRecord(label, subject, namesOf(request), _kindOf(request.public_key()))


def fingerprintOf(certificate: Certificate) -> str:
    """
    Return SHA-256 over C{certificate} as colon-separated upper-case octets.
    """
    return certificate.fingerprint.hex(":").upper()


def commonNameOf(certificate: Certificate) -> str:
    """
    Return the common name of the subject, or what the certificate is shown as where it has none.
    """
    found = certificate.subject.values(COMMON_NAME)
    return found[0] if found else certificate.shown


def namesOf(certificate: Certificate | x509.CertificateSigningRequest) -> tuple[str, ...]:
    """
    Return the DNS names and IP addresses for which C{certificate} is made, in its order (RFC 5280 section 4.2.1.6).

    @raise ValueError: the extensions of a request are malformed.
    """
    if isinstance(certificate, Certificate):
        return tuple(certificate.values(DNS, ADDRESS))
    try:
        names = extensionsOf(certificate).get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(name.value) for name in names if isinstance(name, x509.DNSName | x509.IPAddress))


def keyTypeOf(certificate: Certificate) -> str:
    """
    Return kind and size of the certificate's key, or the object identifier of a kind that the library does not know.

    @raise ValueError: the key is malformed.
    """
    try:
        key = certificate.publicKey()
    except UnsupportedAlgorithm:
        return certificate.keyAlgorithm.dotted_string
    return _kindOf(key)


def _kindOf(key: object) -> str:
    match key:
        case ec.EllipticCurvePublicKey():
            return f"EC {_CURVES.get(key.curve.name, key.curve.name)}"
        case rsa.RSAPublicKey():
            return f"RSA {key.key_size}"
        case dsa.DSAPublicKey():
            return f"DSA {key.key_size}"
    return type(key).__name__.removesuffix("PublicKey")
