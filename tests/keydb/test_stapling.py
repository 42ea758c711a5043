# -*- test-case-name: tests.keydb.test_stapling -*-
"""
Tests for L{sslpool.keydb.stapling}.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.records import Credential
from sslpool.keydb.stapling import Unusable, issuerOf, requestFor, responderOf, staplePath, validUntil
from tests.doubles.certificates import Authority, makeAuthority, makeClient, makeServer, respond

ROOT = makeAuthority("Root")
BELOW = makeAuthority("Below", ROOT)
SERVER = makeServer(BELOW)
REVOKED, UNKNOWN = ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.UNKNOWN
GOOD = respond(BELOW, SERVER.certificate)


def reason(octets: bytes, issuer: Certificate | None = BELOW.certificate, days: float = 0) -> str:
    """
    Return why a response is not to be stapled; empty where it is.
    """
    try:
        validUntil(octets, SERVER.certificate, issuer, datetime.now(UTC) + timedelta(days=days))
    except Unusable as error:
        return str(error)
    return ""


class ResponseTests(SynchronousTestCase):
    """
    What makes a response usable.
    """

    def test_good(self) -> None:
        """
        Signed by the issuer or on its behalf, about the certificate, good, and current.
        """
        until = validUntil(GOOD, SERVER.certificate, BELOW.certificate, datetime.now(UTC))
        left = until - datetime.now(UTC).timestamp()
        self.assertTrue(7 * 86400 - 600 < left <= 7 * 86400, left)
        delegate = makeClient(BELOW, purpose=ExtendedKeyUsageOID.OCSP_SIGNING)
        self.assertEqual(reason(respond(BELOW, SERVER.certificate, signer=delegate)), "")
        self.assertEqual(reason(GOOD, None), "")

    def test_keys(self) -> None:
        """
        With all kinds of key that authorities have.
        """
        for key in (rsa.generate_private_key(65537, 2048), ed25519.Ed25519PrivateKey.generate()):
            own = makeServer(ROOT, key=key)
            authority = Authority(own.certificate, key)
            octets = respond(authority, SERVER.certificate)
            self.assertEqual(reason(octets, own.certificate), "")
            self.assertIn("signature", reason(octets))

    def test_unusable(self) -> None:
        """
        Each thing that can be wrong is named.
        """
        certificate = SERVER.certificate
        stranger = makeClient(makeAuthority("Other"), purpose=ExtendedKeyUsageOID.OCSP_SIGNING)
        client = makeClient(BELOW)
        gone = makeClient(BELOW, days=-1, purpose=ExtendedKeyUsageOID.OCSP_SIGNING)
        refusal = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
        for octets, expected in (
            (respond(BELOW, makeServer(BELOW).certificate), "it is for another certificate"),
            (respond(BELOW, certificate, status=REVOKED), "the certificate is revoked"),
            (respond(BELOW, certificate, status=UNKNOWN), "the certificate is unknown"),
            (respond(BELOW, certificate, days=-1), "it expired on "),
            (respond(ROOT, certificate), "its signature is not"),
            (respond(BELOW, certificate, signer=stranger), "its signature is not"),
            (respond(BELOW, certificate, signer=client), "its signature is not"),
            (respond(BELOW, certificate, signer=gone), "its signature is not"),
            (refusal.public_bytes(Encoding.DER), "the responder answered try later"),
            (b"", "it is not an OCSP response"),
            (b"<html>", "it is not an OCSP response"),
        ):
            self.assertTrue(reason(octets).startswith(expected), (expected, reason(octets)))
        self.assertNotIn("ParseError", reason(b"<html>"))
        self.assertIn("not valid before", reason(GOOD, days=-2))
        self.assertIn("expired", reason(GOOD, days=8))

    def test_unknownAlgorithm(self) -> None:
        """
        A response whose signature is of a kind that nobody knows is named as any other that is not signed.
        """
        known = bytes.fromhex("2a8648ce3d040302")  # ecdsa-with-SHA256, RFC 5758 section 3.2
        self.assertIn(known, GOOD)
        self.assertIn("signature", reason(GOOD.replace(known, b"\x2b" + known[1:])))

    @settings(max_examples=200)
    @given(st.data())
    def test_mutated(self, data: st.DataObject) -> None:
        """
        Whatever is changed in a response, it is used or named, and nothing else is raised.
        """
        octets = bytearray(GOOD)
        octets[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
        reason(bytes(octets)[: data.draw(st.integers(0, len(octets)))])


class RequestTests(SynchronousTestCase):
    """
    Where to ask, and what.
    """

    def test_request(self) -> None:
        """
        A request is about the certificate.
        """
        request = ocsp.load_der_ocsp_request(requestFor(SERVER.certificate, BELOW.certificate))
        self.assertEqual(request.serial_number, SERVER.certificate.serial)

    def test_responder(self) -> None:
        """
        The address is the certificate's, if it is one over HTTP.
        """
        for url, found in (("http://ocsp.example/x", "http://ocsp.example/x"), ("ldap://a", ""), ("https://a", "")):
            self.assertEqual(responderOf(makeServer(BELOW, responder=url).certificate), found)
        self.assertEqual(responderOf(SERVER.certificate), "")

    def test_issuer(self) -> None:
        """
        The issuer is in the chain, or among the authorities, and has really signed.
        """
        self.assertEqual(issuerOf(SERVER), BELOW.certificate)
        direct = makeServer(ROOT)
        self.assertIsNone(issuerOf(direct))
        impostor = makeAuthority("Root").certificate
        self.assertEqual(issuerOf(direct, [impostor, ROOT.certificate]), ROOT.certificate)
        self.assertIsNone(issuerOf(Credential("A", direct.certificate, (impostor,), direct.key)))

    def test_path(self) -> None:
        """
        The file is beside the key file.
        """
        self.assertEqual(staplePath("/etc/gskadm/Database.kdb", "WEBCERT"), "/etc/gskadm/WEBCERT.ocsp")
