"""
Tests for L{sslpool.tls.administration}; its connections are in L{tests.control.test_remote}.
"""

from __future__ import annotations

import contextlib
import time

from attrs import evolve
from cryptography.hazmat.primitives.serialization import load_der_public_key
from OpenSSL import SSL, crypto
from service_identity import VerificationError
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.protocol import Factory, Protocol
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.records import Authority, Credential, KeyMaterial
from sslpool.messages import OperatorError
from sslpool.testing.certificates import makeAuthority, makeClient, makePss, makeRevocations, makeServer, newKey
from sslpool.tls import administration
from sslpool.tls.administration import (
    AdministrationServer,
    administrationClient,
    commonName,
    explained,
    isRevoked,
)
from sslpool.tls.certificates import keyOf, peerOf, toOpenSSL, useCredential

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
        for name, expected in (("alice", "alice"), ("tcpma\u0131nt", "")):
            certificate = toOpenSSL(makeClient(ROOT, name).certificate)
            self.assertEqual(commonName(certificate), expected)
        self.assertEqual(commonName(None), "")


class RevocationTests(SynchronousTestCase):
    """
    Lists of revoked certificates.
    """

    def test_issuer(self) -> None:
        """
        A list counts for certificates of its own authority only.
        """
        mine = makeClient(ROOT).certificate
        self.assertTrue(isRevoked(mine, [makeRevocations(OTHER), makeRevocations(ROOT, mine)]))
        self.assertFalse(isRevoked(mine, [makeRevocations(OTHER, mine), makeRevocations(ROOT)]))


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
            self.assertEqual(error.message.id, messageId)
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
        creator = administrationClient("localhost", operator, [ROOT.certificate])
        protocol = TLSMemoryBIOFactory(creator, True, Factory.forProtocol(Protocol)).buildProtocol(None)
        ends = [server.serverConnectionForTLS(None), creator.clientConnectionForTLS(protocol)]
        ends[0].set_accept_state()
        ends[1].set_connect_state()
        for _ in range(4):
            for near, far in (ends, ends[::-1]):
                with contextlib.suppress(SSL.WantReadError):
                    near.do_handshake()
                with contextlib.suppress(SSL.WantReadError):
                    far.bio_write(near.bio_read(65536))
        self.assertEqual(peerOf(ends[0]), operator.certificate)
        # The library tells a server of what is above the client's certificate alone.
        shown = [end.get_peer_cert_chain(as_cryptography=True) for end in ends]
        self.assertEqual(shown, [[], [credential.certificate.strict]])

    def test_pss(self) -> None:
        """
        The stack's end takes a certificate whose key is for RSASSA-PSS alone; so does the commands'.
        """
        credential = makePss(ROOT)
        server = AdministrationServer()
        server.use(KeyMaterial((credential,), (Authority("Root CA", ROOT.certificate),)), "PSS", "")
        server.serverConnectionForTLS(None).get_context().check_privatekey()
        for each in (credential, makeServer(ROOT)):
            administrationClient("localhost", each, [ROOT.certificate])
            shown = load_der_public_key(crypto.dump_publickey(crypto.FILETYPE_ASN1, keyOf(each)))
            self.assertEqual(shown, each.certificate.publicKey())


class ExplanationTests(SynchronousTestCase):
    """
    Why a handshake failed.
    """

    def test_explained(self) -> None:
        """
        In the words of an operator.
        """
        for error, expected in (
            (VerificationError([]), "its certificate is for another name"),
            (SSL.Error([("SSL routines", "", "unknown ca")]), "unknown ca"),
            (ConnectionRefusedError(osError=111), "Connection refused"),
            (ValueError("other"), "other"),
        ):
            self.assertEqual(explained(Failure(error)), expected)
