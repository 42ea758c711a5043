# -*- test-case-name: tests.server.test_tracing -*-
"""
Tests for L{sslpool.server.tracing}, with real sockets.
"""

from __future__ import annotations

import os
import ssl

from OpenSSL import SSL
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.securing import Outbound
from sslpool.messages import CATALOGUE, Said, said
from sslpool.server.console import Console
from sslpool.server.tracing import Tracing, dumpLines
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.relaying import BUFFER
from sslpool.tls.anchors import AnchorRing
from sslpool.tls.policy import Policy
from sslpool.tracing.operands import parseTrace
from sslpool.wire.assignment import PortAssignment
from tests.doubles.certificates import makeServer
from tests.server.ends import Application, ApplicationPeer, Client, Peer, reset, tcpPair
from tests.server.remotehost import RemoteHost, hostContext
from tests.server.scene import PORT, TLS12, Scene, authority, clientContext
from tests.sessions.test_cleartext import NegotiationCase
from tests.sessions.test_remote import REMOTE


class TracingCase(SynchronousTestCase):
    """
    A relay whose sessions can be traced.
    """

    mask = 0

    def setUp(self) -> None:
        """
        Have a relay, an application, and a console whose lines are kept.
        """
        self.scene = Scene(self)
        self.watch()
        self.application: Application = self.scene.application()

    def watch(self) -> None:
        """
        Have the relay's sessions traced.
        """
        self.clock = Clock()
        console = Console(self.clock, self.clock.seconds, lambda times, lines: Deferred())
        self.lines: list[Said | str] = []
        console.writeAll = self.lines.extend  # type: ignore[method-assign,assignment]
        self.tracing = Tracing(lambda: "SSL00001", self.scene.relay, console, self.mask)

    def trace(self, text: str) -> None:
        """
        Switch a trace on, or all traces off.
        """
        self.tracing.setTrace(parseTrace(text.split()))

    def established(self) -> tuple[Client, ApplicationPeer]:
        """
        Have a session.
        """
        client = self.scene.client()
        return client, self.scene.established(self.application, client)

    def ids(self) -> list[str]:
        """
        Return the ids of the lines since the last time; a line of a dump has none.
        """
        lines, self.lines[:] = self.lines[:], []
        return [line.id for line in lines if isinstance(line, Said)]

    def of(self, messageId: str) -> list[Said]:
        """
        Return the lines that are this message.
        """
        return [line for line in self.lines if isinstance(line, Said) and line.id == messageId]

    def talk(self, client: Client, peer: ApplicationPeer) -> None:
        """
        Have a request and an answer.
        """
        client.received.clear()
        peer.received.clear()
        client.send(b"question" * 4)
        self.scene.until(lambda: len(peer.received) == 32)
        peer.send(b"answer" * 4)
        self.scene.until(lambda: len(client.received) == 24)

    def finish(self, client: Client, peer: ApplicationPeer) -> None:
        """
        End the session from both sides.
        """
        peer.close()
        self.scene.until(lambda: client.over)
        client.close()
        self.scene.until(lambda: self.scene.region.sessions == 0)


class TraceTests(TracingCase):
    """
    What each kind of trace records.
    """

    def test_off(self) -> None:
        """
        Without a trace sessions are ordinary ones, made by their own class.
        """
        self.assertIsNone(self.scene.relay.traced)
        self.trace("DEBUG")
        self.assertIs(self.scene.relay.traced, self.tracing)
        self.trace("")
        self.assertIsNone(self.scene.relay.traced)
        self.established()
        self.assertIsNone(self.scene.session.tap)
        self.assertEqual(self.lines, [])

    def test_normal(self) -> None:
        """
        NORMAL records a successful handshake; the session is an ordinary one from then on.
        """
        self.trace("NORMAL ALL")
        client, peer = self.established()
        self.assertIsNone(self.scene.session.tap)
        self.talk(client, peer)
        self.finish(client, peer)
        (line,) = self.lines
        self.assertRegex(
            str(line),
            r"^SSLP640I Connection 1: 192\.0\.2\.1:4711 to 127\.0\.0\.1:443 is secured by TLSv1\.3 TLS_\w+, "
            r"label TEST, server name localhost, new session$",
        )

    def test_normalFailure(self) -> None:
        """
        NORMAL records nothing of a handshake that fails.
        """
        self.trace("NORMAL ALL")
        client = self.scene.rawClient()
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        self.scene.ended(Outcome.HANDSHAKE_HTTP)
        self.assertEqual(self.lines, [])

    def test_connections(self) -> None:
        """
        CONNECTIONS records every state, the handshake's result and the end, and no data.
        """
        self.trace("CONN")
        client, peer = self.established()
        self.talk(client, peer)
        self.finish(client, peer)
        states = [str(line).rpartition(": ")[2] for line in self.of("SSLP641I")]
        self.assertEqual(states[:3], ["new -> Handshake", "Handshake -> Connecting", "Connecting -> Established"])
        self.assertEqual(states[-2:], ["Established -> Closing", "Closing -> Ended"])
        (ended,) = self.of("SSLP643I")
        self.assertRegex(str(ended), r"^SSLP643I Connection 1: ended: .*; octets received: 32, sent: 24; 0\.0 s$")
        self.assertEqual(set(self.ids()), {"SSLP640I", "SSLP641I", "SSLP643I"})

    def failed(self, send: bytes = b"", context: ssl.SSLContext | None = None) -> str:
        """
        Have a handshake fail; return the line about it.
        """
        if context is None:
            self.scene.rawClient().send(send)
        else:
            self.scene.client(context=context)
        self.scene.drained()
        (line,) = self.of("SSLP642W")
        self.lines.clear()
        return str(line).partition(" failed: ")[2]

    def test_failures(self) -> None:
        """
        A handshake that fails has its reason, the server name and the version, as far as the client has said them.
        """
        self.trace("CONNECTIONS 192.0.2.1")
        http = self.failed(b"GET / HTTP/1.0\r\n\r\n")
        self.assertEqual(http, "cleartext HTTP on a secure port (http request); server name -, version -")
        suites = clientContext(ssl.TLSVersion.TLSv1_2)
        suites.set_ciphers("AES256-SHA")
        shared = "no cipher suite, curve or signature algorithm in common (no shared cipher; our key: EC P-256)"
        self.assertEqual(self.failed(context=suites), f"{shared}; server name localhost, version TLSv1.2")
        stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        refused = r"client refused the handshake \(.*unknown ca\); server name localhost, version TLSv1.3"
        self.assertRegex(self.failed(context=stranger), refused)
        old = clientContext(ssl.TLSVersion.TLSv1_1)
        old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        old.set_ciphers("ALL:@SECLEVEL=0")
        version = "no protocol version in common (unsupported protocol); server name -, version TLSv1.1"
        self.assertEqual(self.failed(context=old), version)

    def test_data(self) -> None:
        """
        DATA shows the first octets of each send and receive, and how many there were.
        """
        client, peer = self.established()
        self.talk(client, peer)
        self.trace("CONN DATA ALL 20")
        self.talk(client, peer)
        self.assertEqual(
            [str(line) for line in self.lines],
            [
                "SSLP644I Connection 1: received, octets: 32, the first 20",
                "  0000  71756573 74696F6E 71756573 74696F6E  *questionquestion*",
                "  0010  71756573                             *ques*",
                "SSLP644I Connection 1: sent, octets: 24, the first 20",
                "  0000  616E7377 6572616E 73776572 616E7377  *answeransweransw*",
                "  0010  6572616E                             *eran*",
            ],
        )
        self.assertEqual((self.scene.session.received, self.scene.session.sent), (64, 48))

    def test_dataWhole(self) -> None:
        """
        With the length ALL every octet is shown once, also of what a client takes slowly.
        """
        self.trace("CONN DATA ALL ALL")
        client = self.scene.client(receiveBuffer=4096)
        peer = self.scene.established(self.application, client)
        self.lines.clear()
        data = os.urandom(BUFFER * 3)
        peer.send(data)
        self.scene.until(lambda: len(client.received) == len(data))
        shown = b"".join(
            bytes.fromhex(line.split("  ")[2].replace(" ", "")) for line in self.lines if isinstance(line, str)
        )
        self.assertEqual(shown, data)
        self.assertEqual(bytes(client.received), data)

    def test_flow(self) -> None:
        """
        FLOW records the steps between the states, of sessions and of the server.
        """
        self.trace("FLOW")
        client, peer = self.established()
        self.talk(client, peer)
        self.finish(client, peer)
        self.tracing.flow("does something")
        self.assertEqual(str(self.lines[-1]), "SSLP646I SSL00001: does something")
        steps = "\n".join(map(str, self.lines))
        for step in ("continues the handshake", "connects to the", "reads from the client", "reads from the appl"):
            self.assertIn(step, steps)
        self.assertNotIn("SSLP644I", steps)

    def test_flowOfFaults(self) -> None:
        """
        Why a step is taken is said in the words of the system or of the TLS library, never as Python has it.
        """
        self.trace("FLOW")
        client, peer = self.established()
        session = self.scene.session
        reset(client.socket)
        self.scene.until(lambda: self.scene.region.sessions == 0)
        peer.close()
        for fault in (SSL.SysCallError(-1, "Unexpected EOF"), SSL.Error([("SSL routines", "", "bad record mac")])):
            self.tracing.step(session, "loses the client", [fault])
        steps = [str(line).rpartition(": ")[2] for line in self.of("SSLP645I")]
        self.assertEqual(steps[-2:], ["unexpected end", "bad record mac"])
        self.assertIn("Connection reset by peer", steps)

    def test_debug(self) -> None:
        """
        DEBUG records everything.
        """
        self.trace("DEBUG")
        client, peer = self.established()
        self.talk(client, peer)
        self.finish(client, peer)
        self.assertEqual(set(self.ids()), {"SSLP640I", "SSLP641I", "SSLP643I", "SSLP644I", "SSLP645I"})

    def test_flowOfServerOnly(self) -> None:
        """
        The server's own steps are not for other traces.
        """
        for text in ("", "NORMAL", "CONN DATA"):
            self.trace(text)
            self.tracing.flow("does something")
        self.assertEqual(self.lines, [])


class SwitchTests(TracingCase):
    """
    Traces are switched on and off while sessions run.
    """

    def test_running(self) -> None:
        """
        A running session is traced from the moment on, and is ordinary again after that.
        """
        client, peer = self.established()
        self.talk(client, peer)
        self.trace("CONN DATA")
        self.talk(client, peer)
        self.assertEqual(self.ids(), ["SSLP644I", "SSLP644I"])
        self.trace("")
        self.assertIsNone(self.scene.session.tap)
        self.talk(client, peer)
        self.assertEqual(self.lines, [])
        self.trace("CONN")
        self.finish(client, peer)
        self.assertIn("SSLP643I", self.ids())

    def test_everyKind(self) -> None:
        """
        A session can go from any kind of trace to any other.
        """
        client, peer = self.established()
        kinds = ("NORMAL", "CONN", "CONN DATA", "FLOW", "DEBUG", "")
        for first in kinds:
            for second in kinds:
                self.trace(first)
                self.talk(client, peer)
                self.trace(second)
                self.talk(client, peer)
        self.trace("")
        self.lines.clear()
        self.talk(client, peer)
        self.assertEqual(self.lines, [])

    def test_selected(self) -> None:
        """
        Only the connections that are selected are traced.
        """
        first, firstPeer = self.established()
        second, secondPeer = self.established()
        self.trace("CONN DATA 2")
        self.talk(first, firstPeer)
        self.assertEqual(self.lines, [])
        self.talk(second, secondPeer)
        self.assertTrue(self.lines)
        self.lines.clear()
        self.trace("DEBUG")
        self.trace("CONN 198.51.100.1")
        self.established()
        self.talk(second, secondPeer)
        self.assertEqual(self.lines, [])
        self.assertEqual({each.tap for each in self.scene.relay.sessions.values()}, {None})

    def test_handshaking(self) -> None:
        """
        NORMAL also records a session whose handshake was going on when it was switched on.
        """
        client = self.scene.rawClient()
        self.scene.until(lambda: self.scene.relay.sessions)
        self.trace("NORMAL")
        self.assertIsNotNone(self.scene.session.tap)
        client.close()
        self.scene.until(lambda: not self.scene.relay.sessions)
        self.assertEqual(self.lines, [])


class DynamicTests(NegotiationCase):
    """
    Traces of sessions that become secure on the way.
    """

    def setUp(self) -> None:
        """
        Have the lines of traces kept.
        """
        super().setUp()
        self.lines: list[Said | str] = []
        self.watch()

    def watch(self) -> None:
        """
        Trace sessions of the scene.
        """
        console = Console(Clock(), lambda: 0.0, lambda times, lines: Deferred())
        console.writeAll = self.lines.extend  # type: ignore[method-assign,assignment]
        self.tracing = Tracing(lambda: "SSL00001", self.scene.relay, console)
        self.tracing.setTrace(parseTrace(["NORMAL"]))

    def test_connections(self) -> None:
        """
        A dynamic session is traced in cleartext, through its handshake and after it, whatever class it is of.
        """
        for text in ("CONN", "CONN DATA ALL ALL", "FLOW", "DEBUG"):
            self.scene = Scene(self)
            self.watch()
            self.tracing.setTrace(parseTrace(text.split()))
            self.lines.clear()
            client, peer = self.secured()
            self.converse(client, peer, b"EHLO client\r\n", b"250 mail\r\n")
            whole = "\n".join(map(str, self.lines))
            for part in ("Connecting -> Cleartext", "Cleartext -> Handshake", "Handshake -> Established", "SSLP640I"):
                self.assertIn(part, whole, text)
            self.assertEqual("*EHLO client..*" in whole, "DATA" in text or text == "DEBUG", text)
            peer.close()
            client.close()
            self.scene.until(lambda: not self.scene.relay.sessions)
            self.assertIn("-> Ended", str(self.lines[-1]))

    def test_cleartextData(self) -> None:
        """
        What is shown of a session in cleartext is its own, not what others have left in the buffer.
        """
        self.scene.relay.buffer[:16] = b"SECRET OF OTHERS"
        self.tracing.setTrace(parseTrace(["CONN", "DATA", "ALL", "ALL"]))
        client, peer = self.begun()
        self.converse(client, peer, b"NOOP\r\n", b"250 ok\r\n")
        whole = "\n".join(map(str, self.lines))
        self.assertIn("received in cleartext, octets: 6", whole)
        self.assertIn("*NOOP..*", whole)
        self.assertIn("*220 mail..*", whole)
        self.assertNotIn("SECRET", whole)

    def test_normal(self) -> None:
        """
        NORMAL records the handshake of a dynamic session, once, and nothing of one that stays in cleartext.
        """
        client, peer = self.begun()
        self.converse(client, peer, b"NOOP\r\n", b"250 ok\r\n")
        self.assertEqual(self.lines, [])
        self.scene = Scene(self)
        self.watch()
        client, peer = self.secured()
        self.converse(client, peer, b"EHLO client\r\n", b"250 mail\r\n")
        (line,) = self.lines
        self.assertTrue(isinstance(line, Said) and line.id == "SSLP640I", line)


class LibraryTests(TracingCase):
    """
    GSKTRACE.
    """

    mask = 0x0F

    def test_handshake(self) -> None:
        """
        The library tells of a handshake's begin, states and end.
        """
        self.established()
        text = "\n".join(map(str, self.lines))
        for what in ("handshake begins", "state SSLv3/TLS read client hello", "handshake complete"):
            self.assertIn(f"SSLP647I Connection 1: TLS library: {what}", text)
        self.assertEqual(set(self.ids()), {"SSLP647I"})

    def test_begunAgain(self) -> None:
        """
        It tells of the handshake of a session that begins again with an older key of tickets.
        """
        self.scene = Scene(self, ring=AnchorRing(Policy(), 1000.0, 5))
        self.watch()
        self.application = self.scene.application()
        context = clientContext(TLS12)
        client = self.scene.client(None, context)
        peer = self.scene.established(self.application, client)
        self.talk(client, peer)
        client.end()
        peer.end()
        self.scene.until(lambda: not self.scene.relay.sessions)
        self.scene.now += 86400.0
        self.lines.clear()
        client = self.scene.client(client.tls.session, context)
        self.scene.established(self.application, client)
        self.assertTrue(client.tls.session_reused)
        self.assertIn(said("SSLP647I", number="2", what="handshake complete"), self.lines)

    def test_remoteHost(self) -> None:
        """
        It tells of a handshake with a remote host.
        """
        host = self.scene.join(RemoteHost(hostContext(makeServer(authority()))))
        port = PortAssignment(PORT, "127.0.0.1:25", "RELAY", "", (host.address,), Outbound(REMOTE))
        self.scene.relay.setPort(port)
        connecting, accepted = tcpPair()
        self.scene.join(Peer(connecting))
        self.scene.hand(accepted)
        self.scene.until(lambda: host.peers and host.peers[0].secure)
        self.assertIn(said("SSLP647I", number="1", what="handshake begins"), self.lines)
        complete = said("SSLP647I", number="1", what="handshake complete")
        self.scene.until(lambda: complete in self.lines)

    def test_alert(self) -> None:
        """
        It tells of alerts, and of an end in error.
        """
        self.scene.client(context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        self.scene.drained()
        text = "\n".join(map(str, self.lines))
        self.assertIn("alert received: fatal 48", text)
        self.assertIn("leaves the handshake in error", text)


class ErrorsOnlyTests(TracingCase):
    """
    GSKTRACE of errors.
    """

    mask = 0x04

    def test_quiet(self) -> None:
        """
        A handshake that goes well has no line.
        """
        self.established()
        self.assertEqual(self.lines, [])


class MessageTests(SynchronousTestCase):
    """
    The lines of traces are in the catalogue.
    """

    def test_known(self) -> None:
        """
        They are of severity information, but for a handshake that fails.
        """
        self.assertEqual([CATALOGUE[f"SSLP64{digit}I"].id[-1] for digit in "0134567"], ["I"] * 7)
        self.assertEqual(CATALOGUE["SSLP642W"].id[-1], "W")


class DumpTests(SynchronousTestCase):
    """
    Octets as people read them.
    """

    def test_lines(self) -> None:
        """
        Sixteen octets in a line, hexadecimal in fours, and what is printable beside it.
        """
        self.assertEqual(
            list(dumpLines(b"GET / HTTP/1.1\r\nHost")),
            [
                "  0000  47455420 2F204854 54502F31 2E310D0A  *GET / HTTP/1.1..*",
                "  0010  486F7374                             *Host*",
            ],
        )
        self.assertEqual(list(dumpLines(b"")), [])

    def test_unprintable(self) -> None:
        """
        Nothing that a terminal would obey gets through.
        """
        lines = "".join(dumpLines(bytes(range(256))))
        self.assertTrue(lines.isprintable() and lines.isascii())
