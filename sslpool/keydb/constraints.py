# -*- test-case-name: tests.keydb.test_fitness -*-
"""
What the certificates above a server's forbid it, and what clients refuse in them: constraints of names and
of the path (RFC 5280 section 4.2.1), authorities that are none.  Pure; any process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448
from cryptography.x509.oid import ExtendedKeyUsageOID

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.chains import isRoot
from sslpool.keydb.checking import weaknessOf
from sslpool.keydb.faults import (
    BORINGSSL,
    EVERYBODY,
    GNUTLS,
    GO,
    JAVA,
    OPENSSL,
    RUSTLS,
    Fault,
    criticalFaults,
    criticalities,
    listed,
    purposesOf,
    valueIn,
)
from sslpool.keydb.names import Name
from sslpool.keydb.records import keyTypeOf
from sslpool.messages import said

_AUTHORITIES = 256
_USUAL_CURVES = ("secp256r1", "secp384r1", "secp521r1")


def chainFaults(name: str, certificate: Certificate, above: Sequence[Certificate]) -> Iterator[Fault]:
    """
    Yield what clients refuse in the certificates above a server's.

    @param name: what to call that certificate.
    @param above: its issuer first.
    @raise ValueError: the extensions of one are malformed.
    """
    isServer = _isFor(ExtendedKeyUsageOID.SERVER_AUTH, certificate)
    depth, lower = 0, certificate
    for upper in above:
        isTop = _isTop(upper)
        if _isMismatch(lower, upper):
            clients = listed(OPENSSL, GNUTLS, BORINGSSL)
            called = name if lower is certificate else lower.shown
            yield Fault(said("SSLP863W", name=called, upper=upper.shown, clients=clients))
        for fault in (*authorityFaults(upper, isServer), *_depthFaults(upper, depth, isTop)):
            yield fault.above(name)
        yield from _nameFaults(name, certificate, upper, isTop)
        depth += upper.issuer != upper.subject
        lower = upper


@lru_cache(maxsize=_AUTHORITIES)
def _isTop(upper: Certificate) -> bool:
    return isRoot(upper)


@lru_cache(maxsize=_AUTHORITIES)
def authorityFaults(upper: Certificate, isServer: bool) -> tuple[Fault, ...]:
    """
    Return what clients refuse in an authority's certificate.  Thousands of labels have the same ones.

    @param isServer: it has issued a server's certificate.
    @raise ValueError: its extensions are malformed.
    """
    return tuple(_authorityFaults(upper.shown, upper, _isTop(upper), isServer))


def _authorityFaults(what: str, upper: Certificate, isTop: bool, isServer: bool) -> Iterator[Fault]:
    basic, usage = valueIn(upper, x509.BasicConstraints), valueIn(upper, x509.KeyUsage)
    if not isTop and (basic is None or not basic.ca):
        yield Fault(said("SSLP866W", name=what, fault="is not an authority", clients=EVERYBODY), isTotal=True)
        return
    if basic is None and criticalities(upper):
        # Roots of version 1 have no extensions, and are trusted.
        clients = listed(OPENSSL, GO, JAVA)
        yield Fault(said("SSLP866W", name=what, fault="does not claim to be an authority", clients=clients))
    if usage is not None and not usage.key_cert_sign:
        yield Fault(said("SSLP866W", name=what, fault="may not sign certificates", clients=f"{EVERYBODY} but {RUSTLS}"))
    if not isTop and isServer and not _isFor(ExtendedKeyUsageOID.SERVER_AUTH, upper):
        yield Fault(said("SSLP866W", name=what, fault="is not for servers", clients=f"{EVERYBODY} but {JAVA}"))
    weakness = weaknessOf(upper)
    if weakness:
        yield Fault(said("SSLP868W", name=what, weakness=weakness), isTotal=True)
    elif clients := _refusingKey(upper):
        yield Fault(said("SSLP867W", name=what, key=keyTypeOf(upper), clients=clients))
    yield from criticalFaults(what, upper)


def _isFor(purpose: x509.ObjectIdentifier, certificate: Certificate) -> bool:
    purposes = purposesOf(certificate)
    return purposes is None or purpose in purposes


def _refusingKey(upper: Certificate) -> str:
    """
    Return who cannot verify what this authority has signed; empty where everybody can.
    """
    try:
        key = upper.publicKey()
    except (UnsupportedAlgorithm, ValueError):
        return ""
    if isinstance(key, ed448.Ed448PublicKey):
        return f"every client but those with {listed(OPENSSL, GNUTLS, JAVA)}"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name not in _USUAL_CURVES:
        return f"{EVERYBODY} but {OPENSSL}"
    return ""


def _isMismatch(lower: Certificate, upper: Certificate) -> bool:
    """
    Whether a certificate says that another key than that of C{upper} has signed it.
    """
    named, own = valueIn(lower, x509.AuthorityKeyIdentifier), valueIn(upper, x509.SubjectKeyIdentifier)
    if named is None or own is None or named.key_identifier is None:
        return False
    return named.key_identifier != own.digest


def _depthFaults(upper: Certificate, depth: int, isTop: bool) -> Iterator[Fault]:
    basic = valueIn(upper, x509.BasicConstraints)
    if basic is None or basic.path_length is None or depth <= basic.path_length:
        return
    clients = f"{EVERYBODY} but {listed(BORINGSSL, JAVA, RUSTLS)}" if isTop else EVERYBODY
    fields = {"name": upper.shown, "most": basic.path_length, "found": depth, "clients": clients}
    yield Fault(said("SSLP865W", **fields), isTotal=not isTop)


def _nameFaults(name: str, certificate: Certificate, upper: Certificate, isTop: bool) -> Iterator[Fault]:
    constraints = valueIn(upper, x509.NameConstraints)
    if constraints is None:
        return
    permitted, excluded = (
        [_comparable(each) for each in bases or ()]
        for bases in (constraints.permitted_subtrees, constraints.excluded_subtrees)
    )
    for kind, value in _namesOf(certificate):
        allowed = [base for base in permitted if base[0] is kind]
        denied = [base for base in excluded if base[0] is kind]
        isAllowed = not allowed or any(_isWithin(kind, value, base) for _, base in allowed)
        if isAllowed and not any(_isWithin(kind, value, base) for _, base in denied):
            continue
        ignoring = [JAVA] if isTop else []
        if kind in (x509.DirectoryName, x509.UniformResourceIdentifier):
            ignoring.append(GNUTLS)
        clients = f"{EVERYBODY} but {listed(*ignoring)}" if ignoring else EVERYBODY
        found = value.text if isinstance(value, Name) else value
        fields = {"name": name, "upper": upper.shown, "found": found, "clients": clients}
        yield Fault(said("SSLP864W", **fields), isTotal=not ignoring)


def _namesOf(certificate: Certificate) -> Iterator[tuple[type[x509.GeneralName], object]]:
    if certificate.subject:
        yield x509.DirectoryName, certificate.subject
    for each in valueIn(certificate, x509.SubjectAlternativeName) or ():
        yield _comparable(each)


def _comparable(name: x509.GeneralName) -> tuple[type[x509.GeneralName], object]:
    """
    Return the kind of a name and its value; a directory's as it is compared.
    """
    value = name.value
    return type(name), Name(value.public_bytes()) if isinstance(value, x509.Name) else value


def _isWithin(kind: type[x509.GeneralName], value: object, base: object) -> bool:
    """
    Whether a name is in a subtree of names of its kind (RFC 5280 section 4.2.1.10).
    """
    match value, base:
        case Name(), Name():
            return _comparableParts(value)[: len(base.parts)] == _comparableParts(base)
        case ((IPv4Address() | IPv6Address()), (IPv4Network() | IPv6Network())):
            return value in base
        case str(), str() if kind is x509.RFC822Name and "@" in base:
            return value.lower() == base.lower()
        case str(), str():
            return _isHostWithin(_hostIn(kind, value), base, isExact=kind is not x509.DNSName)
    return False


def _comparableParts(name: Name) -> list[frozenset[object]]:
    return [frozenset(each.canonical for each in part) for part in name.parts]


def _hostIn(kind: type[x509.GeneralName], value: str) -> str:
    if kind is x509.RFC822Name:
        return value.rpartition("@")[2]
    try:
        return (urlsplit(value).hostname or "") if kind is x509.UniformResourceIdentifier else value
    except ValueError:
        return ""


def _isHostWithin(host: str, base: str, isExact: bool) -> bool:
    host, base = host.lower(), base.lower()
    if base.startswith("."):
        return host.endswith(base)
    return not base or host == base or (not isExact and host.endswith(f".{base}"))
