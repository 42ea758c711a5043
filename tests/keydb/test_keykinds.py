"""
Tests for L{sslpool.keydb.keykinds}.
"""

from __future__ import annotations

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs7,
)
from cryptography.x509 import ocsp
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.exchange import exportPkcs12
from sslpool.keydb.issuing import makeRequest
from sslpool.keydb.keykinds import Kind, kindOf
from tests.doubles.certificates import makeAuthority, makePss, makeRevocations, makeServer, newKey

DER, OLD, NEW, PLAIN = Encoding.DER, PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8, NoEncryption()
SERVER = makeServer(makeAuthority())


def response() -> bytes:
    """
    Return an OCSP response.
    """
    authority = makeAuthority()
    now = datetime.datetime.now(datetime.UTC)
    certificate = makeServer(authority).certificate.strict
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            certificate, authority.certificate.strict, hashes.SHA256(), ocsp.OCSPCertStatus.GOOD, now, None, None, None
        )
        .responder_id(ocsp.OCSPResponderEncoding.NAME, authority.certificate.strict)
    )
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(DER)


class KindTests(SynchronousTestCase):
    """
    What DER is.
    """

    def test_kinds(self) -> None:
        """
        Each is known by its structure.
        """
        rsaKey, dsaKey = rsa.generate_private_key(65537, 2048), dsa.generate_private_key(2048)
        edKey = ed25519.Ed25519PrivateKey.generate()
        request = makeRequest("WEB", x509.Name([]), ["a"]).request
        for octets, expected in (
            (SERVER.certificate.der, Kind.CERTIFICATE),
            (makePss(makeAuthority()).certificate.der, Kind.CERTIFICATE),
            (makeRevocations(makeAuthority(), SERVER.certificate).der, Kind.REVOCATIONS),
            (request.public_bytes(DER), Kind.REQUEST),
            (exportPkcs12(SERVER, "secret"), Kind.PKCS12),
            (pkcs7.serialize_certificates([SERVER.certificate.strict], DER), Kind.PKCS7),
            (newKey().private_bytes(DER, NEW, PLAIN), Kind.KEY),
            (edKey.private_bytes(DER, NEW, PLAIN), Kind.KEY),
            (newKey().private_bytes(DER, NEW, BestAvailableEncryption(b"x")), Kind.ENCRYPTED_KEY),
            (newKey().private_bytes(DER, OLD, PLAIN), Kind.EC_KEY),
            (rsaKey.private_bytes(DER, OLD, PLAIN), Kind.RSA_KEY),
            (dsaKey.private_bytes(DER, OLD, PLAIN), Kind.DSA_KEY),
            (newKey().public_key().public_bytes(DER, PublicFormat.SubjectPublicKeyInfo), Kind.PUBLIC_KEY),
            (response(), Kind.RESPONSE),
            (b"\x30\x03\x02\x01\x05", Kind.OTHER),
            (b"", Kind.OTHER),
        ):
            self.assertIs(kindOf(octets), expected)

    @given(st.binary(max_size=60))
    def test_anything(self, octets: bytes) -> None:
        """
        Random octets have a kind, and that is all.
        """
        self.assertIsInstance(kindOf(octets), Kind)
        self.assertIsInstance(kindOf(b"\x30" + bytes([len(octets)]) + octets), Kind)
