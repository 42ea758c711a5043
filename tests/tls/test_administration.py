"""
Tests for L{sslpool.tls.administration}; its connections are in L{tests.control.test_remote}.
"""

from __future__ import annotations

import contextlib
import time

from attrs import evolve
from OpenSSL import SSL
from twisted.internet.error import ConnectionRefusedError
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.records import Authority, Credential, KeyMaterial
from sslpool.messages import OperatorError
from sslpool.tls import administration
from sslpool.tls.administration import AdministrationClient, AdministrationServer, commonName, explained
from sslpool.tls.peercertificates import peerOf, toOpenSSL, useCredential
from tests.derwriting import CN, ORGANIZATION, OU, PRINTABLE, TELETEX, UTF8, Draft, alternatives, name
from tests.doubles.certificates import makeAuthority, makeClient, makePss, makeServer, newKey

ROOT = makeAuthority("Root")
OTHER = makeAuthority("Other")


class NameTests(SynchronousTestCase):
    """
    The name that counts.
    """

    def test_commonName(self) -> None:
        """
        The common name, if it is ASCII; nothing where there is no certificate.
        """
        for common, expected in (("alice", "alice"), ("tcpma\u0131nt", "")):
            certificate = toOpenSSL(makeClient(ROOT, common).certificate)
            self.assertEqual(commonName(certificate), expected)
        self.assertEqual(commonName(None), "")


class UseTests(SynchronousTestCase):
    """
    L{AdministrationServer.use} takes what the key database has.
    """

    def test_use(self) -> None:
        """
        A label or an authority that is not there is an error, and what was in use stays.
        """
        credential = makeServer(ROOT, label="ADMCERT")
        material = KeyMaterial((credential,), (Authority("Root CA", ROOT.certificate),))
        server = AdministrationServer()
        server.use(material, "ADMCERT", "ROOT ca")
        context = server.serverConnectionForTLS(None).get_context()
        for label, authority, messageId in (("NOCERT", "", "SSLP450E"), ("ADMCERT", "Other CA", "SSLP451E")):
            error = self.assertRaises(OperatorError, server.use, material, label, authority)
            self.assertEqual(error.said.id, messageId)
        self.assertIs(server.serverConnectionForTLS(None).get_context(), context)

    def test_renewedIssuer(self) -> None:
        """
        When an issuer's renewed certificate becomes valid, connections from then on have it in their chain.
        """
        key, now = newKey(), time.time()
        old = makeAuthority("Issuer", ROOT, days=10, key=key)
        new = makeAuthority("Issuer", ROOT, days=30, since=-5, key=key)
        credential = evolve(makeServer(old, label="ADMCERT"), spare=(new.certificate,))
        server = AdministrationServer()
        used: list[tuple[Certificate, ...]] = []

        def use(context: SSL.Context, credential: Credential) -> None:
            used.append(credential.chain)
            useCredential(context, credential)

        self.patch(administration, "useCredential", use)
        server.use(KeyMaterial((credential,), (Authority("Root CA", ROOT.certificate),)), "ADMCERT", "")
        for days, chains in ((1, [old]), (6, [old, new]), (7, [old, new])):
            self.patch(administration, "time", lambda days=days: now + days * 86400)
            server.serverConnectionForTLS(None)
            self.assertEqual(used, [each.chain for each in chains])

    def test_root(self) -> None:
        """
        Neither end shows the root of its certificate, given or trusted.
        """
        credential = evolve(makeServer(ROOT, label="ADMCERT"), chain=(ROOT.certificate,))
        operator = evolve(makeClient(ROOT), chain=(ROOT.certificate,))
        server = AdministrationServer()
        server.use(KeyMaterial((credential,), (Authority("Root CA", ROOT.certificate),)), "ADMCERT", "")
        creator = AdministrationClient("localhost", operator, [ROOT.certificate])
        ends = self.shake(server, creator)
        self.assertEqual(peerOf(ends[0]), operator.certificate)
        # The library tells a server of what is above the client's certificate alone.
        shown = [end.get_peer_cert_chain(as_cryptography=True) for end in ends]
        self.assertEqual(shown, [[], [credential.certificate.strict]])

    def shake(self, server: AdministrationServer, creator: AdministrationClient) -> list[SSL.Connection]:
        """
        Return both ends of a connection after their handshake.
        """
        ends = [server.serverConnectionForTLS(None), creator.clientConnectionForTLS(None)]
        ends[0].set_accept_state()
        ends[1].set_connect_state()
        for _ in range(4):
            for near, far in (ends, ends[::-1]):
                with contextlib.suppress(SSL.WantReadError):
                    near.do_handshake()
                with contextlib.suppress(SSL.WantReadError):
                    far.bio_write(near.bio_read(65536))
        return ends

    def test_oddNames(self) -> None:
        """
        What else the names at both ends hold decides nothing; the operator is whom the one common name says.
        """
        key = newKey()
        odd = ((ORGANIZATION, PRINTABLE, b"a_b"), (OU, 3, b"\0a"), (OU, TELETEX, b"\xfc"))
        hosts = alternatives((0xA3, b"\x30\0"), (0x82, b"\xff"), (0x82, b"localhost"))
        credential = Credential("ODD", Certificate.of(Draft(key, name(*odd), (hosts,)).issuedBy(ROOT)), (), key)
        server = AdministrationServer()
        server.use(KeyMaterial((credential,), (Authority("Root CA", ROOT.certificate),)), "ODD", "")
        for names, expected in (
            (((CN, UTF8, b"alice"),), "alice"),
            (((CN, PRINTABLE, b"alice_"),), "alice_"),
            (((CN, 3, b"\0a"),), ""),
            (((CN, UTF8, b"alice\0"),), ""),
            (((CN, UTF8, b"alice"), (CN, 3, b"\0a")), ""),
        ):
            subject = Draft(key, name(*odd, *names), (alternatives((0xA3, b"")),)).issuedBy(ROOT)
            operator = Credential("OPERATOR", Certificate.of(subject), (), key)
            creator = AdministrationClient("localhost", operator, [ROOT.certificate])
            ends = self.shake(server, creator)
            self.assertEqual(commonName(ends[0].get_peer_certificate()), expected)
            self.assertEqual(peerOf(ends[1]), credential.certificate)

    def test_otherHost(self) -> None:
        """
        A stack whose certificate is for another name, or of another authority, is not talked to; the reason is said.
        """
        server = AdministrationServer()
        server.use(KeyMaterial((makeServer(ROOT),), (Authority("Root CA", ROOT.certificate),)), "TEST", "")
        for host, trusted, expected in (
            ("192.0.2.1", ROOT, "it is for localhost, 127.0.0.1, ::1, not for 192.0.2.1"),
            ("localhost", OTHER, "unable to get local issuer certificate"),
        ):
            creator = AdministrationClient(host, makeClient(ROOT), [trusted.certificate])
            error = self.assertRaises(SSL.Error, self.shake, server, creator)
            explanation = creator.explained(Failure(error))
            self.assertEqual(explanation, f"its certificate is not accepted: {expected}")
        error = self.assertRaises(OperatorError, AdministrationClient, "a b", makeClient(ROOT), [])
        self.assertEqual(error.said.id, "SSLP756E")

    def test_pss(self) -> None:
        """
        The stack's end takes a certificate whose key is for RSASSA-PSS alone; so does the commands'.
        """
        credential = makePss(ROOT)
        server = AdministrationServer()
        server.use(KeyMaterial((credential,), (Authority("Root CA", ROOT.certificate),)), "PSS", "")
        server.serverConnectionForTLS(None).get_context().check_privatekey()
        for each in (credential, makeServer(ROOT)):
            AdministrationClient("localhost", each, [ROOT.certificate]).clientConnectionForTLS(None)


class ExplanationTests(SynchronousTestCase):
    """
    Why a handshake failed.
    """

    def test_explained(self) -> None:
        """
        In the words of an operator.
        """
        for error, expected in (
            (SSL.Error([("SSL routines", "", "unknown ca")]), "unknown ca"),
            (ConnectionRefusedError(osError=111), "Connection refused"),
            (ValueError("other"), "other"),
        ):
            self.assertEqual(explained(Failure(error)), expected)
