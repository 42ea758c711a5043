# -*- test-case-name: tests.tls.test_mode -*-
"""
Tests for L{sslpool.tls.mode}: what MODE permits, and what a handshake makes of it.
"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from functools import partial

from attrs import evolve
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import ServerParameters
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.records import PrivateKey
from sslpool.messages import OperatorError
from sslpool.tls.binding import lib
from sslpool.tls.labels import buildLabels
from sslpool.tls.mode import checkCredentials, objection
from sslpool.tls.policy import Policy
from tests.doubles.certificates import makeServer, newKey
from tests.tls.meeting import VERSIONS, authority, elliptic, groupOf, meet, meetLibrary, trusting, withRsa

MODES = ("FIPS-140-2", "NIST-800-131A")
TLS12, TLS13 = VERSIONS


SHA256_WITH_RSA, SHA1_WITH_RSA = (bytes.fromhex(f"06092A864886F70D0101{last}") for last in ("0B", "05"))
"""
Two signature algorithms in DER (RFC 8017 appendix A.2.4).
"""


def certificate(key: rsa.RSAPrivateKey) -> Certificate:
    """
    Return a certificate that C{key} signs with SHA-256.
    """
    name, issuer = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, each)]) for each in ("a", "b"))
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(issuer, name, key.public_key(), 1, now, now + timedelta(days=1))
    return Certificate.ofStrict(builder.sign(key, hashes.SHA256()))


def weakened(certificate: Certificate) -> Certificate:
    """
    Return a certificate that says it was signed with SHA-1, which cryptography does not do any more.
    """
    octets = certificate.der
    return Certificate.of(octets.replace(SHA256_WITH_RSA, SHA1_WITH_RSA))


def signing(algorithms: bytes, context: SSL.Context) -> None:
    """
    Let a client check C{algorithms} only.
    """
    context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")
    assert lib.SSL_CTX_set1_sigalgs_list(context._context, algorithms) == 1


class KeyTests(SynchronousTestCase):
    """
    Keys and certificates of labels.
    """

    def refused(self, key: PrivateKey, reason: str) -> None:
        """
        See that a label with C{key} is refused in every mode, and the message says why.
        """
        credential = makeServer(authority(), key=key)
        for mode in MODES:
            error = self.assertRaises(OperatorError, checkCredentials, [elliptic(), credential], mode)
            expected = f"SSLP140E Label TEST cannot be used in MODE {mode}: {reason}"
            self.assertEqual(str(error), expected)
        checkCredentials([credential], None)

    def test_refused(self) -> None:
        """
        Short RSA keys, other curves, DSA and Edwards curves.
        """
        self.refused(rsa.generate_private_key(65537, 1024), "its key is RSA 1024")
        self.refused(ec.generate_private_key(ec.SECP256K1()), "its key is EC secp256k1")
        self.refused(ed25519.Ed25519PrivateKey.generate(), "its key is Ed25519")
        self.refused(dsa.generate_private_key(2048), "its key is DSA 2048")

    def test_permitted(self) -> None:
        """
        RSA from 2048 bits and the three curves.
        """
        keys: tuple[PrivateKey, ...] = (
            newKey(),
            ec.generate_private_key(ec.SECP384R1()),
            ec.generate_private_key(ec.SECP521R1()),
        )
        credentials = [withRsa(), *(makeServer(authority(), key=key) for key in keys)]
        for mode in MODES:
            checkCredentials(credentials, mode)

    def test_signature(self) -> None:
        """
        The digest of the signature counts, in the chain as well; not that of a root, which nobody checks.
        """
        good = certificate(rsa.generate_private_key(65537, 2048))
        weak = weakened(good)
        self.assertEqual(objection(weak), "the digest of its signature is SHA1")
        self.assertEqual(objection(good), "")
        below = evolve(elliptic(), chain=(weak,))
        error = self.assertRaises(OperatorError, checkCredentials, [below], MODES[0])
        self.assertIn("in its chain, CN=a: the digest of its signature is SHA1", str(error))

    def test_labels(self) -> None:
        """
        One label that is not permitted keeps all from being used.
        """
        bad = evolve(makeServer(authority(), key=ed25519.Ed25519PrivateKey.generate()), label="EDWARDS")
        policy = Policy(mode=MODES[0])
        self.assertRaises(OperatorError, buildLabels, [elliptic(), bad], policy, 1)
        self.assertEqual(sorted(buildLabels([elliptic()], policy, 1)), ["TEST"])


class HandshakeTests(SynchronousTestCase):
    """
    What is offered with MODE.
    """

    def setUp(self) -> None:
        """
        Have a policy with MODE.
        """
        self.policy = Policy.of(ServerParameters(mode="FIPS-140-2"))

    def test_groups(self) -> None:
        """
        P-256 and what is larger, ML-KEM with P-256 first; never X25519.
        """
        for offered, agreed in (
            ("X25519:P-256", "secp256r1"),
            ("X25519MLKEM768:X25519:P-384", "secp384r1"),
            ("SecP256r1MLKEM768:P-256", "SecP256r1MLKEM768"),
            ("*P-256:SecP256r1MLKEM768", "SecP256r1MLKEM768"),
        ):
            self.assertEqual(groupOf(self, self.policy, offered).lower(), agreed.lower(), offered)
        self.assertRaises(SSL.Error, groupOf, self, self.policy, "X25519MLKEM768:X25519")

    def test_signatures(self) -> None:
        """
        A client that can check nothing but SHA-1 is refused, one with SHA-256 is not.
        """
        for algorithms, agreed in ((b"RSA+SHA1", False), (b"RSA-PSS+SHA256", True)):
            configure = partial(signing, algorithms)
            if agreed:
                meetLibrary(self, self.policy, withRsa(), configure)
            else:
                self.assertRaises(SSL.Error, meetLibrary, self, self.policy, withRsa(), configure)

    def test_suites(self) -> None:
        """
        Forward-secret AES-GCM, whatever else is enabled; no key transported under RSA.
        """
        parameters = ServerParameters(
            protocols=("TLSV1_0", "TLSV1_2", "TLSV1_3"), enable=("RSA_AES_128_GCM", "RSA_AES_128"), mode=MODES[1]
        )
        policy = Policy.of(parameters)
        self.assertEqual(policy.protocolNames(), ("TLSv1.2", "TLSv1.3"))
        client = trusting(TLS12, "AES128-GCM-SHA256:AES128-SHA:ECDHE-RSA-CHACHA20-POLY1305")
        self.assertRaises(SSL.Error, meet, policy, client, withRsa())
        states = {each.name: each.state for each in policy.suiteStates()}
        self.assertEqual(states["RSA_AES_128_GCM"], "not in MODE")
        self.assertEqual(states["ECDHE_RSA_CHACHA20"], "not in MODE")
        self.assertEqual(states["RC4_128_SHA"], "not provided")
        self.assertEqual(states["ECDHE_RSA_AES_128_GCM"], "in use")

    def test_ordinaryClients(self) -> None:
        """
        Python's own TLS gets in with both versions and both kinds of key.
        """
        for version in VERSIONS:
            for credential in (elliptic(), withRsa()):
                meeting = meet(self.policy, trusting(version), credential)
                self.addCleanup(meeting.close)
                self.assertIsInstance(meeting.client, ssl.SSLObject)
                self.assertIn("AES", (meeting.client.cipher() or ("",))[0])
