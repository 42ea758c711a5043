# -*- test-case-name: tests.tls.test_policy -*-
"""
Tests for L{sslpool.tls.policy}: what comes of it, in real handshakes.
"""

from __future__ import annotations

import ssl
import warnings
from functools import partial

from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import ServerParameters
from sslpool.keydb.records import Credential
from sslpool.messages import OperatorError
from sslpool.tls.anchors import makeAnchor
from sslpool.tls.binding import ffi, lib
from sslpool.tls.ciphers import SUITES
from sslpool.tls.facts import factsOf
from sslpool.tls.policy import Policy
from tests.doubles.certificates import makePss
from tests.tls.meeting import (
    VERSIONS,
    Modern,
    authority,
    contextOf,
    elliptic,
    meet,
    meetLibrary,
    trusting,
    withDsa,
    withRsa,
)

MODERN = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
TLS12, TLS13 = VERSIONS


def ancient(version: ssl.TLSVersion) -> ssl.SSLContext:
    """
    Return the context of a client that has a version which nobody should have.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return trusting(version, "ALL:@SECLEVEL=0")


EARLY = b"GET / HTTP/1.1\r\n" * 100
MOST_EARLY = 1 << 14
NO_ANTI_REPLAY = 1 << 24
"""
OpenSSL's C{SSL_OP_NO_ANTI_REPLAY}, without which tickets for early data are of another kind.
"""


class EarlyDataTests(SynchronousTestCase):
    """
    Data in the first flight of a session that is resumed, 0-RTT (RFC 8446 section 2.3), which nobody is offered.
    """

    def setUp(self) -> None:
        """
        Have a client.
        """
        self.context = SSL.Context(SSL.TLS_CLIENT_METHOD)

    def begun(self, anchor: SSL.Context, label: SSL.Context) -> Modern:
        """
        Return a meeting in which the client has got its tickets.
        """
        meeting = Modern(anchor, label, self.context)
        self.addCleanup(meeting.close)
        meeting.shake()
        self.assertRaises(SSL.WantReadError, meeting.client.recv, 1)
        return meeting

    def test_notOffered(self) -> None:
        """
        Our tickets permit none.
        """
        first = self.begun(makeAnchor(Policy()), contextOf(Policy()))
        session = first.client.get_session()
        assert session is not None
        self.assertEqual(lib.SSL_SESSION_get_max_early_data(session._session), 0)

    def test_refused(self) -> None:
        """
        A client that sends some nevertheless is refused it and goes on: the session is resumed, and what the client
        sends then is all that is received.
        """
        anchor, label = makeAnchor(Policy()), contextOf(Policy())
        lib.SSL_CTX_set_options(anchor._context, NO_ANTI_REPLAY)
        for each in (anchor, label):
            lib.SSL_CTX_set_max_early_data(each._context, MOST_EARLY)
        first = self.begun(anchor, label)
        lib.SSL_CTX_set_max_early_data(anchor._context, 0)
        again = Modern(anchor, contextOf(Policy()), self.context)
        self.addCleanup(again.close)
        session = first.client.get_session()
        assert session is not None
        again.client.set_session(session)
        written = ffi.new("size_t *")
        self.assertEqual(lib.SSL_write_early_data(again.client._ssl, EARLY, len(EARLY), written), 1)
        self.assertEqual(written[0], len(EARLY))
        again.shake()
        self.assertTrue(factsOf(again.server).resumed)
        again.client.send(b"hello")
        again.carry()
        self.assertEqual(again.server.recv(100), b"hello")


class PolicyTests(SynchronousTestCase):
    """
    From VMSSL operands to handshakes.
    """

    def agreed(
        self, parameters: ServerParameters, context: ssl.SSLContext | None = None, credential: Credential | None = None
    ) -> tuple[str | None, str]:
        """
        Return what client and server agree upon: version and suite.
        """
        meeting = meet(Policy.of(parameters), context, credential)
        self.addCleanup(meeting.close)
        cipher = meeting.client.cipher()
        assert cipher is not None
        return meeting.client.version(), cipher[0]

    def refuses(self, parameters: ServerParameters, context: ssl.SSLContext, reason: str) -> None:
        """
        See that server and client do not agree, for C{reason}.
        """
        error = self.assertRaises(SSL.Error, meet, Policy.of(parameters), context)
        self.assertIn(reason, str(error))

    def test_default(self) -> None:
        """
        TLS 1.2 and 1.3, and nothing older.
        """
        parameters = ServerParameters()
        self.assertEqual(Policy.of(parameters).protocolNames(), ("TLSv1.2", "TLSv1.3"))
        self.assertEqual(self.agreed(parameters), ("TLSv1.3", "TLS_AES_128_GCM_SHA256"))
        self.assertEqual(self.agreed(parameters, trusting(TLS12)), ("TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256"))
        self.refuses(parameters, ancient(ssl.TLSVersion.TLSv1_1), "unsupported protocol")

    def test_withoutHardware(self) -> None:
        """
        A client that prefers ChaCha20 gets it; otherwise it is our order that counts.
        """
        chacha, aes = "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES256-GCM-SHA384"
        prefers = trusting(TLS12, f"{chacha}:{aes}")
        self.assertEqual(self.agreed(ServerParameters(), prefers), ("TLSv1.2", chacha))
        prefers = trusting(TLS12, f"{aes}:ECDHE-ECDSA-AES128-GCM-SHA256")
        self.assertEqual(self.agreed(ServerParameters(), prefers), ("TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256"))

    def test_protocol(self) -> None:
        """
        One version only, either way.
        """
        for only, other, name in ((TLS12, TLS13, "TLSV1_2"), (TLS13, TLS12, "TLSV1_3")):
            parameters = ServerParameters(protocols=(name,))
            self.assertEqual(self.agreed(parameters, trusting(only))[0], name.replace("_", ".").replace("TLSV", "TLSv"))
            self.refuses(parameters, trusting(other), "unsupported protocol")
            self.agreed(parameters)

    def test_mode(self) -> None:
        """
        MODE leaves TLS 1.2 and 1.3 with AES-GCM, whatever else is asked for.
        """
        parameters = ServerParameters(
            protocols=("TLSV1_0", "TLSV1_2", "TLSV1_3"), enable=("RSA_AES_128",), mode="FIPS-140-2"
        )
        policy = Policy.of(parameters)
        self.assertEqual(policy.protocolNames(), ("TLSv1.2", "TLSv1.3"))
        self.assertEqual([suite.library for suite in policy.suites if "GCM" not in suite.library], [])
        self.refuses(parameters, trusting(TLS12, "ECDHE-ECDSA-CHACHA20-POLY1305"), "no shared cipher")
        self.assertEqual(self.agreed(parameters, trusting(TLS12)), ("TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256"))
        ancient = ServerParameters(protocols=("TLSV1_1",), enable=("RSA_AES_128",), mode="NIST-800-131A")
        self.assertRaises(OperatorError, Policy.of, ancient)

    def test_hole(self) -> None:
        """
        A version that is left out between two others is not used.
        """
        parameters = ServerParameters(protocols=("TLSV1_1", "TLSV1_3"), enable=("RSA_AES_128",))
        self.assertEqual(Policy.of(parameters).protocolNames(), ("TLSv1.1", "TLSv1.3"))
        self.agreed(parameters, trusting(TLS13))
        self.refuses(parameters, trusting(TLS12), "no shared cipher")

    def test_ancient(self) -> None:
        """
        TLS 1.0 and 1.1 work where PROTOCOL and ENABLE ask for them.
        """
        parameters = ServerParameters(protocols=("TLSV1_0", "TLSV1_1", "TLSV1_2"), enable=("RSA_AES_128",))
        for version, name in ((ssl.TLSVersion.TLSv1, "TLSv1"), (ssl.TLSVersion.TLSv1_1, "TLSv1.1")):
            self.assertEqual(self.agreed(parameters, ancient(version), withRsa()), (name, "AES128-SHA"))

    def test_ancientWithoutSuite(self) -> None:
        """
        They do not count where there is no suite that they could use.
        """
        parameters = ServerParameters(protocols=("TLSV1_0", "TLSV1_2"))
        self.assertEqual(Policy.of(parameters).protocolNames(), ("TLSv1.2",))
        self.assertFailsWith("SSLP131E", ServerParameters(protocols=("TLSV1_0",)))

    def test_exemptModern(self) -> None:
        """
        Without the suites of TLS 1.3, clients that have it get TLS 1.2.
        """
        parameters = ServerParameters(exempt=MODERN)
        self.assertEqual(Policy.of(parameters).protocolNames(), ("TLSv1.2",))
        self.assertEqual(self.agreed(parameters)[0], "TLSv1.2")

    def test_exemptClassic(self) -> None:
        """
        Without the suites of TLS 1.2, only clients that have TLS 1.3 get in.
        """
        parameters = ServerParameters(exempt=tuple(suite.name for suite in SUITES if suite.default and not suite.tls13))
        self.assertEqual(self.agreed(parameters)[0], "TLSv1.3")
        self.refuses(parameters, trusting(TLS12), "unsupported protocol")

    def test_exempt(self) -> None:
        """
        A suite that is exempt is not agreed upon.
        """
        self.assertEqual(self.agreed(ServerParameters(exempt=MODERN[:1])), ("TLSv1.3", MODERN[1]))
        only = trusting(TLS12, "ECDHE-ECDSA-AES256-GCM-SHA384")
        self.agreed(ServerParameters(), only)
        self.refuses(ServerParameters(exempt=("ECDHE_ECDSA_AES_256_GCM",)), only, "no shared cipher")

    def test_exemptStrength(self) -> None:
        """
        EXEMPT MEDIUM leaves the strong ones.
        """
        parameters = ServerParameters(exemptStrength="MEDIUM")
        self.assertEqual(self.agreed(parameters), ("TLSv1.3", MODERN[1]))
        self.refuses(parameters, trusting(TLS12, "ECDHE-ECDSA-AES128-GCM-SHA256"), "no shared cipher")

    def test_renegotiation(self) -> None:
        """
        Neither renegotiation nor compression.
        """
        meeting = meet(Policy(), trusting(TLS12), elliptic())
        self.addCleanup(meeting.close)
        self.assertIsNone(meeting.client.compression())
        self.assertRaises(SSL.Error, meeting.server.renegotiate)

    def assertFailsWith(self, messageId: str, parameters: ServerParameters) -> None:
        """
        See that the operands are refused with a message.
        """
        error = self.assertRaises(OperatorError, Policy.of, parameters)
        self.assertEqual(error.said.id, messageId)

    def test_nothingLeft(self) -> None:
        """
        Operands that exclude everything are refused.
        """
        self.assertFailsWith("SSLP131E", ServerParameters(exemptStrength="HIGH"))
        self.assertFailsWith("SSLP131E", ServerParameters(exempt=MODERN, protocols=("TLSV1_3",)))

    def test_idle(self) -> None:
        """
        A version with which no label can be reached is told, unless none can be reached at all.
        """
        policy = Policy.of(ServerParameters(protocols=("TLSV1_1", "TLSV1_2"), enable=("RSA_AES_128",)))
        self.assertEqual(policy.idle([elliptic()]), ("TLSV1_1",))
        self.assertEqual(policy.idle([elliptic(), withRsa()]), ())
        self.assertEqual(policy.idle([]), ())
        self.assertEqual(Policy().idle([elliptic()]), ())

    def test_unserved(self) -> None:
        """
        Labels whose keys fit none of the suites in use are named; with TLS 1.3 there are none but those with DSA keys.
        """
        credentials = [elliptic(), withRsa(), withDsa()]

        def unserved(*exempt: str, protocols: tuple[str, ...] = ("TLSV1_2",), enable: tuple[str, ...] = ()) -> str:
            policy = Policy.of(ServerParameters(exempt=exempt, enable=enable, protocols=protocols))
            return "; ".join(fields["key"] for fields in policy.unserved(credentials))

        elliptics = [suite.name for suite in SUITES if suite.default and "_ECDSA_" in suite.iana]
        rsas = [suite.name for suite in SUITES if suite.default and "_RSA_" in suite.iana]
        self.assertEqual(unserved(), "DSA 2048")
        self.assertEqual(unserved(*elliptics), "EC P-256; DSA 2048")
        self.assertEqual(unserved(*rsas), "RSA 2048; DSA 2048")
        self.assertEqual(unserved(*rsas, enable=("RSA_AES_128", "DHE_DSS_AES_128")), "")
        self.assertEqual(unserved(*elliptics, *rsas, protocols=("TLSV1_3",)), "DSA 2048")
        credentials[:] = [makePss(authority())]
        self.assertEqual(unserved(*elliptics), "")
        self.assertEqual(unserved(*elliptics, *rsas, enable=("RSA_AES_128",)), "RSA 2048")

    def test_notProvided(self) -> None:
        """
        A suite that is known and not provided may be exempt.
        """
        self.assertEqual(Policy.of(ServerParameters(exempt=("RC4_128_SHA",))), Policy())

    def test_fallback(self) -> None:
        """
        A client that says it has fallen back from a newer version is refused (RFC 7507),
        and one that has no newer version is not.
        """
        fallback = 0x80

        def old(mode: int, context: SSL.Context) -> None:
            context.set_max_proto_version(SSL.TLS1_2_VERSION)
            context.set_mode(mode)

        meetLibrary(self, Policy(), elliptic(), partial(old, 0))
        error = self.assertRaises(SSL.Error, meetLibrary, self, Policy(), elliptic(), partial(old, fallback))
        self.assertIn("inappropriate fallback", str(error))
        only = Policy.of(ServerParameters(protocols=("TLSV1_2",)))
        meetLibrary(self, only, elliptic(), partial(old, fallback))

    def test_cacheLife(self) -> None:
        """
        CACHELIFE is taken over.
        """
        self.assertEqual(Policy.of(ServerParameters(cacheLife=60)).cacheLife, 60)
