# -*- test-case-name: tests.tls.test_signing -*-
"""
Tests for L{sslpool.tls.signing}: what it says is what the library does.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.records import Credential
from sslpool.tls.anchors import makeAnchor
from sslpool.tls.binding import lib
from sslpool.tls.clienthello import readHello
from sslpool.tls.policy import Policy
from sslpool.tls.signing import Signing
from tests.doubles.certificates import makePss, makeServer
from tests.tls.hellos import asking, helloOfLibrary
from tests.tls.meeting import Modern, authority, contextOf, elliptic, withDsa, withRsa

POLICY = Policy()
VERSIONS = (SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION)


def clientWith(version: int, groups: str, signatures: str) -> SSL.Context:
    """
    Return the context of a client.

    @param version: the latest version that it has.
    @param groups: its groups, in OpenSSL's words.
    @param signatures: its signature algorithms, likewise.
    """
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_max_proto_version(version)
    for setting, words in ((lib.SSL_CTX_set1_curves_list, groups), (lib.SSL_CTX_set1_sigalgs_list, signatures)):
        assert setting(context._context, words.encode("ascii")) == 1
    return context


class SigningTests(SynchronousTestCase):
    """
    Whom certificates suit.
    """

    def isServed(self, credential: Credential, context: SSL.Context) -> bool:
        """
        Tell whether the library serves a client.
        """
        meeting = Modern(makeAnchor(POLICY), contextOf(POLICY, credential), context)
        try:
            meeting.shake()
        except SSL.Error:
            return False
        finally:
            meeting.close()
        return True

    def test_library(self) -> None:
        """
        With either version, those are suited whom the library serves, whatever they lack: the curve, the algorithm
        that names it, or that of the kind of key.
        """
        keys = (
            ec.generate_private_key(ec.SECP521R1()),
            ec.generate_private_key(ec.BrainpoolP384R1()),
            ed25519.Ed25519PrivateKey.generate(),
            ed448.Ed448PrivateKey.generate(),
        )
        others = (makeServer(authority(), key=key) for key in keys)
        credentials = [elliptic(), withRsa(), makePss(authority(), "a.example"), *others]
        clients = (
            ("X25519:P-256:P-384", "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:rsa_pss_rsae_sha256"),
            ("X25519:P-256:P-384", "ecdsa_secp521r1_sha512:rsa_pkcs1_sha256"),
            ("X25519:P-256:P-521", "ecdsa_secp256r1_sha256:ed25519"),
            ("X25519:P-384", "ecdsa_secp256r1_sha256:ed448"),
            ("X25519:brainpoolP384r1", "ecdsa_secp256r1_sha256:rsa_pss_pss_sha256"),
            ("X25519:P-256", "ecdsa_brainpoolP384r1tls13_sha384:rsa_pkcs1_sha256"),
        )
        seen = set()
        for credential in credentials:
            signing = Signing.of(credential.certificate)
            for version in VERSIONS:
                for client in clients:
                    context = clientWith(version, *client)
                    hello = readHello(helloOfLibrary(context))
                    suits = signing.suits(hello, modern=True)
                    self.assertEqual(suits, self.isServed(credential, context), (signing, version, client))
                    seen.add((signing.kind, version, suits))
        self.assertEqual(len(seen), 20)

    def test_classicOnly(self) -> None:
        """
        Where TLS 1.3 is not in use, or the key cannot be used there, what counts before it does.
        """
        signing = Signing.of(elliptic().certificate)
        hello = asking(modern=True, groups={23}, signatures={0x0503})
        self.assertEqual((signing.suits(hello, True), signing.suits(hello, False)), (False, True))
        self.assertTrue(Signing.of(withDsa().certificate).suits(asking(modern=True, signatures={0x0402}), True))

    def test_unsaid(self) -> None:
        """
        Who has not said what it knows may know everything.
        """
        self.assertTrue(Signing.of(elliptic().certificate).suits(asking(), True))
