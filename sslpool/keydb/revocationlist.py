# -*- test-case-name: tests.keydb.test_revocationlist -*-
"""
One revocation list (CRL, RFC 5280 section 5): its octets, and what they say.  Pure; any process.

As with a certificate (L{sslpool.keydb.certificate}) the octets are what is stored and compared, its
issuer's name is read here, and C{cryptography} reads the rest, from a copy without that and without
what else may hold names and does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import CRLEntryExtensionOID, ExtensionOID

from sslpool.keydb.armor import armored, elements, enclosed
from sslpool.keydb.certificate import Certificate, extensionsOf, isSignatureOf
from sslpool.keydb.names import Name

PEM_KIND = b"X509 CRL"
_BOOLEAN, _INTEGER, _SEQUENCE, _EXTENSIONS = 0x01, 0x02, 0x30, 0xA0
_NO_NAME = enclosed(_SEQUENCE, b"")
_STEP = 1024
_SCOPES = (bytes.fromhex("551d1b"), bytes.fromhex("551d1c"))
"""
The object identifiers of deltaCRLIndicator and issuingDistributionPoint.
"""
_KNOWN = frozenset(
    {
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.CRL_NUMBER,
        ExtensionOID.ISSUING_DISTRIBUTION_POINT,
        ExtensionOID.DELTA_CRL_INDICATOR,
    }
)
"""
What a critical extension may be.
"""
_INDIRECT = "it covers other authorities (an indirect list)"


class RevocationList:
    """
    A revocation list.  Two are the same when their octets are.

    @ivar der: its octets.
    @ivar issuer: the name of its authority.
    @ivar made: when it was made (thisUpdate), in seconds since the epoch.
    @ivar due: when the next one is due (nextUpdate), in seconds since the epoch; C{None} where it does not say.
    @ivar serials: the serial numbers of the certificates that it revokes.
    @ivar points: the distribution points of the certificates that it is for; empty where it is for all of its
        authority.
    @param progress: called while it is read: a long one takes a second.
    @raise ValueError: it is none, or another of L{MALFORMED<sslpool.keydb.certificate.MALFORMED>}.
    """

    def __init__(self, der: bytes, progress: Callable[[], object] = lambda: None) -> None:
        self.der = der
        issuer, rest = _dissected(der)
        self.issuer = Name(issuer)
        self._plain = x509.load_der_x509_crl(rest)
        self.made = self._plain.last_update_utc.timestamp()
        due = self._plain.next_update_utc
        self.due = None if due is None else due.timestamp()
        self.serials = frozenset(_serials(self._plain, progress))
        self._extensions = extensionsOf(self._plain)
        self.points = _pointsIn(self._extensions)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RevocationList) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.der)

    def __repr__(self) -> str:
        return f"<RevocationList of {self.issuer.text}>"

    @property
    def pem(self) -> bytes:
        """
        The list as PEM (RFC 7468 section 6).
        """
        return armored(PEM_KIND, self.der)

    @cached_property
    def fingerprint(self) -> bytes:
        """
        SHA-256 over its octets.
        """
        return sha256(self.der).digest()

    def isSignedBy(self, authority: Certificate) -> bool:
        """
        Whether it was signed with the name and the key of C{authority}.
        """
        if authority.subject != self.issuer:
            return False
        [(_, whole)] = elements(self.der)
        try:
            return isSignatureOf(authority.publicKey(), self._plain, enclosed(*next(elements(whole))))
        except (UnsupportedAlgorithm, ValueError):
            return False

    def partial(self) -> str:
        """
        Return why it is not the whole list of its authority, or not one that is understood; empty where it
        is.  Who used such a one as a whole one would let others in.

        @raise ValueError: it is malformed in a part that is looked at here alone.
        """
        return self.limits() or next(filter(None, map(_oddity, self._plain)), "")

    def limits(self) -> str:
        """
        As L{partial}, without a look at what it says of each certificate, which takes long: with that alone
        nobody gets in.
        """
        for extension in self._extensions:
            match extension.value:
                case x509.DeltaCRLIndicator():
                    return "it has only changes since another list (a delta list)"
                case x509.IssuingDistributionPoint() as scope:
                    if reason := _limits(scope):
                        return reason
            if extension.critical and extension.oid not in _KNOWN:
                return f"it has an unknown critical extension, {extension.oid.dotted_string}"
        return ""


def _limits(scope: x509.IssuingDistributionPoint) -> str:
    if scope.indirect_crl:
        return _INDIRECT
    if scope.only_some_reasons is not None:
        return "it covers only some reasons for revocation"
    for limited, kind in (
        (scope.only_contains_user_certs, "end-entity certificates"),
        (scope.only_contains_ca_certs, "authority certificates"),
        (scope.only_contains_attribute_certs, "attribute certificates"),
    ):
        if limited:
            return f"it covers only {kind}"
    return "the name of its distribution point is relative to its issuer" if scope.relative_name is not None else ""


def _oddity(entry: x509.RevokedCertificate) -> str:
    """
    Return why an entry is none of a whole list; empty where it is one.
    """
    for extension in entry.extensions:
        match extension.value:
            case x509.CertificateIssuer():
                return _INDIRECT
            case x509.CRLReason() as why:
                if why.reason is x509.ReasonFlags.remove_from_crl:
                    return "it removes certificates from another list (a delta list)"
        if extension.critical and extension.oid != CRLEntryExtensionOID.CRL_REASON:
            return f"an entry has an unknown critical extension, {extension.oid.dotted_string}"
    return ""


def _serials(plain: x509.CertificateRevocationList, progress: Callable[[], object]) -> Iterator[int]:
    for number, entry in enumerate(plain):
        if not number % _STEP:
            progress()
        yield entry.serial_number


def _pointsIn(extensions: x509.Extensions) -> frozenset[x509.GeneralName]:
    try:
        scope = extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(scope.full_name or ())


def _dissected(der: bytes) -> tuple[bytes, bytes]:
    """
    Return the issuer's name, and a copy of the list that lacks it.
    """
    try:
        [(outer, whole)] = elements(der)
        (inner, tbs), *signature = elements(whole)
        parts = list(elements(tbs))
        first = 2 if parts[0][0] == _INTEGER else 1
        name = parts[first]
        copied = [enclosed(*part) for part in parts]
        copied[first] = _NO_NAME
        if parts[-1][0] == _EXTENSIONS:
            copied[-1] = _essential(parts[-1][1])
    except (IndexError, ValueError):
        raise ValueError("it is damaged") from None
    if (outer, inner, name[0]) != (_SEQUENCE,) * 3:
        raise ValueError("it is damaged")
    rest = b"".join(enclosed(*part) for part in signature)
    return enclosed(*name), enclosed(_SEQUENCE, enclosed(_SEQUENCE, b"".join(copied)) + rest)


def _essential(extensions: bytes) -> bytes:
    """
    Return those of the extensions that say what the list is for, or that are critical.
    """
    [(_, every)] = elements(extensions)
    kept = b"".join(enclosed(*each) for each in elements(every) if _matters(each[1]))
    return enclosed(_EXTENSIONS, enclosed(_SEQUENCE, kept)) if kept else b""


def _matters(extension: bytes) -> bool:
    (_, kind), (tag, value), *_ = elements(extension)
    return kind in _SCOPES or (tag == _BOOLEAN and any(value))
