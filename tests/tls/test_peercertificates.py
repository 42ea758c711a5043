# -*- test-case-name: tests.tls.test_peercertificates -*-
"""
Tests for L{sslpool.tls.peercertificates}.
"""

from __future__ import annotations

import ssl

from attrs import evolve
from cryptography.hazmat.primitives.asymmetric import rsa
from OpenSSL import SSL, crypto
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.armor import enclosed
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.generation import selfSigned
from sslpool.messages import OperatorError
from sslpool.tls.anchors import makeAnchor
from sslpool.tls.binding import lib
from sslpool.tls.contexts import makeContext
from sslpool.tls.peercertificates import fromOpenSSL, refusalOf, toOpenSSL, useCredential
from sslpool.tls.peers import ClientCheck, Trust
from sslpool.tls.policy import Policy
from tests.derwriting import CN, UTF8, VISIBLE, Draft, name
from tests.doubles.certificates import makeAuthority, makePss, makeServer, newKey
from tests.tls.meeting import VERSIONS, Meeting, Modern, authority, elliptic, trusting

SUBJECT = "in the name of its subject, CN"


class CertificateTests(SynchronousTestCase):
    """
    Certificates, keys and chains of a context.
    """

    def chainShown(self, configure: SSL.Context, label: SSL.Context, policy: Policy | None = None) -> list[Certificate]:
        """
        Return the certificates that a client is shown.
        """
        meeting = Modern(makeAnchor(policy or Policy()), label, configure)
        self.addCleanup(meeting.close)
        shown = meeting.shake().client.get_peer_cert_chain(as_cryptography=True) or []
        return [Certificate.ofStrict(each) for each in shown]

    def test_chains(self) -> None:
        """
        Of two certificates each is shown with the chain that is its own.
        """
        middle = makeAuthority("Middle", authority())
        other = makeAuthority("Other", authority())
        ec = makeServer(middle, "a.example", label="EC")
        withRsa = makeServer(other, "a.example", label="RSA", key=rsa.generate_private_key(65537, 2048))
        context = makeContext([withRsa, ec], Policy(), b"scope")
        for algorithms, shown in ((b"ECDSA+SHA256", ec), (b"RSA-PSS+SHA256:RSA+SHA256", withRsa)):
            client = SSL.Context(SSL.TLS_CLIENT_METHOD)
            assert lib.SSL_CTX_set1_sigalgs_list(client._context, algorithms) == 1
            self.assertEqual(self.chainShown(client, context), [shown.certificate, *shown.chain])

    def test_refusal(self) -> None:
        """
        Why the library does not read a certificate: what it is that it does not read, where that is known.
        """
        key = newKey()
        for draft, reason in (
            (Draft(key), ""),
            (Draft(key, name((CN, 3, b"\0a"))), ""),
            (Draft(key, name((CN, UTF8, b"\xff"))), f"{SUBJECT} is damaged"),
            (Draft(key, name((CN, VISIBLE, b"a"))), f"{SUBJECT} has the string type VisibleString"),
            (Draft(key, publicKey=b"\x30\0"), "the TLS library does not read it (field missing"),
        ):
            found = Certificate.of(draft.selfSigned())
            self.assertEqual(refusalOf(found)[: len(reason)], reason)
            self.assertEqual(bool(refusalOf(found)), bool(reason))
            if reason:
                error = self.assertRaises(OperatorError, toOpenSSL, found)
                self.assertIn(reason, str(error))

    def test_peer(self) -> None:
        """
        What the library has read and nobody else can is known by its octets.
        """
        odd = newKey()
        der = Draft(odd, end=enclosed(23, b"260101000000+0100")).selfSigned()
        found = fromOpenSSL(crypto.load_certificate(crypto.FILETYPE_ASN1, der))
        self.assertEqual((found, found.isRead, found.shown[:8]), (Certificate.unread(der), False, "SHA-256 "))

    def test_root(self) -> None:
        """
        The root at the end of a chain is not shown, what another authority has issued for its key is;
        a certificate that is its own root is shown, and nothing else.
        """
        root, old = makeAuthority("Root"), makeAuthority("Old")
        crossed = makeAuthority("Root", old, key=root.key).certificate
        middle = makeAuthority("Middle", root)
        leaf = makeServer(middle, "a.example")
        for above, expected in (
            ((middle.certificate, root.certificate), (middle.certificate,)),
            ((middle.certificate, crossed, old.certificate), (middle.certificate, crossed)),
            ((middle.certificate, root.certificate, crossed), (middle.certificate, crossed)),
            ((middle.certificate,), (middle.certificate,)),
        ):
            context = makeContext([evolve(leaf, chain=above)], Policy(), b"scope")
            shown = self.chainShown(SSL.Context(SSL.TLS_CLIENT_METHOD), context)
            self.assertEqual(shown, [leaf.certificate, *expected])
        own = selfSigned("OWN", "localhost", ["localhost"])
        for chain in ((), (own.certificate,)):
            context = makeContext([evolve(own, chain=chain)], Policy(), b"scope")
            self.assertEqual(self.chainShown(SSL.Context(SSL.TLS_CLIENT_METHOD), context), [own.certificate])

    def test_onlyRoot(self) -> None:
        """
        A root that issued the certificate itself is not shown, even where it is trusted about clients.
        """
        root = makeAuthority("Root")
        credential = evolve(makeServer(root), chain=(root.certificate,))
        context = makeContext([credential], Policy(), b"scope", check=ClientCheck(False, Trust((root.certificate,))))
        shown = self.chainShown(SSL.Context(SSL.TLS_CLIENT_METHOD), context)
        self.assertEqual(shown, [credential.certificate])

    def test_pss(self) -> None:
        """
        A key for RSASSA-PSS alone is used as such, in both versions, and also where its certificate restricts it.
        """
        credential = makePss(authority(), "a.example")
        for version in (SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION):
            client = SSL.Context(SSL.TLS_CLIENT_METHOD)
            client.set_max_proto_version(version)
            for policy in (Policy(), Policy(mode="FIPS-140-2")):
                context = makeContext([credential], policy, b"scope")
                self.assertEqual(self.chainShown(client, context, policy), [credential.certificate])

    def test_reason(self) -> None:
        """
        What is refused for its weakness is named with the weakness.
        """
        weak = makeServer(authority(), key=rsa.generate_private_key(65537, 1024))
        error = self.assertRaises(OperatorError, makeContext, [weak], Policy(), b"scope")
        text = "SSLP130E Label TEST cannot be used: ee key too small: its RSA key has 1024 bits, fewer than 2048"
        self.assertEqual(str(error), text)

    def test_noChain(self) -> None:
        """
        Without a chain nothing is added, even where authorities of clients would do.
        """
        check = ClientCheck(False, Trust((authority().certificate,)))
        context = makeContext([elliptic()], Policy(), b"scope", check=check)
        shown = self.chainShown(SSL.Context(SSL.TLS_CLIENT_METHOD), context)
        self.assertEqual(shown, [elliptic().certificate])

    def test_refused(self) -> None:
        """
        A key of another certificate is named with the label, and leaves nothing behind.
        """
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        error = self.assertRaises(OperatorError, useCredential, context, evolve(elliptic(), key=newKey()))
        self.assertTrue(str(error).startswith("SSLP130E Label TEST cannot be used: "))

    def test_shown(self) -> None:
        """
        Python's own TLS is shown the certificate in both versions.
        """
        for version in VERSIONS:
            label = makeContext([elliptic()], Policy(), b"scope")
            meeting = Meeting(makeAnchor(Policy()), label, trusting(version)).shake()
            self.addCleanup(meeting.close)
            self.assertIsInstance(meeting.client, ssl.SSLObject)
            expected = elliptic().certificate.der
            self.assertEqual(meeting.client.getpeercert(binary_form=True), expected)
