# -*- test-case-name: tests.keydb.test_stapling -*-
"""
OCSP responses to be stapled (RFC 6066 section 8, RFC 6960): where they are, what makes one
usable, and the request for one.  Servers and commands.

The response for a label is in C{LABEL.ocsp} beside the key file, in DER, as
C{openssl ocsp -respout} and C{sslpool staple} write it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha1

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from sslpool.keydb.certificate import MALFORMED, Certificate
from sslpool.keydb.chains import issued
from sslpool.keydb.records import Credential
from sslpool.reasons import reasonOf

SUFFIX = ".ocsp"
LARGEST = 64 * 1024
"""
The most octets that a response may have; usual are one or two thousand.
"""


class Unusable(ValueError):
    """
    A response is not to be stapled; the argument says why, in words for the operator.
    """


def staplePath(keyFile: str, label: str) -> str:
    """
    Return where the response for C{label} is.
    """
    return os.path.join(os.path.dirname(keyFile), label + SUFFIX)


def issuerOf(credential: Credential, authorities: Iterable[Certificate] = ()) -> Certificate | None:
    """
    Return the certificate that has issued a label's: the first of its chain, or one of C{authorities}.
    """
    candidates = (*credential.chain[:1], *authorities)
    return next((each for each in candidates if issued(each, credential.certificate)), None)


def responderOf(certificate: Certificate) -> str:
    """
    Return the address of the responder that a certificate names; empty where there is none over HTTP.
    """
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return ""
    places = (each.access_location for each in access if each.access_method == AuthorityInformationAccessOID.OCSP)
    found = (str(each.value) for each in places if isinstance(each, x509.UniformResourceIdentifier))
    return next((url for url in found if url.lower().startswith("http://")), "")


def requestFor(certificate: Certificate, issuer: Certificate) -> bytes:
    """
    Return the request for the state of a certificate, DER.

    @raise Unusable: it has no number that can be asked for.
    """
    if certificate.serial <= 0:
        raise Unusable(f"its serial number is {certificate.serial}")
    # Responders know certificates by SHA-1 of their issuer (RFC 5019 section 2.1.1); it secures nothing.
    name, key = (sha1(each, usedforsecurity=False).digest() for each in (certificate.issuer.der, issuer.keyOctets))
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(name, key, certificate.serial, hashes.SHA1())  # noqa: S303
    return builder.build().public_bytes(Encoding.DER)


def validUntil(octets: bytes, certificate: Certificate, issuer: Certificate | None, now: datetime) -> float:
    """
    Return until when a response may be stapled, in seconds since the epoch.

    @param octets: the response, DER.
    @param issuer: who has issued the certificate; without it the signature is left to the clients.
    @raise Unusable: it is not to be stapled.
    """
    response = _parsed(octets)
    if response.serial_number != certificate.serial:
        raise Unusable("it is for another certificate")
    if response.certificate_status is not ocsp.OCSPCertStatus.GOOD:
        raise Unusable(f"the certificate is {response.certificate_status.name.lower()}")
    if response.next_update_utc is None:
        raise Unusable("it has no expiration date")
    if response.next_update_utc <= now:
        raise Unusable(f"it expired on {response.next_update_utc:%Y-%m-%d %H:%M} UTC")
    if response.this_update_utc > now:
        raise Unusable(f"it is not valid before {response.this_update_utc:%Y-%m-%d %H:%M} UTC")
    if issuer is not None and not _isSigned(response, issuer, now):
        raise Unusable("its signature is not that of the certificate's issuer")
    return response.next_update_utc.timestamp()


def _parsed(octets: bytes) -> ocsp.OCSPResponse:
    try:
        response = ocsp.load_der_ocsp_response(octets)
    except ValueError:  # its text is about parsing in another language
        raise Unusable("it is not an OCSP response, or is damaged") from None
    try:
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise Unusable(f"the responder answered {response.response_status.name.lower().replace('_', ' ')}")
        response.serial_number  # noqa: B018 - several answers in one response raise here
    except Unusable:
        raise
    except ValueError as error:
        raise Unusable(f"it cannot be used: {reasonOf(error)}") from None
    return response


def _isSigned(response: ocsp.OCSPResponse, issuer: Certificate, now: datetime) -> bool:
    """
    Whether the issuer has signed, or somebody to whom it has delegated that (RFC 6960 section 4.2.2.2).
    """
    try:
        signers = (issuer, *map(Certificate.ofStrict, response.certificates))
    except MALFORMED:
        signers = (issuer,)  # whoever else may have signed it cannot be read
    return any(_verifies(signer, response) for signer in signers if _mayRespond(signer, issuer, now))


def _mayRespond(signer: Certificate, issuer: Certificate, now: datetime) -> bool:
    if signer == issuer:
        return True
    try:
        usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, *MALFORMED):
        return False
    isCurrent = signer.notBefore <= now.timestamp() <= signer.notAfter
    return isCurrent and ExtendedKeyUsageOID.OCSP_SIGNING in usage and issued(issuer, signer)


def _verifies(signer: Certificate, response: ocsp.OCSPResponse) -> bool:
    signature, signed = response.signature, response.tbs_response_bytes
    try:
        key, digest = signer.publicKey(), response.signature_hash_algorithm
        match key:
            case rsa.RSAPublicKey() if digest is not None:
                key.verify(signature, signed, padding.PKCS1v15(), digest)
            case ec.EllipticCurvePublicKey() if digest is not None:
                key.verify(signature, signed, ec.ECDSA(digest))
            case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
                key.verify(signature, signed)
            case _:
                return False
    except (InvalidSignature, *MALFORMED):
        return False
    return True
