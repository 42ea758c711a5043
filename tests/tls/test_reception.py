# -*- test-case-name: tests.tls.test_reception -*-
"""
Tests for L{sslpool.tls.reception} and L{sslpool.tls.contexts}: names, kinds of key and
protocols in real handshakes, and which sessions resume where.
"""

from __future__ import annotations

import contextlib
import ssl
import time

from attrs import evolve
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.portpolicy import PortPolicy
from sslpool.keydb.records import Credential
from sslpool.keydb.revocationcheck import Revoked
from sslpool.tls.anchors import makeAnchor
from sslpool.tls.binding import ffi, lib
from sslpool.tls.clienthello import NAMELESS, readHello
from sslpool.tls.contexts import labelOf, servedBy
from sslpool.tls.facts import factsOf, helloOf
from sslpool.tls.peers import Trust
from sslpool.tls.reception import Reception
from tests.doubles.certificates import makeAuthority, makeClient, makeRevocations, makeServer
from tests.tls.hellos import asking, helloOfLibrary, librarys
from tests.tls.meeting import VERSIONS, Meeting, Modern, authority, trusting
from tests.tls.reception import POLICY, Received, portPolicy, reception, showing
from tests.tls.test_signing import clientWith

KEY = rsa.generate_private_key(65537, 2048)


def server(label: str, *names: str, days: float = 30, withRsa: bool = False) -> Credential:
    """
    Return a server's certificate.
    """
    return makeServer(authority(), *names, label=label, days=days, key=KEY if withRsa else None)


class NameTests(SynchronousTestCase):
    """
    Which certificate a client gets.
    """

    def label(self, at: Reception, name: str, context: ssl.SSLContext | None = None) -> str:
        """
        Return the label that a client meets who asks for C{name} and checks it.
        """
        meeting = Received(at, context, name).shake()
        self.addCleanup(meeting.close)
        return labelOf(meeting.server)

    def test_names(self) -> None:
        """
        Each name gets the certificate that bears it.
        """
        at = reception(
            portPolicy("A", "B", "C"), server("A", "own.org"), server("B", "*.b.org"), server("C", "x.b.org")
        )
        for version in VERSIONS:
            for name, label in (("own.org", "A"), ("y.b.org", "B"), ("x.b.org", "C"), ("X.B.ORG", "C")):
                self.assertEqual(self.label(at, name, trusting(version)), label)
        unknown = trusting()
        unknown.check_hostname = False
        self.assertEqual(self.label(at, "elsewhere.org", unknown), "A")

    def test_kinds(self) -> None:
        """
        With RSA and ECDSA certificates for one name, ECDSA is shown to whoever can use it, and RSA to the others.
        """
        both = (server("A", "a.org", withRsa=True), server("B", "a.org"))
        at = reception(portPolicy("A", "B"), *both)
        for version in VERSIONS:
            self.assertEqual(self.label(at, "a.org", trusting(version)), "B")
        only = trusting(ssl.TLSVersion.TLSv1_2, "ECDHE-RSA-AES128-GCM-SHA256")
        self.assertEqual(self.label(at, "a.org", only), "A")

    def test_curves(self) -> None:
        """
        Of two curves, the one that stands first is shown to whoever can use it, and the other to the others.
        """
        large = makeServer(authority(), "a.org", label="P521", key=ec.generate_private_key(ec.SECP521R1()))
        at = reception(portPolicy("P521", "EC"), large, server("EC", "a.org"))
        groups = "X25519:P-256"
        for version in (SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION):
            for more, signatures, label in ((":P-521", ":ecdsa_secp521r1_sha512", "P521"), ("", "", "EC")):
                context = clientWith(version, groups + more, "ecdsa_secp256r1_sha256" + signatures)
                chosen = at.contextFor(readHello(helloOfLibrary(context, "a.org")), time.time())
                assert chosen is not None
                meeting = Modern(makeAnchor(POLICY), chosen, context)
                self.addCleanup(meeting.close)
                self.assertEqual(labelOf(meeting.shake().server), label)

    def test_address(self) -> None:
        """
        A client that connects to an address, and sends it as the name, gets the certificate that has it.
        """
        at = reception(evolve(portPolicy("A", "B"), strict=True), server("A", "a.org"), server("B", "192.0.2.1", "::1"))
        for name in ("192.0.2.1", "::1"):
            chosen = at.contextFor(readHello(librarys(name)), time.time())
            assert chosen is not None
            self.assertEqual(servedBy(SSL.Connection(chosen)).labels, ("B",))  # type: ignore[union-attr]
        self.assertIsNone(at.contextFor(readHello(librarys("192.0.2.2")), time.time()))

    def test_expired(self) -> None:
        """
        An expired certificate is not shown where another one bears the name, not even to whom it would suit better.
        """
        at = reception(portPolicy("A", "B"), server("A", "a.org", days=-1), server("B", "a.org", withRsa=True))
        for version in VERSIONS:
            self.assertEqual(self.label(at, "a.org", trusting(version)), "B")

    def test_later(self) -> None:
        """
        One that expires while the server runs is not shown from then on.
        """
        at = reception(portPolicy("A", "B"), server("A", "a.org", days=1), server("B", "a.org", days=9))
        now = time.time()
        first, later = at.contextFor(asking("a.org"), now), at.contextFor(asking("a.org"), now + 2 * 86400)
        assert first is not None
        assert later is not None
        self.assertEqual(servedBy(SSL.Connection(first)).labels, ("A",))  # type: ignore[union-attr]
        self.assertEqual(servedBy(SSL.Connection(later)).labels, ("B",))  # type: ignore[union-attr]

    def test_strict(self) -> None:
        """
        Where it is strict, nobody is there for other names, nor for none; what was not understood is the
        library's to judge.
        """
        at = reception(evolve(portPolicy("A"), strict=True), server("A", "a.org"))
        self.assertIsNotNone(at.contextFor(asking("a.org"), time.time()))
        self.assertIsNone(at.contextFor(asking("b.org"), time.time()))
        self.assertIsNone(at.contextFor(asking(), time.time()))
        self.assertIsNotNone(at.contextFor(NAMELESS, time.time()))

    def test_missing(self) -> None:
        """
        A label that is not there is left out; the port's own has to be there.
        """
        at = reception(portPolicy("A", "B"), server("A", "a.org"))
        unknown = trusting()
        unknown.check_hostname = False
        self.assertEqual(self.label(at, "b.org", unknown), "A")
        self.assertRaises(KeyError, reception, portPolicy("B", "A"), server("A", "a.org"))

    def test_shared(self) -> None:
        """
        Who has asked for no name of ours is served as anywhere else, with the same context as everywhere.
        """
        at = reception(portPolicy("A", "B"), server("A", "a.org"), server("B", "b.org"))
        for name in ("", "c.org"):
            self.assertIs(at.contextFor(asking(name), time.time()), at.labels["A"].context)
        named = at.contextFor(asking("b.org"), time.time())
        self.assertIsNot(named, at.labels["B"].context)
        self.assertIs(at.contextFor(asking("b.org"), time.time()), named)


class AcknowledgementTests(SynchronousTestCase):
    """
    Whether a client learns that the server name has chosen the certificate (RFC 6066 section 3).
    """

    def setUp(self) -> None:
        """
        Have a port with two labels.
        """
        self.at = reception(portPolicy("A", "B"), server("A", "a.org"), server("B", "b.org"))
        self.anchor = makeAnchor(POLICY)
        self.contexts = {
            version: clientWith(version, "X25519:P-256", "ecdsa_secp256r1_sha256")
            for version in (SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION)
        }

    def met(self, version: int, name: str, session: SSL.Session | None = None, plain: bool = False) -> Modern:
        """
        Return a meeting with a client after its handshake.

        @param session: what it resumes.
        @param plain: the port has one label, and looks at nothing.
        """
        context = self.contexts[version]
        chosen = self.at.contextFor(asking(name), time.time())
        assert chosen is not None
        meeting = Modern(self.anchor, self.at.labels["B"].context if plain else chosen, context)
        self.addCleanup(meeting.close)
        meeting.client.set_tlsext_host_name(name.encode("ascii"))
        if session is not None:
            meeting.client.set_session(session)
        meeting.shake()
        with contextlib.suppress(SSL.WantReadError):
            meeting.client.recv(1)  # the tickets of TLS 1.3
        return meeting

    def test_acknowledged(self) -> None:
        """
        A name that a label bears is acknowledged, any other one is not; nor is it by a port that does not look.
        """
        for version in self.contexts:
            for name, plain, expected in (("b.org", False, True), ("c.org", False, False), ("b.org", True, False)):
                client = self.met(version, name, plain=plain).client
                # A client keeps a name with its session that was acknowledged, as the sixth of what may be there.
                kept = b"\xa6\x07\x04\x05" + name.encode("ascii")
                self.assertEqual(kept in encoded(client), expected, (version, name, plain))

    def test_resumed(self) -> None:
        """
        Sessions are resumed, also where another port began them that does not look.  With TLS 1.2 the name is then not
        acknowledged again, and is still known if it was acknowledged once.
        """
        for version in self.contexts:
            for plain in (False, True):
                first = self.met(version, "b.org", plain=plain)
                again = self.met(version, "b.org", first.client.get_session())
                self.assertTrue(factsOf(again.server).resumed)
                isModern = version == SSL.TLS1_3_VERSION
                self.assertEqual(helloOf(again.server).name, "" if plain and not isModern else "b.org")
                if not isModern:
                    self.assertEqual(0 in extensionsOf(first.seen), not plain)
                    self.assertNotIn(0, extensionsOf(again.seen))


def encoded(connection: SSL.Connection) -> bytes:
    """
    Return the session of a connection as OpenSSL keeps it.
    """
    session = lib.SSL_get_session(connection._ssl)
    room = ffi.new("unsigned char[]", lib.i2d_SSL_SESSION(session, ffi.NULL))
    lib.i2d_SSL_SESSION(session, ffi.new("unsigned char **", room))
    return bytes(ffi.buffer(room))


def extensionsOf(seen: bytes) -> set[int]:
    """
    Return the kinds of extensions in a ServerHello (RFC 5246 section 7.4.1.3).
    """
    at = 5 + 4 + 2 + 32
    at += 1 + seen[at] + 2 + 1
    end, found = at + 2 + int.from_bytes(seen[at : at + 2]), set()
    at += 2
    while at < end:
        found.add(int.from_bytes(seen[at : at + 2]))
        at += 4 + int.from_bytes(seen[at + 2 : at + 4])
    return found


class ProtocolTests(SynchronousTestCase):
    """
    ALPN.
    """

    def agreed(self, ours: tuple[str, ...], theirs: list[str], version: ssl.TLSVersion) -> str | None:
        """
        Return the protocol that is agreed upon; both sides know it.
        """
        at = reception(evolve(portPolicy("A"), alpn=ours), server("A", "localhost"))
        context = trusting(version)
        if theirs:
            context.set_alpn_protocols(theirs)
        meeting = Received(at, context).shake()
        self.addCleanup(meeting.close)
        selected = meeting.client.selected_alpn_protocol()
        self.assertEqual(factsOf(meeting.server).alpn, selected or "")
        return selected

    def test_order(self) -> None:
        """
        Our order counts; a client without ALPN gets in without.
        """
        for version in VERSIONS:
            self.assertEqual(self.agreed(("h2", "http/1.1"), ["http/1.1", "h2"], version), "h2")
            self.assertEqual(self.agreed(("h2", "http/1.1"), ["x", "http/1.1"], version), "http/1.1")
            self.assertIsNone(self.agreed(("h2",), [], version))
            self.assertIsNone(self.agreed((), ["h2"], version))

    def test_none(self) -> None:
        """
        A client that names other protocols only is refused with the alert for it.
        """
        for version in VERSIONS:
            at = reception(evolve(portPolicy("A"), alpn=("h2",)), server("A", "localhost"))
            context = trusting(version)
            context.set_alpn_protocols(["imap"])
            meeting = Received(at, context)
            self.addCleanup(meeting.close)
            error = self.assertRaises(SSL.Error, meeting.shake)
            self.assertIn("no application protocol", str(error))
            meeting.take()
            refused = self.assertRaises(ssl.SSLError, meeting.client.do_handshake)
            self.assertIn("NOAPPLICATIONPROTOCOL", str(refused).upper().replace("_", "").replace(" ", ""))


class BindingTests(SynchronousTestCase):
    """
    Which sessions resume where, with names switched between (CVE-2025-23419).
    """

    def setUp(self) -> None:
        """
        Have an anchor, as all servers have the same, labels, and authorities of clients.
        """
        self.anchor = makeAnchor(POLICY)
        self.open, self.closed = server("A", "open.org"), server("B", "closed.org")
        self.authority, self.other = makeAuthority("Clients CA"), makeAuthority("Other CA")
        self.trust = Trust((self.authority.certificate,))

    def at(self, policy: PortPolicy, *more: Credential, trust: Trust | None = None) -> Reception:
        """
        Return a port of a server of its own.
        """
        present = {each.label: each for each in (self.open, self.closed, *more)}
        return reception(policy, *present.values(), trust=trust or self.trust)

    def resumes(
        self,
        first: Reception,
        name: str,
        second: Reception,
        other: str,
        version: ssl.TLSVersion,
        client: Credential | None = None,
    ) -> bool:
        """
        Begin a session for C{name} at one port, and try to resume it for C{other} at another.

        @raise SSL.Error: the second handshake did not succeed.
        """
        context = showing(client, self.mktemp(), version)
        begun = Received(first, context, name, anchor=self.anchor).shake()
        self.addCleanup(begun.close)
        again = Received(second, context, other, begun.client.session, self.anchor)
        self.addCleanup(again.close)
        return bool(again.shake().client.session_reused)

    def test_sameName(self) -> None:
        """
        A session resumes for its own name, at any server, whichever label of the port it is.
        """
        policy = portPolicy("A", "B")
        for version in VERSIONS:
            for name in ("open.org", "closed.org"):
                self.assertTrue(self.resumes(self.at(policy), name, self.at(policy), name, version))

    def test_otherName(self) -> None:
        """
        Not for a name of another label, in either direction, nor at a port where that label is the own one.
        """
        policy, turned = portPolicy("A", "B"), portPolicy("B", "A")
        for version in VERSIONS:
            for second in (policy, turned):
                for name, other in (("open.org", "closed.org"), ("closed.org", "open.org")):
                    self.assertFalse(self.resumes(self.at(policy), name, self.at(second), other, version))

    def test_certificateDemanded(self) -> None:
        """
        A session that was begun without a certificate of the client opens no label that demands one.
        """
        policy = portPolicy("A", "B=REQUIRED")
        for version in VERSIONS:
            at = self.at(policy)
            self.assertRaises(SSL.Error, self.resumes, at, "open.org", at, "closed.org", version)
            # Nor the same label at a port that demands one.
            both = [self.at(portPolicy("A", check=check)) for check in ("NONE", "REQUIRED")]
            self.assertRaises(SSL.Error, self.resumes, both[0], "open.org", both[1], "open.org", version)
            preferred = self.at(portPolicy("A", check="PREFERRED"))
            self.assertRaises(SSL.Error, self.resumes, preferred, "open.org", both[1], "open.org", version)

    def test_policy(self) -> None:
        """
        With a good certificate, a session resumes under the same policy, and a full handshake is
        needed under any other.
        """
        client = makeClient(self.authority)
        policy = portPolicy("A", check="REQUIRED")
        ours = (self.authority.certificate,)
        listed = Trust(ours, Revoked((makeRevocations(self.authority),), ours))
        more = Trust((self.authority.certificate, self.other.certificate))
        for version in VERSIONS:
            first = self.at(policy)
            self.assertTrue(self.resumes(first, "open.org", self.at(policy), "open.org", version, client))
            for second in (
                self.at(portPolicy("A", check="PREFERRED")),
                self.at(portPolicy("A")),
                self.at(portPolicy("A", check="REQUIRED", depth=2)),
                self.at(portPolicy("A", check="REQUIRED", rules=(("CN", "cl*"),))),
                self.at(evolve(policy, alpn=("h2",))),
                self.at(policy, trust=listed),
                self.at(policy, trust=more),
                self.at(policy, server("A", "open.org")),
            ):
                self.assertFalse(self.resumes(first, "open.org", second, "open.org", version, client))

    def test_withdrawn(self) -> None:
        """
        A client whose authority is withdrawn, or whose certificate is revoked, does not get in by resuming.
        """
        client = makeClient(self.authority)
        policy = portPolicy("A", check="REQUIRED")
        ours = (self.authority.certificate,)
        revoked = Trust(ours, Revoked((makeRevocations(self.authority, client.certificate),), ours))
        for version in VERSIONS:
            for trust in (Trust((self.other.certificate,)), revoked):
                second = self.at(policy, trust=trust)
                self.assertRaises(
                    SSL.Error, self.resumes, self.at(policy), "open.org", second, "open.org", version, client
                )

    def test_unchanged(self) -> None:
        """
        A REFRESH that changed nothing changes nothing.
        """
        client = makeClient(self.authority)
        policy = portPolicy("A", "B", check="REQUIRED")
        turned = Trust((self.other.certificate, self.authority.certificate))
        straight = Trust((self.authority.certificate, self.other.certificate))
        for version in VERSIONS:
            first, second = self.at(policy, trust=straight), self.at(policy, trust=turned)
            self.assertTrue(self.resumes(first, "closed.org", second, "closed.org", version, client))

    def test_strictToo(self) -> None:
        """
        A port that is strict, and one that is not, serve a label alike: what they differ in is decided before.
        """
        policy = portPolicy("A", "B")
        second = self.at(evolve(policy, strict=True))
        for version in VERSIONS:
            self.assertTrue(self.resumes(self.at(policy), "open.org", second, "open.org", version))

    def test_plainPort(self) -> None:
        """
        A session of a port that demands a certificate does not open one that asks for nothing
        without a full handshake, nor the other way round.
        """
        client = makeClient(self.authority)
        plain = self.at(portPolicy("A"))
        context = showing(client, self.mktemp(), VERSIONS[1])
        begun = Received(self.at(portPolicy("A", check="REQUIRED")), context, "open.org", anchor=self.anchor).shake()
        self.addCleanup(begun.close)
        label = plain.labels["A"].context
        again = Meeting(self.anchor, label, context, begun.client.session, "open.org").shake()
        self.addCleanup(again.close)
        self.assertFalse(again.client.session_reused)
