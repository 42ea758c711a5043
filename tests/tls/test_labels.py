# -*- test-case-name: tests.tls.test_labels -*-
"""
Tests for L{sslpool.tls.labels}.
"""

from __future__ import annotations

import ssl
from hashlib import sha256

from attrs import evolve
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.records import Credential
from sslpool.messages import OperatorError
from sslpool.tls.anchors import makeAnchor
from sslpool.tls.labels import buildLabels, sessionScope
from sslpool.tls.peercertificates import reasonOf
from sslpool.tls.policy import Policy
from tests.doubles.certificates import makeAuthority, makeServer, newKey
from tests.tls.meeting import VERSIONS, Meeting, authority, contextOf, elliptic, trusting, withRsa

POLICY = Policy()


class ResumptionTests(SynchronousTestCase):
    """
    Which label a session may be resumed under (RFC 8446 section 4.2.11; CVE-2025-23419).
    """

    def setUp(self) -> None:
        """
        Have an anchor, as all servers have the same.
        """
        self.anchor = makeAnchor(POLICY)

    def resumes(self, version: ssl.TLSVersion, first: Credential, second: Credential) -> bool:
        """
        Begin a session under C{first}, try to resume it under C{second} on another server.
        """
        context = trusting(version)
        begun = Meeting(self.anchor, contextOf(POLICY, first), context).shake()
        self.addCleanup(begun.close)
        session = begun.client.session
        again = Meeting(self.anchor, contextOf(POLICY, second), context, session).shake()
        self.addCleanup(again.close)
        return bool(again.client.session_reused)

    def test_sameLabel(self) -> None:
        """
        The same label with the same certificate, whichever server has built it.
        """
        for version in VERSIONS:
            self.assertTrue(self.resumes(version, elliptic(), elliptic()))

    def test_otherLabel(self) -> None:
        """
        Never another label, even with the same certificate.
        """
        for version in VERSIONS:
            self.assertFalse(self.resumes(version, elliptic(), evolve(elliptic(), label="OTHER")))

    def test_otherCertificate(self) -> None:
        """
        Nor the same label with another certificate: the client is shown the new one.
        """
        for version in VERSIONS:
            self.assertFalse(self.resumes(version, elliptic(), makeServer(authority())))

    def test_scope(self) -> None:
        """
        The scope tells labels and certificates apart, and fits into what OpenSSL takes.
        """
        credentials = (elliptic(), evolve(elliptic(), label="OTHER"), withRsa(), makeServer(authority()))
        scopes = {sessionScope(credential) for credential in credentials}
        self.assertEqual(len(scopes), 4)
        self.assertEqual({len(scope) for scope in scopes}, {32})


class BuildTests(SynchronousTestCase):
    """
    What becomes of credentials.
    """

    def test_all(self) -> None:
        """
        Every credential becomes a label, and its status says what is served.
        """
        credential = elliptic()
        labels = buildLabels([credential, evolve(credential, label="OTHER")], POLICY, 7)
        self.assertEqual(sorted(labels), ["OTHER", "TEST"])
        status = labels["TEST"].status
        self.assertEqual((status.label, status.generation), ("TEST", 7))
        self.assertEqual(status.subject, credential.certificate.subject.text)
        self.assertEqual(status.notAfter, credential.certificate.notAfter)
        der = ssl.PEM_cert_to_DER_cert(self.served(credential))
        self.assertIn("/CN=localhost", "/" + status.subject)
        self.assertEqual(status.fingerprint.replace(":", "").lower(), self.digest(der))

    def served(self, credential: Credential) -> str:
        """
        Return the certificate that a client gets, as PEM.
        """
        meeting = Meeting(makeAnchor(POLICY), contextOf(POLICY, credential), trusting()).shake()
        self.addCleanup(meeting.close)
        certificate = meeting.client.getpeercert(binary_form=True)
        assert certificate is not None
        return ssl.DER_cert_to_PEM_cert(certificate)

    def digest(self, der: bytes) -> str:
        """
        Return the SHA-256 of a certificate in hexadecimal.
        """
        return sha256(der).hexdigest()

    def test_chain(self) -> None:
        """
        The certificates between the server's and the root are sent along: a client that has the root only is content.
        """
        middle = makeAuthority("Middle CA", authority())
        lower = makeAuthority("Lower CA", middle)
        self.assertIn("CERTIFICATE", self.served(makeServer(lower)))

    def test_wrongKey(self) -> None:
        """
        A key that does not belong to the certificate is named with its label.
        """
        error = self.assertRaises(OperatorError, buildLabels, [evolve(elliptic(), key=newKey())], POLICY, 1)
        self.assertEqual(error.said.id, "SSLP130E")
        self.assertTrue(str(error).startswith("SSLP130E Label TEST cannot be used: "))
        self.assertNotIn("unknown reason", str(error))

    def test_kindsOfKey(self) -> None:
        """
        RSA keys will do as well, in both protocol versions.
        """
        for version in VERSIONS:
            meeting = Meeting(makeAnchor(POLICY), contextOf(POLICY, withRsa()), trusting(version)).shake()
            self.addCleanup(meeting.close)
            self.assertIsNotNone(meeting.client.cipher())

    def test_curves(self) -> None:
        """
        A key on a curve that the library does not have for TLS, such as that of Bitcoin, could be shown to
        no client; those that it has are used.
        """
        known = [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1(), ec.BrainpoolP256R1()]
        keys = [ec.generate_private_key(curve) for curve in known]
        credentials = [makeServer(authority(), label=f"L{index}", key=key) for index, key in enumerate(keys)]
        self.assertEqual(len(buildLabels(credentials, POLICY, 1)), 4)
        other = makeServer(authority(), label="OTHER", key=ec.generate_private_key(ec.SECP256K1()))
        error = self.assertRaises(OperatorError, buildLabels, [other], POLICY, 1)
        reason = "the TLS library does not have its curve secp256k1"
        self.assertEqual(str(error), f"SSLP130E Label OTHER cannot be used: {reason}")

    def test_reasonOf(self) -> None:
        """
        The library's words are joined; where it has none, that is said.
        """
        self.assertEqual(reasonOf(SSL.Error([("a", "", "one"), ("b", "", ""), ("c", "", "two")])), "one; two")
        self.assertEqual(reasonOf(SSL.Error([])), "unknown reason")
        self.assertEqual(reasonOf(SSL.WantReadError()), "unknown reason")
