# -*- test-case-name: tests.keydb.test_fitness -*-
"""
What clients will refuse a server's certificate for, as far as its file shows it.  Pure; any process:
C{gskkyman}, C{sslpool check} and the stack say what is found here.

Who refuses was found by trying: OpenSSL 3.0, GnuTLS 3.7, Go 1.19, rustls (with AWS-LC), BoringSSL (curl_cffi 0.17),
Java 17, Node 20.  "Python from release 3.13" is OpenSSL with C{X509_V_FLAG_X509_STRICT}, which its
C{ssl.create_default_context} has set since then.  Firefox is named where its library, mozilla::pkix, has the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, PublicKeyAlgorithmOID

from sslpool.keydb.armor import elements, keyAlgorithm
from sslpool.keydb.certificate import MALFORMED, Certificate
from sslpool.keydb.chains import isOnlyAuthority, isRoot
from sslpool.keydb.checking import weaknessOf
from sslpool.keydb.constraints import chainFaults
from sslpool.keydb.faults import (
    BORINGSSL,
    BROWSERS,
    EVERYBODY,
    FIREFOX,
    GNUTLS,
    GO,
    JAVA,
    NODE,
    OPENSSL,
    RUSTLS,
    STRICT_PYTHON,
    Fault,
    criticalFaults,
    criticalities,
    listed,
    purposesOf,
    valueIn,
)
from sslpool.keydb.names import COMMON_NAME
from sslpool.keydb.records import keyTypeOf
from sslpool.messages import said

_EXPLICIT_VERSION, _SEQUENCE = 0xA0, 0x30
_FIELD_TYPE = bytes.fromhex("2a8648ce3d01")
"""
What every curve that is written out has (ANSI X9.62, id-fieldType).
"""
_SERVABLE = ("secp256r1", "secp384r1", "secp521r1")
_P521 = "secp521r1"
_AUTHORITIES = 256
_OLD_SERVER_PURPOSES = {"1.3.6.1.4.1.311.10.3.3", "2.16.840.1.113730.4.1"}
"""
Microsoft's and Netscape's "server gated cryptography", which some take for the purpose of a server.
"""


def faultsOf(name: str, certificate: Certificate, above: Sequence[Certificate] = ()) -> list[Fault]:
    """
    Return what clients will refuse.  Nothing is said of dates, which pass.

    @param name: what to call the certificate: its label or its file.
    @param above: what stands above it, its issuer first, as far as it is known.
    """
    if isOnlyAuthority(certificate):
        # What signs certificates and nothing else serves nobody.
        return []
    found: list[Fault] = []
    for judge in _JUDGES:
        # A part that cannot be read is named by whoever needs it, and keeps nobody from the others.
        with suppress(*MALFORMED):
            found += judge(name, certificate, above)
    return found


def mustStaple(certificate: Certificate) -> bool:
    """
    Whether a certificate demands that an OCSP response is stapled (RFC 7633).
    """
    try:
        features = valueIn(certificate, x509.TLSFeature)
    except MALFORMED:
        return False
    return features is not None and x509.TLSFeatureType.status_request in features


Above = Sequence[Certificate]


def _keyFaults(name: str, certificate: Certificate, above: Above) -> Iterator[Fault]:
    isUsable = True
    for isTotal, kind, clients in _keyProblems(certificate):
        isUsable = isUsable and not isTotal
        yield Fault(said("SSLP851W", name=name, key=kind, clients=clients), isTotal=isTotal)
    if isUsable and (weakness := weaknessOf(certificate)):
        yield Fault(said("SSLP868W", name=name, weakness=weakness), isTotal=True)


def _keyProblems(certificate: Certificate) -> Iterator[tuple[bool, str, str]]:
    try:
        key, kind = certificate.publicKey(), keyTypeOf(certificate)
    except (UnsupportedAlgorithm, ValueError):
        return
    match key:
        case ec.EllipticCurvePublicKey() if hasExplicitCurve(certificate):
            yield True, f"{kind} with explicit curve parameters", EVERYBODY
        case ec.EllipticCurvePublicKey() if key.curve.name not in _SERVABLE:
            yield True, kind, f"{EVERYBODY} with default settings"
        case ec.EllipticCurvePublicKey() if key.curve.name == _P521:
            yield False, kind, f"Chrome and others with {BORINGSSL}, in TLS 1.2 {RUSTLS}, in TLS 1.3 Safari"
        case ed25519.Ed25519PublicKey():
            yield False, kind, f"{BROWSERS}, {BORINGSSL}, mbedTLS, Botan, IBM's GSKit, and in TLS 1.2 Erlang"
        case ed448.Ed448PublicKey():
            those = listed(OPENSSL, GNUTLS, "wolfSSL", JAVA, "in TLS 1.3 Erlang")
            yield False, kind, f"{EVERYBODY} but {those}"
    if certificate.keyAlgorithm == PublicKeyAlgorithmOID.RSASSA_PSS:
        yield False, f"{kind}, only for RSASSA-PSS", listed(BORINGSSL, GO, RUSTLS)


def hasExplicitCurve(certificate: Certificate) -> bool:
    """
    Whether the curve of an EC key is written out instead of named, which RFC 5480 section 2.1.1 forbids.
    """
    if _FIELD_TYPE not in certificate.der:
        return False
    [(_, algorithm)] = elements(keyAlgorithm(certificate.signed))
    return [tag for tag, _ in elements(algorithm)][1:] == [_SEQUENCE]


def _purposeFaults(name: str, certificate: Certificate, above: Above) -> Iterator[Fault]:
    purposes = purposesOf(certificate)
    if purposes is None or ExtendedKeyUsageOID.SERVER_AUTH in purposes:
        return
    if ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in purposes:
        problem = False, "has anyExtendedKeyUsage, but not serverAuth", listed(OPENSSL, BORINGSSL, RUSTLS)
    elif any(each.dotted_string in _OLD_SERVER_PURPOSES for each in purposes):
        problem = False, "has only an obsolete purpose for servers", listed(GNUTLS, GO, RUSTLS, BORINGSSL)
    elif ExtendedKeyUsageOID.CLIENT_AUTH in purposes:
        # Another use of a label is to show it to remote hosts, and then it is right.
        problem = False, "is for clients, not for servers", EVERYBODY
    else:
        problem = True, "is not for servers", EVERYBODY
    isTotal, fault, clients = problem
    yield Fault(said("SSLP855W", name=name, fault=fault, clients=clients), isTotal=isTotal)


def _usageFaults(name: str, certificate: Certificate, above: Above) -> Iterator[Fault]:
    basic = valueIn(certificate, x509.BasicConstraints)
    if basic is not None and basic.ca:
        yield Fault(said("SSLP857W", name=name, clients=listed(FIREFOX, RUSTLS)))
    usage = valueIn(certificate, x509.KeyUsage)
    if usage is None or usage.digital_signature:
        return
    clients = [GNUTLS, JAVA, BORINGSSL]
    if not (usage.key_encipherment or usage.key_agreement):
        clients.append(OPENSSL)
    try:
        isElliptic = isinstance(certificate.publicKey(), ec.EllipticCurvePublicKey)
    except (UnsupportedAlgorithm, ValueError):
        isElliptic = False
    inClassic = f", in TLS 1.2 by {EVERYBODY}" if isElliptic else ""
    yield Fault(said("SSLP858W", name=name, clients=listed(*clients) + inClassic))


def _formFaults(name: str, certificate: Certificate, above: Above) -> Iterator[Fault]:
    if _isFirstVersion(certificate):
        yield Fault(said("SSLP860W", name=name, clients=RUSTLS))
        return
    isCritical = criticalities(certificate).get(x509.SubjectAlternativeName.oid, True)
    if not certificate.subject and not isCritical:
        yield Fault(said("SSLP861W", name=name, clients=listed(JAVA, STRICT_PYTHON)))


def _isFirstVersion(certificate: Certificate) -> bool:
    if criticalities(certificate):
        return False
    [(_, content)] = elements(certificate.signed)
    return next(iter(elements(content)))[0] != _EXPLICIT_VERSION


def _nameFaults(name: str, certificate: Certificate, above: Above) -> Iterator[Fault]:
    alternatives = valueIn(certificate, x509.SubjectAlternativeName)
    names = [] if alternatives is None else alternatives.get_values_for_type(x509.DNSName)
    addresses = [] if alternatives is None else alternatives.get_values_for_type(x509.IPAddress)
    if not names and not addresses:
        common = certificate.subject.values(COMMON_NAME)
        if common:
            yield Fault(said("SSLP852W", name=name, host=common[0], clients=listed(BROWSERS, GO, RUSTLS)))
        else:
            yield Fault(said("SSLP853W", name=name))
    for host in names:
        if (problem := hostProblem(host)) is not None:
            fault, clients = problem
            yield Fault(said("SSLP854W", name=name, host=host, fault=fault, clients=clients))


def hostProblem(host: str) -> tuple[str, str] | None:
    """
    Return what is wrong with a DNS name of a certificate, and by whom it is not taken; C{None} where nothing is.
    """
    return next(((fault, clients) for applies, fault, clients in _HOST_PROBLEMS if applies(host)), None)


def _isAddress(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


_HOST_PROBLEMS: Sequence[tuple[Callable[[str], bool], str, str]] = (
    (lambda host: not host, "is empty", f"{EVERYBODY}; {GNUTLS} refuses the whole certificate"),
    (_isAddress, "is an address, written as a name", EVERYBODY),
    (lambda host: "*" in host.partition(".")[2], "has an asterisk after the first dot", f"{EVERYBODY} but {JAVA}"),
    (lambda host: host == "*", "covers every host", f"{EVERYBODY} but {GO}"),
    (
        lambda host: host.startswith("*.") and host.count(".") == 1,
        "covers a whole top-level domain",
        f"{EVERYBODY} but {GO} and {JAVA}",
    ),
    (
        lambda host: "*" in host and not host.startswith("*."),
        "has an asterisk that is only part of a label",
        f"{EVERYBODY} but {JAVA} and {NODE}",
    ),
    (lambda host: host.endswith("."), "ends with a dot", f"{EVERYBODY} but {NODE} and curl"),
    (lambda host: host.startswith("."), "begins with a dot", EVERYBODY),
    (lambda host: not set(host).isdisjoint("/:@"), "is not the name of a host", EVERYBODY),
    (lambda host: " " in host, "has a blank", listed(JAVA, NODE, RUSTLS)),
    (
        lambda host: ".-" in f".{host}" or "-." in f"{host}.",
        "has a label that begins or ends with a hyphen",
        listed(JAVA, RUSTLS),
    ),
    (lambda host: "_" in host, "has an underscore", JAVA),
)
"""
What may be wrong with a DNS name, and who does not take it; the first that applies.
"""


def _strictFaults(name: str, certificate: Certificate, above: Above) -> Iterator[Fault]:
    if found := violations(certificate, above):
        yield Fault(said("SSLP862W", name=name, faults="; ".join(found), clients=STRICT_PYTHON))


_JUDGES: Sequence[Callable[[str, Certificate, Above], Iterable[Fault]]] = (
    _keyFaults,
    _purposeFaults,
    _usageFaults,
    _formFaults,
    _nameFaults,
    lambda name, certificate, above: criticalFaults(name, certificate),
    chainFaults,
    _strictFaults,
)


def violations(certificate: Certificate, above: Sequence[Certificate]) -> list[str]:
    """
    Return where a server's certificate and those above it do not have the form that RFC 5280 asks for and most
    clients do not insist on: what OpenSSL looks at with C{X509_V_FLAG_X509_STRICT} (C{check_extensions} in its
    C{crypto/x509/x509_vfy.c}).

    @raise ValueError: the extensions of one are malformed.
    """
    if isRoot(certificate):
        # What is trusted itself is not looked at.
        return []
    found = [("it", tuple(_ofLeaf(certificate)))]
    found += [(upper.shown, _ofAuthority(upper)) for upper in above]
    return [f"{name} {' and '.join(faults)}" for name, faults in found if faults]


def _ofLeaf(certificate: Certificate) -> Iterator[str]:
    if not criticalities(certificate):
        return
    basic, usage = valueIn(certificate, x509.BasicConstraints), valueIn(certificate, x509.KeyUsage)
    names = valueIn(certificate, x509.SubjectAlternativeName)
    isAuthority = basic is not None and basic.ca
    if isAuthority and usage is None:
        yield "is an authority without keyUsage"
    if usage is not None and usage.key_cert_sign and not isAuthority:
        yield "has keyCertSign in keyUsage but is not an authority"
    if names is not None and not list(names):
        yield "has an empty subjectAltName"
    if _lacksIssuerKey(certificate):
        yield "has no authorityKeyIdentifier"


@lru_cache(maxsize=_AUTHORITIES)
def _ofAuthority(certificate: Certificate) -> tuple[str, ...]:
    return tuple(_violationsAbove(certificate))


def _violationsAbove(certificate: Certificate) -> Iterator[str]:
    isCritical = criticalities(certificate)
    if not isCritical:
        return
    if not isCritical.get(x509.BasicConstraints.oid, True):
        yield "has basicConstraints that are not critical"
    if x509.KeyUsage.oid not in isCritical:
        yield "has no keyUsage"
    if x509.SubjectKeyIdentifier.oid not in isCritical:
        yield "has no subjectKeyIdentifier"
    if _lacksIssuerKey(certificate):
        yield "has no authorityKeyIdentifier"


def _lacksIssuerKey(certificate: Certificate) -> bool:
    return valueIn(certificate, x509.AuthorityKeyIdentifier) is None and not isRoot(certificate)
