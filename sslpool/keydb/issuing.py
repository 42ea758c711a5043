# -*- test-case-name: tests.keydb.test_issuing -*-
"""
Certificate requests, and certificates that an authority of the key database signs.  C{gskkyman}; no files.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from attrs import evolve
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sslpool.keydb.certificate import MALFORMED, Certificate, PublicKey
from sslpool.keydb.chains import isAuthority
from sslpool.keydb.generation import Usage, alternativesOf, begun, checkDays, newKey, signatureHash, withUsage
from sslpool.keydb.keykinds import Kind, kindOf
from sslpool.keydb.parsing import partsOf
from sslpool.keydb.records import Credential, PendingRequest, PrivateKey, describeRequest
from sslpool.messages import operatorError
from sslpool.reasons import reasonOf

_SUBJECT = {
    "commonName": NameOID.COMMON_NAME,
    "unit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "locality": NameOID.LOCALITY_NAME,
    "state": NameOID.STATE_OR_PROVINCE_NAME,
    "country": NameOID.COUNTRY_NAME,
}


def subjectOf(**parts: str) -> x509.Name:
    """
    Return a subject's name.

    @param parts: any of C{commonName}, C{unit}, C{organization}, C{locality},
        C{state} and C{country} (two letters); empty ones are left out.
    @raise sslpool.messages.OperatorError: SSLP386E, one is too long or no country.
    """
    try:
        attributes = [x509.NameAttribute(_SUBJECT[part], text) for part, text in parts.items() if text]
    except ValueError as error:
        text = ", ".join(filter(None, parts.values()))
        raise operatorError("SSLP386E", text=text, detail=reasonOf(error)) from None
    # A name is written from the country down.
    return x509.Name(reversed(attributes))


def parseSubject(text: str) -> x509.Name:
    """
    Return the name that is written as C{CN=www.example.com,O=Example,C=DE} (RFC 4514).

    @raise sslpool.messages.OperatorError: SSLP386E, it is not.
    """
    try:
        return x509.Name.from_rfc4514_string(text)
    except ValueError as error:
        raise operatorError("SSLP386E", text=text, detail=str(error) or "it is not a subject name") from None


def makeRequest(label: str, subject: x509.Name, names: Sequence[str], kind: str = "ec") -> PendingRequest:
    """
    Make a private key and a request for its certificate.

    @param names: the DNS names and IP addresses that it asks for; may be none.
    @param kind: one of L{sslpool.keydb.generation.KEY_KINDS}.
    @raise sslpool.messages.OperatorError: SSLP350E name, SSLP351E kind.
    """
    alternatives = alternativesOf(names, "client")
    return _requested(label, subject, alternatives, newKey(kind))


def renewalRequest(credential: Credential, kind: str | None = None) -> PendingRequest:
    """
    Make a request for another certificate with the same names.

    @param kind: the kind of a new key; C{None} keeps the one that there is.
    """
    certificate = credential.certificate
    key = credential.key if kind is None else newKey(kind)
    return _requested(credential.label, _nameIn(certificate), alternativesIn(certificate), key)


def renewed(credential: Credential, days: int, issuer: Credential | None = None) -> Credential:
    """
    Return C{credential} with another certificate: signed with its own key, or by C{issuer}.

    @raise sslpool.messages.OperatorError: SSLP352E days, and as L{signedBy}.
    """
    certificate, usage = credential.certificate, usageOf(credential.certificate)
    if issuer is not None:
        request = renewalRequest(credential).request
        return evolve(credential, certificate=signedBy(issuer, request, days, usage))
    checkDays(days)
    subject = _nameIn(certificate)
    builder = begun(subject, subject, days).public_key(credential.key.public_key())
    if (alternatives := alternativesIn(certificate)) is not None:
        builder = builder.add_extension(alternatives, critical=False)
    builder = withUsage(builder, credential.key.public_key(), usage)
    signed = builder.sign(credential.key, signatureHash(credential.key))
    return evolve(credential, certificate=Certificate.ofStrict(signed))


def signedBy(
    issuer: Credential,
    request: x509.CertificateSigningRequest,
    days: int,
    usage: Usage = "server",
    now: datetime | None = None,
) -> Certificate:
    """
    Return the certificate that C{request} asks for.  Only its subject, its
    names and its key are taken from it; what it is for is the authority's to say.

    @param days: how long it is valid, at most as long as the issuer's.
    @raise sslpool.messages.OperatorError: SSLP352E days, SSLP355E a server
        without names, SSLP377E the issuer may not sign.
    """
    authority, key = issuer.certificate, request.public_key()
    checkDays(days)
    if not isAuthority(authority, hasKey=True):
        raise operatorError("SSLP377E", label=issuer.label)
    alternatives = alternativesIn(request)
    if alternatives is None and usage == "server":
        raise operatorError("SSLP355E")
    assert isinstance(key, PublicKey)
    end = datetime.fromtimestamp(authority.notAfter, UTC)
    if end < (now or datetime.now(UTC)):
        raise operatorError("SSLP372E", source=issuer.label, date=f"{end:%Y-%m-%d}")
    builder = begun(_nameIn(authority), request.subject, days, now, latest=end).public_key(key)
    if alternatives is not None:
        builder = builder.add_extension(alternatives, critical=not request.subject)
    builder = withUsage(builder, key, usage).add_extension(_issuerKey(authority), critical=False)
    return Certificate.ofStrict(builder.sign(issuer.key, signatureHash(issuer.key)))


def usageOf(certificate: Certificate) -> Usage:
    """
    Return what a certificate is for.
    """
    if isAuthority(certificate, hasKey=True):
        return "authority"
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return "server"
    client, server = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
    return "client" if client in purposes and server not in purposes else "server"


def parseRequest(data: bytes, source: str) -> x509.CertificateSigningRequest:
    """
    Read a certificate request (PKCS #10), PEM or DER.

    @raise sslpool.messages.OperatorError: SSLP376E it is not one that can be used; and as L{partsOf}.
    """
    octets = next((part.octets for part in partsOf(data, source) if kindOf(part.octets) is Kind.REQUEST), None)
    if octets is None:
        raise operatorError("SSLP376E", source=source, detail="it holds no request, or a damaged one")
    try:
        request = x509.load_der_x509_csr(octets)
        describeRequest("", request)
        if not request.is_signature_valid:
            raise operatorError("SSLP376E", source=source, detail="it is not signed with its own key")
        if not isinstance(request.public_key(), PublicKey):
            raise operatorError("SSLP376E", source=source, detail="TLS does not use keys of this type")
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise operatorError("SSLP376E", source=source, detail=reasonOf(error)) from None
    return request


def alternativesIn(source: Certificate | x509.CertificateSigningRequest) -> x509.SubjectAlternativeName | None:
    """
    Return the names that a certificate or request has beside its subject.

    @raise sslpool.messages.OperatorError: SSLP359E, they cannot be written once more.
    """
    try:
        return source.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    except ValueError as error:
        if isinstance(source, Certificate):
            raise operatorError("SSLP359E", name=source.shown) from error
        raise


def _nameIn(certificate: Certificate) -> x509.Name:
    """
    Return the subject of a certificate, to be written once more.

    @raise sslpool.messages.OperatorError: SSLP359E, that cannot be done.
    """
    try:
        return certificate.strict.subject
    except MALFORMED as error:
        raise operatorError("SSLP359E", name=certificate.shown) from error


def _requested(
    label: str, subject: x509.Name, alternatives: x509.SubjectAlternativeName | None, key: PrivateKey
) -> PendingRequest:
    builder = x509.CertificateSigningRequestBuilder(subject)
    if alternatives is not None:
        builder = builder.add_extension(alternatives, critical=False)
    return PendingRequest(label, builder.sign(key, signatureHash(key)), key)


def _issuerKey(authority: Certificate) -> x509.AuthorityKeyIdentifier:
    try:
        identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except (x509.ExtensionNotFound, ValueError):
        key = authority.publicKey()
        assert isinstance(key, PublicKey)
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(key)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
