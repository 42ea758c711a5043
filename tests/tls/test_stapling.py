# -*- test-case-name: tests.tls.test_stapling -*-
"""
Tests for L{sslpool.tls.stapling}: files, and what clients get in handshakes.
"""

from __future__ import annotations

import os
import time

from attrs import evolve
from cryptography.hazmat.primitives.asymmetric import rsa
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.records import Credential
from sslpool.keydb.stapling import LARGEST
from sslpool.tls.anchors import makeAnchor
from sslpool.tls.binding import lib
from sslpool.tls.contexts import makeContext
from sslpool.tls.policy import Policy
from sslpool.tls.stapling import Staple, stapleFor
from tests.doubles.certificates import makeAuthority, makeServer, respond
from tests.tls.meeting import VERSIONS, Meeting, Modern, authority, trusting


class StapleTests(SynchronousTestCase):
    """
    A label with a file for its response.
    """

    def setUp(self) -> None:
        """
        Have a server's certificate.
        """
        self.below = makeAuthority("Below", authority())
        self.credential = makeServer(self.below, label="A")
        os.mkdir(self.mktemp())
        self.keyFile = os.path.join(self.mktemp(), "Database.kdb")
        os.makedirs(os.path.dirname(self.keyFile))

    def write(self, octets: bytes, credential: Credential | None = None) -> Staple:
        """
        Write a response and return its staple.
        """
        credential = credential or self.credential
        path = os.path.join(os.path.dirname(self.keyFile), f"{credential.label}.ocsp")
        with open(f"{path}.new", "wb") as file:
            file.write(octets)
        os.replace(f"{path}.new", path)
        staple = stapleFor(credential, self.keyFile, ())
        assert staple is not None
        return staple

    def test_noFile(self) -> None:
        """
        Without a file there is no staple.
        """
        self.assertIsNone(stapleFor(self.credential, self.keyFile, ()))

    def test_renewed(self) -> None:
        """
        A response is read once, again when its file has changed, and dropped when it has expired or gone.
        """
        now = time.time()
        first, second = (respond(self.below, self.credential.certificate, days) for days in (7, 9))
        staple = self.write(first)
        self.assertEqual((staple.look(now), staple.response), ("", first))
        self.write(second)
        self.assertEqual((staple.look(now), staple.response), ("", second))
        self.assertEqual((staple.look(now + 8 * 86400), staple.response), ("", second))
        self.assertEqual((staple.look(now + 10 * 86400), staple.response), ("it has expired", b""))
        self.assertEqual(staple.look(now + 10 * 86400), "")
        self.write(first)
        self.assertEqual((staple.look(now), staple.response), ("", first))
        os.unlink(os.path.join(os.path.dirname(self.keyFile), "A.ocsp"))
        self.assertEqual((staple.look(now), staple.response), ("its file no longer exists", b""))
        self.assertEqual(staple.look(now), "")

    def test_unusable(self) -> None:
        """
        One that cannot be used is named once, and nothing is stapled.
        """
        for octets, reason in (
            (b"x", "it is not an OCSP response"),
            (bytes(LARGEST + 1), "it has more than"),
            (respond(authority(), self.credential.certificate), "its signature is not"),
        ):
            staple = self.write(octets)
            self.assertTrue(staple.look(time.time()).startswith(reason), reason)
            self.assertEqual((staple.look(time.time()), staple.response), ("", b""))

    def test_unreadable(self) -> None:
        """
        What is no file is named.
        """
        path = os.path.join(os.path.dirname(self.keyFile), "A.ocsp")
        os.mkdir(path)
        staple = stapleFor(self.credential, self.keyFile, ())
        assert staple is not None
        self.assertEqual(staple.look(time.time()), "Is a directory")

    def stapled(self, label: SSL.Context, algorithms: bytes = b"ECDSA+SHA256") -> bytes:
        """
        Return what a client that asks for it gets stapled.
        """
        got: list[bytes] = []
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        assert lib.SSL_CTX_set1_sigalgs_list(context._context, algorithms) == 1

        def take(connection: SSL.Connection, octets: bytes, data: object) -> bool:
            got.append(octets)
            return True

        context.set_ocsp_client_callback(take)
        meeting = Modern(makeAnchor(Policy()), label, context)
        self.addCleanup(meeting.close)
        meeting.client.request_ocsp()
        meeting.shake()
        return b"".join(got)

    def test_handshake(self) -> None:
        """
        A client that asks gets the response as it is at the time; one that does not ask gets in all the same.
        """
        response = respond(self.below, self.credential.certificate)
        staple = self.write(response)
        label = makeContext([self.credential], Policy(), b"scope", staples={"A": staple})
        self.assertEqual(self.stapled(label), b"")
        staple.look(time.time())
        self.assertEqual(self.stapled(label), response)
        for version in VERSIONS:
            self.addCleanup(Meeting(makeAnchor(Policy()), label, trusting(version)).shake().close)
        self.assertEqual(self.stapled(makeContext([self.credential], Policy(), b"scope")), b"")

    def test_twoKinds(self) -> None:
        """
        Of two certificates each has its own response; one may have none.
        """
        key = rsa.generate_private_key(65537, 2048)
        withRsa = evolve(makeServer(self.below, key=key), label="B")
        response = respond(self.below, self.credential.certificate)
        staple = self.write(response)
        staple.look(time.time())
        label = makeContext([withRsa, self.credential], Policy(), b"scope", staples={"A": staple})
        self.assertEqual(self.stapled(label), response)
        self.assertEqual(self.stapled(label, b"RSA-PSS+SHA256"), b"")
