# -*- test-case-name: tests.sessions.test_outcome -*-
"""
Tests for L{sslpool.sessions.outcome}: each reason comes from a real failure.
"""

from __future__ import annotations

import os
import ssl
import warnings

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.sessions.outcome import HANDSHAKE_OUTCOMES, Outcome, ofHandshake, ofSession
from sslpool.tls.anchors import makeAnchor
from sslpool.tls.contexts import keysOf
from tests.doubles.certificates import makeServer
from tests.server.scene import TLS12, Scene, clientContext
from tests.tls.meeting import Modern, authority, contextOf, withRsa
from tests.tls.reception import POLICY
from tests.tls.test_signing import clientWith

GARBAGE = (
    b"SSH-2.0-OpenSSH_9.9\r\n",
    b"\x00" * 64,
    b"\xff" * 64,
    b"EHLO client.example\r\n",
    b"\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00",
    b"\x16\x03\x01\xff\xff" + b"x" * 64,
    b"\x17\x03\x03\x00\x04data",
    b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + b"\x00" * 37,
)


class HandshakeOutcomeTests(SynchronousTestCase):
    """
    Why handshakes fail.
    """

    def failsWith(self, outcome: Outcome, data: bytes = b"", context: ssl.SSLContext | None = None) -> str:
        """
        Have a client fail, see that it is for C{outcome}, and return the library's words.
        """
        scene = Scene(self)
        scene.application()
        if context is None:
            scene.rawClient().send(data)
        else:
            scene.client(context=context)
        scene.drained()
        ((_, found, detail),) = scene.observer.ends
        self.assertIs(found, outcome, (data, detail))
        return detail

    def test_http(self) -> None:
        """
        Cleartext HTTP is recognized.
        """
        for request in (b"GET / HTTP/1.1", b"POST /x HTTP/1.0", b"CONNECT example.com:443 HTTP/1.1"):
            self.failsWith(Outcome.HANDSHAKE_HTTP, request + b"\r\n\r\n")

    def test_garbage(self) -> None:
        """
        What is not TLS at all is said to be that.
        """
        for data in GARBAGE:
            self.failsWith(Outcome.HANDSHAKE_GARBAGE, data)

    def test_version(self) -> None:
        """
        A client that has TLS 1.0 only.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context = clientContext(ssl.TLSVersion.TLSv1)
            context.minimum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers("ALL:@SECLEVEL=0")
        detail = self.failsWith(Outcome.HANDSHAKE_VERSION, context=context)
        self.assertEqual(detail, "unsupported protocol")

    def test_cipher(self) -> None:
        """
        A client that has no cipher suite of ours.
        """
        context = clientContext(TLS12)
        context.set_ciphers("AES128-SHA:@SECLEVEL=0")
        detail = self.failsWith(Outcome.HANDSHAKE_CURVE, context=context)
        self.assertEqual(detail, "no shared cipher; our key: EC P-256")

    def test_keys(self) -> None:
        """
        A client that cannot verify our signatures is not said to lack a cipher suite: TLS 1.3 tells what it lacks, and
        with TLS 1.2 it may be one of three things, unless the key is RSA.
        """
        old, new = SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION
        rustls = ("X25519:P-256:P-384", "ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256")
        large, edwards = ec.generate_private_key(ec.SECP521R1()), ed25519.Ed25519PrivateKey.generate()
        for credential, version, outcome, detail in (
            (makeServer(authority(), key=large), old, Outcome.HANDSHAKE_CURVE, "no shared cipher; our key: EC P-521"),
            (makeServer(authority(), key=edwards), old, Outcome.HANDSHAKE_CURVE, "no shared cipher; our key: Ed25519"),
            (
                makeServer(authority(), key=edwards),
                new,
                Outcome.HANDSHAKE_SIGNATURE,
                "no suitable signature algorithm; our key: Ed25519",
            ),
        ):
            meeting = Modern(makeAnchor(POLICY), contextOf(POLICY, credential), clientWith(version, *rustls))
            self.addCleanup(meeting.close)
            error = self.assertRaises(SSL.Error, meeting.shake)
            self.assertEqual(ofHandshake(error, keysOf(meeting.server)), (outcome, detail))
        context = clientWith(old, *rustls)
        context.set_cipher_list(b"ECDHE-ECDSA-AES128-GCM-SHA256")
        meeting = Modern(makeAnchor(POLICY), contextOf(POLICY, withRsa()), context)
        self.addCleanup(meeting.close)
        error = self.assertRaises(SSL.Error, meeting.shake)
        expected = (Outcome.HANDSHAKE_CIPHER, "no shared cipher; our key: RSA 2048")
        self.assertEqual(ofHandshake(error, keysOf(meeting.server)), expected)

    def test_keyExchange(self) -> None:
        """
        A client that has no group of ours.
        """
        context = clientContext()
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_ecdh_curve("secp521r1")
        self.failsWith(Outcome.HANDSHAKE_GROUP, context=context)

    def test_alert(self) -> None:
        """
        A client that does not trust our certificate says so, in both protocol versions.
        """
        for maximum in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.maximum_version = maximum
            detail = self.failsWith(Outcome.HANDSHAKE_ALERT, context=context)
            self.assertIn("alert unknown ca", detail)

    def test_left(self) -> None:
        """
        The end of the stream, and a reset, need no more words.
        """
        for error in (SSL.SysCallError(-1, "Unexpected EOF"), SSL.ZeroReturnError(), ConnectionResetError()):
            self.assertEqual(ofHandshake(error), (Outcome.HANDSHAKE_LEFT, ""))

    def test_others(self) -> None:
        """
        What we have no word for is in the library's words.
        """
        error = SSL.Error([("SSL routines", "", "moon in the wrong phase")])
        self.assertEqual(ofHandshake(error), (Outcome.HANDSHAKE_FAILED, "moon in the wrong phase"))

    def test_group(self) -> None:
        """
        Those of the handshake are known as such; what the operator has done is not the client's doing.
        """
        self.assertIn(Outcome.HANDSHAKE_TIMEOUT, HANDSHAKE_OUTCOMES)
        self.assertNotIn(Outcome.STOPPED, HANDSHAKE_OUTCOMES)
        self.assertNotIn(Outcome.FINISHED, HANDSHAKE_OUTCOMES)


class SessionOutcomeTests(SynchronousTestCase):
    """
    Why sessions end otherwise than by both sides closing them.  Real ones are in L{tests.sessions.test_joined}.
    """

    def test_client(self) -> None:
        """
        No close_notify, reset, and protocol errors are told from each other.
        """
        self.assertEqual(ofSession(SSL.SysCallError(-1, "Unexpected EOF"), True), (Outcome.TRUNCATED, ""))
        self.assertEqual(ofSession(SSL.SysCallError(104, "ECONNRESET"), True), (Outcome.CLIENT_RESET, os.strerror(104)))
        self.assertEqual(ofSession(TimeoutError(110, "timed out"), True), (Outcome.CLIENT_RESET, "timed out"))
        error = SSL.Error([("SSL routines", "", "bad record mac")])
        self.assertEqual(ofSession(error, True), (Outcome.PROTOCOL, "bad record mac"))

    def test_wordsAreUnique(self) -> None:
        """
        Reports can tell every outcome from every other.
        """
        self.assertEqual(len({outcome.value for outcome in Outcome}), len(list(Outcome)))
