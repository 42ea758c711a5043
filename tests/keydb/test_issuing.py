"""
Tests for L{sslpool.keydb.issuing}.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from attrs import evolve
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.chains import isAuthority, isOnlyAuthority
from sslpool.keydb.generation import KEY_KINDS, selfSigned
from sslpool.keydb.issuing import (
    makeRequest,
    parseRequest,
    parseSubject,
    renewalRequest,
    renewed,
    signedBy,
    subjectOf,
    usageOf,
)
from sslpool.keydb.records import namesOf
from tests.doubles.certificates import makeAuthority, makeServer
from tests.keydb.refusals import refused
from tests.keydb.test_generation import handshake, openssl

SUBJECT = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "www.example.com")])


class SubjectTests(SynchronousTestCase):
    """
    Names of subjects.
    """

    def test_parts(self) -> None:
        """
        The parts are written from the country down, and empty ones are left out.
        """
        name = subjectOf(commonName="www.example.com", organization="Example, Inc.", country="DE", state="")
        self.assertEqual(name.rfc4514_string(), "CN=www.example.com,O=Example\\, Inc.,C=DE")
        self.assertEqual(parseSubject(name.rfc4514_string()), name)

    def test_wrong(self) -> None:
        """
        What is no name, or too long, has its message.
        """
        for text in ("www.example.com", "CN=", "X=1", "CN=a,C=Germany", "CN=" + "a" * 65):
            with refused("SSLP386E"):
                parseSubject(text)
        with refused("SSLP386E"):
            subjectOf(commonName="a", country="Germany")


class SigningTests(SynchronousTestCase):
    """
    An authority of ours signs requests.
    """

    def setUp(self) -> None:
        """
        Make it.
        """
        self.authority = selfSigned("My CA", "My CA", (), days=100, usage="authority")

    def test_authority(self) -> None:
        """
        An authority signs, and serves nobody.
        """
        self.assertTrue(isAuthority(self.authority.certificate, hasKey=True))
        self.assertTrue(isOnlyAuthority(self.authority.certificate))
        self.assertEqual(usageOf(self.authority.certificate), "authority")

    def test_handshake(self) -> None:
        """
        Clients that trust the authority accept a server with a key of any kind that it has signed.
        """
        for kind in KEY_KINDS:
            if kind.startswith("rsa-"):
                continue
            request = makeRequest("WEB", SUBJECT, ["localhost"], kind)
            certificate = signedBy(self.authority, request.request, 30)
            credential = evolve(self.authority, label="WEB", certificate=certificate, key=request.key)
            self.assertEqual(handshake(credential, self.authority.certificate, "localhost"), "TLSv1.3", kind)

    def test_openssl(self) -> None:
        """
        What openssl requests is signed, and verified by openssl in its strict mode.
        """
        key, request, out, root = (self.mktemp() for _ in range(4))
        options = ["-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request]
        openssl("req", "-new", *options, "-subj", "/CN=a", "-addext", "subjectAltName=DNS:a.example")
        with open(request, "rb") as file:
            certificate = signedBy(self.authority, parseRequest(file.read(), request), 30)
        for path, each in ((out, certificate), (root, self.authority.certificate)):
            with open(path, "wb") as file:
                file.write(each.pem)
        self.assertIn("OK", openssl("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", root, out))
        self.assertEqual(namesOf(certificate), ("a.example",))

    def test_usage(self) -> None:
        """
        What a certificate is for is what the authority says.
        """
        request = makeRequest("WEB", SUBJECT, [])
        for usage in ("client", "authority"):
            self.assertEqual(usageOf(signedBy(self.authority, request.request, 30, usage)), usage)
        with refused("SSLP355E"):
            signedBy(self.authority, request.request, 30)

    def test_notLonger(self) -> None:
        """
        A certificate expires with its authority at the latest, which signs nothing after that.
        """
        request = makeRequest("WEB", SUBJECT, ["a"]).request
        certificate = signedBy(self.authority, request, 9999)
        self.assertEqual(certificate.notAfter, self.authority.certificate.notAfter)
        with refused("SSLP372E"):
            signedBy(self.authority, request, 30, now=datetime.now(UTC) + timedelta(days=200))

    def test_notAnAuthority(self) -> None:
        """
        A server signs nothing.
        """
        with refused("SSLP377E"):
            signedBy(makeServer(makeAuthority()), makeRequest("WEB", SUBJECT, ["a"]).request, 30)


class RequestTests(SynchronousTestCase):
    """
    Requests.
    """

    def test_openssl(self) -> None:
        """
        A request is one that openssl verifies, with all names.
        """
        path = self.mktemp()
        request = makeRequest("WEB", SUBJECT, ["a.example", "192.0.2.1"], "ed25519").request
        with open(path, "wb") as file:
            file.write(request.public_bytes(Encoding.PEM))
        shown = openssl("req", "-in", path, "-verify", "-text", "-noout")
        for text in ("CN = www.example.com", "DNS:a.example", "IP Address:192.0.2.1"):
            self.assertIn(text, shown)

    def test_damaged(self) -> None:
        """
        A request that is not one, or not signed with its own key, has its message.
        """
        octets = makeRequest("WEB", SUBJECT, ["a"]).request.public_bytes(Encoding.DER)
        self.assertEqual(parseRequest(octets, "FILE").subject, SUBJECT)
        wrong = {"SSLP348E": b"", "SSLP345E": octets[:-9], "SSLP376E": octets[:-1] + bytes([octets[-1] ^ 1])}
        for messageId, content in wrong.items():
            with refused(messageId):
                parseRequest(content, "FILE")
        with refused("SSLP376E"):
            parseRequest(makeServer(makeAuthority()).certificate.der, "FILE")

    def test_renewal(self) -> None:
        """
        A renewal has the same names and usage, and the same key unless a new one is wanted.
        """
        credential = makeServer(makeAuthority(), "a.example", "192.0.2.1")
        same, other = renewalRequest(credential), renewalRequest(credential, "rsa")
        for request in (same.request, other.request):
            self.assertEqual(namesOf(request), ("a.example", "192.0.2.1"))
            self.assertEqual(request.subject, credential.certificate.strict.subject)
        self.assertEqual(same.request.public_key(), credential.certificate.publicKey())
        self.assertNotEqual(other.request.public_key(), credential.certificate.publicKey())

    def test_selfSignedRenewal(self) -> None:
        """
        A self-signed certificate is signed again with its key, an authority's too.
        """
        for usage, names in (("server", ["a"]), ("authority", []), ("client", [])):
            old = selfSigned("WEB", "a", names, usage=usage, days=1)  # type: ignore[arg-type]
            new = renewed(old, 90)
            self.assertEqual(usageOf(new.certificate), usage)
            self.assertGreater(new.certificate.notAfter, old.certificate.notAfter)
            self.assertEqual(new.certificate.publicKey(), old.certificate.publicKey())
