# -*- test-case-name: tests.sessions.test_hello -*-
"""
Tests for L{sslpool.sessions.hello}: sessions of ports with several labels, ALPN and certificates of clients.
"""

from __future__ import annotations

import socket
import ssl

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.portpolicy import PortPolicy
from sslpool.config.securing import Dynamic
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.exchange import exportPem
from sslpool.keydb.records import Credential
from sslpool.sessions.hello import DECODE_ERROR, UNRECOGNIZED_NAME
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Phase
from sslpool.sessions.session import Session
from sslpool.tls import peers, verification
from sslpool.tls.clienthello import LONGEST
from sslpool.tls.labels import buildLabels
from sslpool.tls.peers import ClientCheck, Trust
from sslpool.tls.policy import Policy
from tests import derwriting
from tests.derwriting import Draft
from tests.doubles.certificates import makeAuthority, makeClient, makeServer, newKey
from tests.server.ends import Application, Client
from tests.server.scene import Scene, authority, portTo
from tests.tls.hellos import clientHello, inRecords, librarys, vector
from tests.tls.reception import portPolicy, showing
from tests.tls.test_oddpeers import EXTENSIONS, SUBJECTS


class ReceptionTests(SynchronousTestCase):
    """
    A relay with labels A for a.org and B for b.org.
    """

    def setUp(self) -> None:
        """
        Have a relay and an application.
        """
        self.scene = Scene(self)
        self.application = self.scene.join(Application.tcp())
        self.clients = makeAuthority("Clients CA")
        self.scene.relay.trust = Trust((self.clients.certificate,))
        self.relabel(makeServer(authority(), "a.org", label="A"), makeServer(authority(), "b.org", label="B"))

    def relabel(self, *credentials: Credential) -> None:
        """
        Replace the labels, as REFRESH does.
        """
        self.scene.relay.labels = buildLabels(credentials, Policy(), 1)

    def port(self, policy: PortPolicy) -> None:
        """
        Have a port with this policy.
        """
        self.scene.relay.setPort(evolve(portTo(self.application.address, label="A"), policy=policy))

    def context(self, credential: Credential | None = None) -> ssl.SSLContext:
        """
        Return the context of a client that does not look at the server's name.
        """
        context = showing(credential, self.mktemp())
        context.load_verify_locations(cadata=exportPem([authority().certificate]).decode("ascii"))
        return context

    def enter(self, client: Client) -> Session:
        """
        Let a client in, and see that data goes both ways.
        """
        peer = self.scene.established(self.application, client)
        session = self.scene.session
        peer.send(b"hello")
        client.send(b"hi")
        self.scene.until(lambda: client.received == b"hello" and peer.received == b"hi")
        return session

    def leave(self, client: Client) -> None:
        """
        End the session in good order.
        """
        client.end()
        self.application.peers[-1].close()
        self.scene.until(lambda: self.scene.region.sessions == 0)

    def record(self) -> tuple[str, str, str]:
        """
        Return label, certificate and objection as QUERY SESSIONS shows them.
        """
        (record,) = self.scene.relay.sessionRecords("SSL00001", 0, 9)
        return record.label, record.peer, record.objection

    def test_label(self) -> None:
        """
        The label that a client has met is that of its session; the name that it asked for is shown with it.
        """
        self.port(portPolicy("A", "B"))
        for name, label in (("a.org", "A"), ("b.org", "B"), ("c.org", "A")):
            client = self.scene.client(context=self.context(), name=name)
            session = self.enter(client)
            self.assertIs(session.phase, Phase.RELAYING)
            self.assertEqual(self.record(), (label, "", ""))
            (record,) = self.scene.relay.sessionRecords("SSL00001", 0, 9)
            self.assertEqual((record.name, record.group), (name, "X25519"))
            self.leave(client)

    def test_refresh(self) -> None:
        """
        A client that comes after REFRESH gets the new certificate.
        """
        self.port(portPolicy("A", "B"))
        for _ in range(2):
            fresh = makeServer(authority(), "b.org", label="B")
            self.relabel(makeServer(authority(), "a.org", label="A"), fresh)
            client = self.scene.client(context=self.context(), name="b.org")
            self.enter(client)
            shown = client.tls.getpeercert(binary_form=True)
            self.assertEqual(shown, ssl.PEM_cert_to_DER_cert(exportPem([fresh.certificate]).decode("ascii")))
            self.leave(client)

    def test_split(self) -> None:
        """
        A first message that comes in pieces is waited for without being woken for each octet.
        """
        self.port(portPolicy("A", "B"))
        hello = librarys("b.org")
        client = self.scene.rawClient()
        self.scene.until(lambda: self.scene.relay.sessions)
        client.send(hello[:3])
        self.scene.until(lambda: client.sent)
        self.scene.calm()
        self.assertIs(self.scene.session.phase, Phase.HELLO)
        self.assertLess(self.scene.calm(), 3)
        client.send(hello[3:200])
        self.scene.until(lambda: client.sent)
        self.assertLess(self.scene.calm(), 3)
        self.assertIs(self.scene.session.phase, Phase.HELLO)
        client.send(hello[200:])
        self.scene.until(lambda: client.received)
        self.assertIs(self.scene.session.phase, Phase.HANDSHAKE)
        client.close()
        self.scene.ended(Outcome.HANDSHAKE_LEFT)

    def test_halfAndGone(self) -> None:
        """
        A client that leaves in the middle of its first message is let go at once.
        """
        self.port(portPolicy("A", "B"))
        client = self.scene.rawClient()
        client.send(librarys("b.org")[:100])
        self.scene.until(lambda: client.sent and self.scene.relay.sessions)
        self.scene.calm()
        client.socket.shutdown(socket.SHUT_WR)
        self.scene.ended(Outcome.HANDSHAKE_LEFT)

    def test_tooSlow(self) -> None:
        """
        The time limit of the handshake counts from the first octet on.
        """
        self.port(portPolicy("A", "B"))
        client = self.scene.rawClient()
        client.send(librarys("b.org")[:100])
        self.scene.until(lambda: client.sent and self.scene.relay.sessions)
        self.scene.calm()
        self.assertIs(self.scene.session.phase, Phase.HELLO)
        self.scene.sweep(10.1)
        self.scene.ended(Outcome.HANDSHAKE_TIMEOUT)

    def test_strict(self) -> None:
        """
        A name that nobody bears is refused with the alert for it.
        """
        self.port(evolve(portPolicy("A", "B"), strict=True))
        for hello, name in ((librarys("c.org"), "c.org"), (librarys(None), "none")):
            client = self.scene.rawClient()
            client.send(hello)
            self.scene.until(lambda client=client: client.over)  # type: ignore[misc]
            self.assertEqual(bytes(client.received), UNRECOGNIZED_NAME)
            self.assertIsNone(client.failure)
            self.scene.drained()
            self.assertEqual(self.scene.observer.ends[-1][1:], (Outcome.HANDSHAKE_NAME, name))
        client = self.scene.client(context=self.context(), name="c.org")
        self.scene.until(lambda: client.over)
        self.assertIn("UNRECOGNIZEDNAME", str(client.failure).upper().replace("_", "").replace(" ", ""))
        self.scene.drained()
        client = self.scene.client(context=self.context(), name="b.org")
        self.enter(client)

    def test_malformed(self) -> None:
        """
        What is no ClientHello is the library's to judge, also where names are strict.
        """
        self.port(evolve(portPolicy("A", "B"), strict=True))
        client = self.scene.rawClient()
        client.send(inRecords(clientHello((10, b"\0")), 999))
        self.scene.ended(Outcome.HANDSHAKE_FAILED)
        self.scene.until(lambda: client.over)
        self.assertEqual(bytes(client.received), DECODE_ERROR)

    def test_longest(self) -> None:
        """
        The longest first message is understood in small records; a longer one is refused with an alert.
        """
        self.port(evolve(portPolicy("A", "B"), strict=True))
        name = (0, vector(b"\0" + vector(b"c.org")))
        for length, alert, outcome in (
            (LONGEST, UNRECOGNIZED_NAME, Outcome.HANDSHAKE_NAME),
            (LONGEST + 1, DECODE_ERROR, Outcome.HANDSHAKE_LENGTH),
        ):
            client = self.scene.rawClient()
            client.send(inRecords(clientHello(name, length=length), 10, 20))
            self.scene.until(lambda client=client: client.over)  # type: ignore[misc]
            self.assertEqual(bytes(client.received), alert)
            self.scene.drained()
            self.assertIs(self.scene.observer.ends[-1][1], outcome)

    def test_cleartext(self) -> None:
        """
        Somebody who does not speak TLS is told apart, also where names are strict.
        """
        self.port(evolve(portPolicy("A", "B"), strict=True))
        client = self.scene.rawClient()
        client.send(b"GET / HTTP/1.1\r\n\r\n")
        self.scene.ended(Outcome.HANDSHAKE_HTTP)

    def test_alpn(self) -> None:
        """
        The application's protocol is agreed upon, and shown; without any in common nobody gets in.
        """
        self.port(evolve(portPolicy("A"), alpn=("h2",)))
        context = self.context()
        context.set_alpn_protocols(["http/1.1", "h2"])
        client = self.scene.client(context=context)
        self.enter(client)
        self.assertEqual(self.scene.relay.sessionRecords("S", 0, 9)[0].alpn, "h2")
        self.leave(client)
        context.set_alpn_protocols(["imap"])
        self.scene.client(context=context)
        self.scene.drained()
        self.assertTrue(self.scene.relay.outcomes[Outcome.HANDSHAKE_PROTOCOL])

    def test_good(self) -> None:
        """
        A good certificate of a client is shown with its session.
        """
        for level in ("PREFERRED", "REQUIRED"):
            self.port(portPolicy("A", check=level))
            client = self.scene.client(context=self.context(makeClient(self.clients, "jane")))
            session = self.enter(client)
            self.assertIs(session.phase, Phase.RELAYING)
            self.assertEqual(self.record(), ("A", "CN=jane", ""))
            self.leave(client)
        self.assertEqual(self.scene.observer.doubts, [])

    def test_bad(self) -> None:
        """
        A bad one does not get in where one is required; otherwise it is told of, and the session goes on.
        """
        bad = makeClient(self.clients, "jane", -1)
        self.port(portPolicy("A", check="PREFERRED"))
        client = self.scene.client(context=self.context(bad))
        self.enter(client)
        self.assertEqual(self.record(), ("A", "CN=jane", "certificate has expired"))
        self.assertEqual(self.scene.observer.doubts, [(1, "CN=jane: certificate has expired")])
        self.leave(client)
        self.port(portPolicy("A", check="REQUIRED"))
        refused = self.scene.client(context=self.context(bad))
        self.scene.until(lambda: refused.over)
        self.scene.drained()
        self.assertTrue(self.scene.relay.outcomes[Outcome.HANDSHAKE_CERTIFICATE])
        self.assertEqual(len(self.application.peers), 1)

    def test_odd(self) -> None:
        """
        Many clients at once whose certificates have odd names: of a trusted authority they are as others, of none they
        are told of; every session is listed with what is shown of it, and nothing is a mistake of ours.
        """
        key = newKey()
        expected: list[tuple[str, str]] = []
        for issuer, level, objection in (
            (self.clients, "REQUIRED", ""),
            (self.clients, "PREFERRED", ""),
            (None, "PREFERRED", "self-signed certificate"),
        ):
            self.port(portPolicy("A", check=level))
            for subject, shown in (*SUBJECTS, (derwriting.name(), "SHA-256 ")):
                draft = Draft(key, subject, EXTENSIONS[1:2] if shown == "CN=maria" else (), bytes([2 + len(expected)]))
                der = draft.selfSigned() if issuer is None else draft.issuedBy(issuer)
                context = self.context(Credential("CLIENT", Certificate.of(der), (), key))
                self.scene.established(self.application, self.scene.client(context=context))
                expected.append((shown, objection))
        records = self.scene.relay.sessionRecords("SSL00001", 0, 99)
        for record, (shown, objection) in zip(records, expected, strict=True):
            self.assertEqual((record.peer[: len(shown)], record.objection), (shown, objection))
        self.assertEqual(len(self.scene.observer.doubts), len(SUBJECTS) + 1)
        self.assertEqual(self.scene.observer.faults + verification.takeFaults(), [])
        self.assertEqual(self.scene.observer.ends, [])

    def test_none(self) -> None:
        """
        Without one a client gets in unless it is required.
        """
        self.port(portPolicy("A", check="PREFERRED"))
        client = self.scene.client(context=self.context())
        self.enter(client)
        self.assertEqual(self.record(), ("A", "", ""))
        self.leave(client)
        self.port(portPolicy("A", check="REQUIRED"))
        self.scene.client(context=self.context())
        self.scene.drained()
        self.assertTrue(self.scene.relay.outcomes[Outcome.HANDSHAKE_NO_CERTIFICATE])

    def test_byName(self) -> None:
        """
        Only the names of a label that demands a certificate demand one.
        """
        self.port(portPolicy("A", "B=REQUIRED"))
        client = self.scene.client(context=self.context(), name="a.org")
        self.enter(client)
        self.leave(client)
        self.scene.client(context=self.context(), name="b.org")
        self.scene.drained()
        self.assertTrue(self.scene.relay.outcomes[Outcome.HANDSHAKE_NO_CERTIFICATE])

    def test_expiredSince(self) -> None:
        """
        A session is not resumed with a certificate that has expired since it was begun.
        """
        self.port(portPolicy("A", check="REQUIRED"))
        context = self.context(makeClient(self.clients))
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        client = self.scene.client(context=context)
        self.enter(client)
        session = client.tls.session
        self.leave(client)
        self.patch(peers, "time", _Later())
        again = self.scene.client(session, context)
        self.scene.until(lambda: again.over)
        again.end()
        self.scene.drained()
        self.assertTrue(self.scene.relay.outcomes[Outcome.HANDSHAKE_CERTIFICATE])
        self.assertEqual(self.scene.observer.ends[-1][2], "certificate has expired")
        self.assertEqual(len(self.application.peers), 1)

    def test_fault(self) -> None:
        """
        A mistake of ours in the callback of the library lets nobody in.
        """

        def judge(*arguments: object) -> int:
            raise ZeroDivisionError("ours")

        self.patch(ClientCheck, "judge", judge)
        self.port(portPolicy("A", check="PREFERRED"))
        self.scene.client(context=self.context(makeClient(self.clients)))
        self.scene.drained()
        self.assertTrue(self.scene.relay.outcomes[Outcome.HANDSHAKE_CERTIFICATE])
        self.assertIsInstance(verification.takeFaults()[0], ZeroDivisionError)

    def test_dynamic(self) -> None:
        """
        Connections that become secure on the way ask for certificates as well.
        """
        policy = portPolicy("A", check="PREFERRED")
        port = evolve(portTo(self.application.address, label="A"), policy=policy, securing=Dynamic("SMTP", "ALLOWED"))
        self.scene.relay.setPort(port)
        connecting = self.scene.rawClient()
        self.scene.until(lambda: self.application.peers)
        peer = self.application.peers[-1]
        peer.send(b"220 there\r\n")
        connecting.send(b"EHLO me\r\n")
        self.scene.until(lambda: b"EHLO" in peer.received)
        peer.send(b"250 there\r\n")
        self.scene.until(lambda: b"STARTTLS" in connecting.received)
        connecting.send(b"STARTTLS\r\n")
        self.scene.until(lambda: b"220 " in bytes(connecting.received).partition(b"STARTTLS")[2])
        client = self.scene.upgrade(connecting, self.context(makeClient(self.clients, "jane", -1)))
        self.scene.until(lambda: client.secure and self.scene.session.phase is Phase.DIALOGUE)
        self.assertEqual(self.record(), ("A", "CN=jane", "certificate has expired"))
        self.assertEqual(self.scene.observer.doubts, [(1, "CN=jane: certificate has expired")])


class _Later:
    """
    A clock that is late.
    """

    def time(self) -> float:
        """
        Return when all certificates here have expired.
        """
        return 4e9
