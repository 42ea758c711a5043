"""
Tests for L{sslpool.sessions.cleartext}: sessions that become secure on the way, with real sockets on both sides.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.securing import Dynamic
from sslpool.sessions.cleartext import DIALOGUE
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Phase
from sslpool.sessions.session import Session
from sslpool.starttls.protocols import PROTOCOLS
from tests.openfiles import openDescriptors
from tests.server.ends import Application, ApplicationPeer, Client, Peer, reset, somePayload
from tests.server.scene import Scene, portTo
from tests.starttls.scripts import (
    DO,
    FEATURES,
    FOLLOWS,
    SSL_REQUEST,
    STARTTLS,
    STARTUP,
    STREAM,
    WILL,
    mysqlAnswer,
    mysqlGreeting,
)

GREETING = b"220 mail\r\n"
READY = b"220 2.0.0 Ready to start TLS\r\n"
MUCH = 8 << 20

CHATTER = {
    "SMTP": (b"220 mail\r\n", b"NOOP\r\n"),
    "LMTP": (b"220 mail\r\n", b"NOOP\r\n"),
    "IMAP": (b"* OK mail\r\n", b"a NOOP\r\n"),
    "POP3": (b"+OK mail\r\n", b"NOOP\r\n"),
    "NNTP": (b"200 news\r\n", b"DATE\r\n"),
    "FTP": (b"220 files\r\n", b"NOOP\r\n"),
    "XMPP": (b"", b" "),
    "TELNET": (b"", bytes([255, 241])),
}
"""
The application's first words and those of clients that do no harm.
"""

REPLIES = {
    "SMTP": b"250 ok\r\n",
    "IMAP": b"a OK\r\n",
    "POP3": b"+OK\r\n",
    "NNTP": b"111 20261130000000\r\n",
    "FTP": b"200 ok\r\n",
}


class NegotiationCase(SynchronousTestCase):
    """
    A test with an application that speaks SMTP.
    """

    def setUp(self) -> None:
        """
        Have a relay.
        """
        self.scene = Scene(self)

    def begun(self, security: str = "ALLOWED", protocol: str = "SMTP") -> tuple[Peer, ApplicationPeer]:
        """
        Return both ends of a session whose greeting has been said.
        """
        application = self.scene.dynamic(protocol, security)
        client = self.scene.rawClient()
        self.scene.until(lambda: application.peers)
        peer = application.peers[0]
        peer.send(GREETING)
        self.scene.until(lambda: client.received == GREETING)
        client.received.clear()
        return client, peer

    def secured(self, security: str = "ALLOWED") -> tuple[Client, ApplicationPeer]:
        """
        Return both ends of a session that has become secure.
        """
        client, peer = self.begun(security)
        client.send(b"STARTTLS\r\n")
        self.scene.until(lambda: client.received == READY)
        secured = self.scene.upgrade(client)
        self.scene.until(lambda: secured.secure and self.scene.session.phase in (Phase.DIALOGUE, Phase.RELAYING))
        return secured, peer

    def converse(self, client: Peer, peer: ApplicationPeer, request: bytes, reply: bytes) -> None:
        """
        Have a request and its reply go through.
        """
        client.received.clear()
        peer.received.clear()
        client.send(request)
        self.scene.until(lambda: peer.received == request)
        peer.send(reply)
        self.scene.until(lambda: client.received == reply)


class UpgradeTests(NegotiationCase):
    """
    The way to TLS and beyond.
    """

    def test_secure(self) -> None:
        """
        After STARTTLS the same application goes on to be served, over TLS; the application has not seen the command.
        """
        for security in ("ALLOWED", "PREFERRED", "REQUIRED"):
            self.checkSecure(security)

    def checkSecure(self, security: str) -> None:
        """
        See L{test_secure}.
        """
        self.scene = Scene(self)
        client, peer = self.secured(security)
        self.assertEqual(client.tls.version(), "TLSv1.3")
        self.converse(client, peer, b"EHLO c\r\n", b"250 mail\r\n")
        peer.end()
        self.scene.until(lambda: client.ended)
        client.end()
        self.scene.ended(Outcome.FINISHED)

    def test_report(self) -> None:
        """
        A session is listed from the beginning; its label is shown when it is secure.
        """
        client, _ = self.begun()
        (record,) = self.scene.relay.sessionRecords("SSL00001", 0, 10)
        self.assertEqual((record.state, record.label, record.protocol), ("Cleartext", "", ""))
        client.send(b"STARTTLS\r\n")
        self.scene.until(lambda: client.received == READY)
        secured = self.scene.upgrade(client)
        self.scene.until(lambda: secured.secure and self.scene.session.phase in (Phase.DIALOGUE, Phase.RELAYING))
        (record,) = self.scene.relay.sessionRecords("SSL00001", 0, 10)
        self.assertEqual((record.state, record.label, record.protocol), ("Established", "TEST", "TLSv1.3"))

    def test_pending(self) -> None:
        """
        Where TLS is required a connection is pending until it has it; where it may go on in the clear, until it does.
        """
        for security, pending in (("REQUIRED", 1), ("PREFERRED", 0), ("ALLOWED", 0), ("NEVER", 0)):
            self.scene = Scene(self)
            self.begun(security)
            self.assertEqual(self.scene.region.pending, pending, security)
        self.scene = Scene(self)
        self.secured("REQUIRED")
        self.assertEqual(self.scene.region.pending, 0)

    def test_cleartext(self) -> None:
        """
        Where TLS is not required, and the client does not ask for it, the session stays in cleartext.
        """
        for security in ("ALLOWED", "NEVER"):
            self.checkCleartext(security)

    def checkCleartext(self, security: str) -> None:
        """
        See L{test_cleartext}.
        """
        self.scene = Scene(self)
        client, peer = self.begun(security)
        self.converse(client, peer, b"NOOP\r\n", b"250 ok\r\n")
        peer.end()
        self.scene.until(lambda: client.ended)
        client.socket.shutdown(socket.SHUT_WR)
        self.scene.ended(Outcome.FINISHED)

    def test_never(self) -> None:
        """
        With NEVER nothing is understood, and there need not be a label.
        """
        self.scene.dynamic("SMTP", "NEVER", label="")
        client, peer = self.begun("NEVER")
        self.converse(client, peer, b"STARTTLS\r\n", b"502 what\r\n")

    def test_labelMissing(self) -> None:
        """
        A label that has gone from the key database is TLS that cannot be had; the dialogue goes on.
        """
        client, peer = self.begun()
        self.scene.relay.labels = {}
        client.send(b"STARTTLS\r\n")
        self.scene.until(lambda: client.received.startswith(b"454 "))
        self.converse(client, peer, b"NOOP\r\n", b"250 ok\r\n")
        self.assertEqual(len(self.scene.observer.refusals), 1)

    def test_much(self) -> None:
        """
        A large message goes through whole, in cleartext and over TLS, whoever is slow.
        """
        for begin in (self.begun, self.secured):
            self.scene = Scene(self)
            client, peer = begin()
            self.checkMuch(client, peer)

    def checkMuch(self, client: Peer, peer: ApplicationPeer) -> None:
        """
        See L{test_much}.
        """
        text = somePayload(MUCH).replace(b"\n.", b"\n:")
        self.converse(client, peer, b"HELO c\r\n", b"250 mail\r\n")
        self.converse(client, peer, b"DATA\r\n", b"354 go\r\n")
        peer.received.clear()
        peer.reading = False
        client.send(text + b"\r\n.\r\n")
        self.assertEqual(self.scene.calm(), 0)
        self.assertLess(self.scene.session.received, MUCH)
        peer.reading = True
        self.scene.until(lambda: len(peer.received) == MUCH + 5)
        self.assertTrue(peer.received == text + b"\r\n.\r\n")


class RefusalTests(NegotiationCase):
    """
    Who does not keep to the protocol is told so, and counted.
    """

    def refused(self, client: Peer, words: bytes, outcome: Outcome) -> None:
        """
        See that the session ends with a word to the client.
        """
        self.scene.until(lambda: client.over)
        self.assertEqual(client.received[-len(words) :], words)
        client.close()
        self.scene.ended(outcome)

    def test_injection(self) -> None:
        """
        Cleartext together with the command is refused, and never gets to the application.
        """
        client, peer = self.begun()
        client.send(b"STARTTLS\r\nMAIL FROM:<a>\r\n")
        self.refused(
            client,
            b"421 4.7.0 STARTTLS must be the last command in a group, closing connection\r\n",
            Outcome.NEGOTIATION_INJECTION,
        )
        self.assertEqual(peer.received, b"")

    def test_lateInjection(self) -> None:
        """
        Cleartext after the command is no TLS.
        """
        client, peer = self.begun()
        client.send(b"STARTTLS\r\n")
        self.scene.until(lambda: client.received == READY)
        client.send(b"MAIL FROM:<a>\r\n")
        self.scene.until(lambda: client.over)
        self.scene.ended(Outcome.HANDSHAKE_GARBAGE)
        self.assertEqual(peer.received, b"")

    def test_unasked(self) -> None:
        """
        TLS without the command is refused.
        """
        client, peer = self.begun()
        client.send(b"\x16\x03\x01\x02\x00\x01")
        self.refused(
            client, b"421 4.7.0 TLS begins after STARTTLS, closing connection\r\n", Outcome.NEGOTIATION_UNASKED
        )
        self.assertEqual(peer.received, b"")

    def test_withoutHandshake(self) -> None:
        """
        The command without TLS has its time.
        """
        client, _ = self.begun()
        client.send(b"STARTTLS\r\n")
        self.scene.until(lambda: client.received == READY)
        self.scene.sweep(11)
        self.scene.ended(Outcome.HANDSHAKE_TIMEOUT)

    def test_halfLine(self) -> None:
        """
        Half a line has its time, however often an octet is added; a whole one none.
        """
        client, peer = self.begun()
        self.converse(client, peer, b"NOOP\r\n", b"250 ok\r\n")
        self.scene.sweep(1000)
        for _ in range(3):
            client.send(b"M")
            self.scene.calm()
            self.scene.sweep(4)
        self.refused(
            client, b"421 4.4.2 Command not complete in time, closing connection\r\n", Outcome.NEGOTIATION_LATE
        )

    def test_longLine(self) -> None:
        """
        A line without an end is refused long before it has become large.
        """
        client, peer = self.begun()
        client.send(b"x" * (1 << 20))
        self.refused(client, b"500 5.5.2 Line too long, closing connection\r\n", Outcome.NEGOTIATION_MALFORMED)
        self.assertEqual(peer.received, b"")

    def test_silence(self) -> None:
        """
        Where TLS is required, a client that does not ask for it has a minute.
        """
        client, _ = self.begun("REQUIRED")
        self.scene.sweep(DIALOGUE * 10 + 10)
        self.assertIs(self.scene.session.phase, Phase.CLEARTEXT)
        self.scene.sweep(1)
        self.refused(
            client, b"421 4.4.2 Command not complete in time, closing connection\r\n", Outcome.NEGOTIATION_LATE
        )

    def test_endless(self) -> None:
        """
        The same whatever it says meanwhile, in whatever protocol, also octet by octet; where it may stay in
        cleartext only IDLE counts.
        """
        for protocol in PROTOCOLS:
            for wholly in (True, False):
                self.assertFalse(self.isThere(protocol, "REQUIRED", wholly), protocol)
        for protocol in ("SMTP", "IMAP", "POP3", "NNTP", "FTP"):
            self.assertTrue(self.isThere(protocol, "ALLOWED"), protocol)

    def isThere(self, protocol: str, security: str, wholly: bool = True) -> bool:
        """
        Tell whether a client is there after the time for the dialogue that says all the while what
        does no harm, wholly or an octet at a time.
        """
        greeting, words = CHATTER.get(protocol, (b"", b""))
        self.scene = Scene(self)
        application = self.scene.dynamic(protocol, security)
        client = self.scene.rawClient()
        self.scene.until(lambda: application.peers)
        peer = application.peers[0]
        peer.send(greeting)
        self.scene.calm()
        for second in range(DIALOGUE * 10 + 10 + 1 + 3):
            at = second % max(len(words), 1)
            client.send(words if wholly else words[at : at + 1])
            for _ in range(10):
                self.scene.turn()
            if peer.received and security == "ALLOWED":
                peer.received.clear()
                peer.send(REPLIES[protocol])
            self.scene.sweep(1)
        return bool(self.scene.relay.sessions)

    def test_denied(self) -> None:
        """
        Requests that are refused in a dialogue that goes on are counted: commands before TLS, and
        another request after it.
        """
        client, peer = self.begun("REQUIRED")
        client.send(b"MAIL FROM:<a>\r\nDATA\r\n")
        self.scene.until(lambda: client.received.count(b"530 5.7.0 Must issue a STARTTLS command first\r\n") == 2)
        client.received.clear()
        client.send(b"STARTTLS\r\n")
        self.scene.until(lambda: client.received == READY)
        secured = self.scene.upgrade(client)
        secured.send(b"STARTTLS\r\n")
        self.scene.until(lambda: secured.received == b"503 5.5.1 TLS is active already\r\n")
        self.assertEqual((self.scene.relay.denied, peer.received), (3, b""))

    def test_applicationOutOfTurn(self) -> None:
        """
        An application that answers out of turn is not relayed.
        """
        client, peer = self.begun()
        peer.send(b"250 what\r\n")
        self.refused(
            client, b"421 4.3.0 Mail system out of step, closing connection\r\n", Outcome.NEGOTIATION_APPLICATION
        )

    def test_applicationLeaves(self) -> None:
        """
        An application that closes in the middle is said to have, in the protocol's words.
        """
        for leave in (socket.socket.close, reset):
            self.checkApplicationLeaves(leave)

    def checkApplicationLeaves(self, leave: Callable[[socket.socket], None]) -> None:
        """
        See L{test_applicationLeaves}.
        """
        self.scene = Scene(self)
        client, peer = self.begun()
        client.send(b"NOOP\r\n")
        self.scene.until(lambda: peer.received == b"NOOP\r\n")
        leave(peer.socket)
        self.scene.until(lambda: client.over)
        self.assertTrue(client.received.startswith(b"421 4.3.0 Mail system not available"), client.received)
        client.close()
        self.scene.until(lambda: self.scene.region.sessions == 0)

    def test_applicationDown(self) -> None:
        """
        An application that is not there is said to be not available.
        """
        application = Application.tcp()
        address = application.address
        application.close()
        self.scene.relay.setPort(evolve(portTo(address), securing=Dynamic("SMTP", "ALLOWED")))
        client = self.scene.rawClient()
        self.refused(client, b"421 4.3.0 Mail system not available, closing connection\r\n", Outcome.APPLICATION_DOWN)

    def test_stop(self) -> None:
        """
        A session in cleartext is told when the server stops.
        """
        client, _ = self.begun()
        self.scene.relay.stop()
        self.refused(client, b"421 4.3.0 Mail system not available, closing connection\r\n", Outcome.STOPPED)


class SwitchTests(NegotiationCase):
    """
    Protocols whose change to TLS is of another kind.
    """

    def test_telnet(self) -> None:
        """
        The client is asked at once, the application is heard after TLS, and what it has said waits;
        nobody is busy meanwhile.
        """
        application = self.scene.dynamic("TELNET", "REQUIRED")
        client = self.scene.rawClient()
        self.scene.until(lambda: application.peers and client.received == DO)
        application.peers[0].send(b"login: ")
        self.assertEqual(self.scene.calm(), 0)
        client.send(WILL + FOLLOWS)
        self.scene.until(lambda: client.received == DO + FOLLOWS)
        secured = self.scene.upgrade(client)
        self.scene.until(lambda: secured.received == b"login: ")
        self.converse(secured, application.peers[0], b"me\r\n", b"\r\n")

    def test_silent(self) -> None:
        """
        A terminal that does not answer has its time: then it goes on, or it does not.
        """
        for security, words in (("PREFERRED", b"login: "), ("REQUIRED", b"TLS was not begun in time.\r\n")):
            self.checkSilent(security, words)

    def checkSilent(self, security: str, words: bytes) -> None:
        """
        See L{test_silent}.
        """
        self.scene = Scene(self)
        application = self.scene.dynamic("TELNET", security)
        client = self.scene.rawClient()
        self.scene.until(lambda: application.peers and client.received == DO)
        application.peers[0].send(b"login: ")
        self.scene.sweep(9)
        self.assertEqual(self.scene.calm(), 0)
        self.scene.sweep(2)
        self.scene.until(lambda: client.received == DO + words)

    def test_anew(self) -> None:
        """
        Where the protocol begins again after TLS, the application gets a new connection; when the login is
        over, the session is an ordinary one.
        """
        application = self.scene.dynamic("XMPP", "REQUIRED")
        client = self.scene.rawClient()
        client.send(STREAM)
        self.scene.until(lambda: application.peers and application.peers[0].received == STREAM)
        first = application.peers[0]
        first.send(STREAM + FEATURES)
        self.scene.until(lambda: client.received.endswith(b"</stream:features>"))
        client.send(STARTTLS)
        self.scene.until(lambda: client.received.endswith(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"))
        secured = self.scene.upgrade(client)
        self.scene.until(lambda: len(application.peers) == 2)
        self.assertTrue(first.over)
        self.converse(secured, application.peers[1], STREAM, STREAM + FEATURES)
        self.converse(secured, application.peers[1], b"<iq id='1'/>", b"<iq id='2'/>")
        self.assertIs(type(self.scene.session), Session)

    def test_anewDown(self) -> None:
        """
        An application that cannot be reached a second time ends the session, over TLS.
        """
        application = self.scene.dynamic("TELNET", "ALLOWED")
        client = self.scene.rawClient()
        self.scene.until(lambda: application.peers)
        client.send(WILL + FOLLOWS)
        self.scene.until(lambda: client.received == DO + FOLLOWS)
        application.listening.close()
        secured = self.scene.upgrade(client)
        self.scene.until(lambda: secured.ended)
        secured.end()
        self.scene.ended(Outcome.APPLICATION_DOWN)

    def test_ordinary(self) -> None:
        """
        When nothing more is to be understood, the session is an ordinary one, in whatever pieces its first octets came.
        """
        application = self.scene.dynamic("POSTGRESQL", "REQUIRED")
        client = self.scene.rawClient()
        for octet in SSL_REQUEST:
            client.send(bytes([octet]))
            self.scene.calm()
        self.scene.until(lambda: client.received == b"S")
        secured = self.scene.upgrade(client)
        secured.send(STARTUP)
        self.scene.until(lambda: application.peers and application.peers[0].received == STARTUP)
        self.assertIs(type(self.scene.session), Session)
        payload = somePayload(MUCH)
        application.peers[0].send(payload)
        self.scene.until(lambda: len(secured.received) == MUCH)
        self.assertTrue(secured.received == payload)

    def test_together(self) -> None:
        """
        TLS that comes in the same segment as the last of the request is not lost.
        """
        application = self.scene.dynamic("MYSQL", "REQUIRED")
        client = self.scene.rawClient()
        self.scene.until(lambda: application.peers)
        application.peers[0].send(mysqlGreeting(0))
        self.scene.until(lambda: client.received == mysqlGreeting(0x800))
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        client.socket.sendall(mysqlAnswer(1, 0x8FF, b""))
        secured = self.scene.upgrade(client)
        secured.turn()
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
        secured.send(mysqlAnswer(2, 0x8FF))
        self.scene.until(lambda: application.peers[0].received == mysqlAnswer(1, 0x0FF))

    def test_calm(self) -> None:
        """
        Nobody is busy while nothing happens: in cleartext, held, after TLS, with one side ended.
        """
        client, peer = self.begun()
        self.assertEqual(self.scene.calm(), 0)
        client.send(b"DATA\r\n")
        self.scene.until(lambda: peer.received == b"DATA\r\n")
        client.send(b"too early\r\n")
        self.assertEqual(self.scene.calm(), 0)
        self.assertEqual(peer.received, b"DATA\r\n")
        peer.send(b"503 no\r\n")
        self.scene.until(lambda: peer.received == b"DATA\r\ntoo early\r\n")
        client.socket.shutdown(socket.SHUT_WR)
        self.scene.until(lambda: peer.ended)
        self.assertEqual(self.scene.calm(), 0)
        peer.send(b"500 what\r\n")
        self.scene.until(lambda: client.received.endswith(b"500 what\r\n"))
        peer.end()
        self.scene.ended(Outcome.FINISHED)

    def test_calmSecured(self) -> None:
        """
        The same over TLS, where the application ends first.
        """
        client, peer = self.secured()
        self.assertEqual(self.scene.calm(), 0)
        client.reading = False
        peer.send(b"421 " + b"x" * (4 << 20) + b"\r\n")
        self.assertEqual(self.scene.calm(), 0)
        client.reading = True
        self.scene.until(lambda: peer.sent)
        peer.end()
        self.scene.until(lambda: client.ended)
        self.assertEqual(len(client.received), (4 << 20) + 6)
        self.assertEqual(self.scene.calm(), 0)
        client.end()
        self.scene.ended(Outcome.FINISHED)

    def test_slowReader(self) -> None:
        """
        A client that asks without reading what it gets is not read for ever.
        """
        client, _ = self.begun("REQUIRED")
        client.reading = False
        # Otherwise the kernel takes megabytes, each line of which has to be answered.
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        self.scene.session.clientSocket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
        client.send(b"NOOP\r\n" * 2000000)
        self.assertEqual(self.scene.calm(), 0)
        self.assertFalse(client.sent)
        self.assertLess(len(self.scene.session.toClient), 1 << 20)


class LeakTests(NegotiationCase):
    """
    Nothing stays of a session that went wrong.
    """

    ATTEMPTS = 1000
    KINDS = (b"STARTTLS\r\nNOOP\r\n", b"\x16\x03\x01", b"x" * 20000, b"STARTTLS\r\n\0\0\0\0\0")

    def test_descriptors(self) -> None:
        """
        A thousand attempts of every kind leave no descriptor and no session.
        """
        application = self.scene.dynamic("SMTP", "ALLOWED")
        before = openDescriptors()
        for number in range(self.ATTEMPTS):
            self.attempt(application, self.KINDS[number % len(self.KINDS)])
        self.assertEqual(openDescriptors(), before)
        self.assertEqual(self.scene.relay.outcomes.total(), self.ATTEMPTS)

    def attempt(self, application: Application, octets: bytes) -> None:
        """
        Have a client say C{octets} after the greeting, and leave.
        """
        client = self.scene.rawClient()
        self.scene.until(lambda: application.peers)
        (peer,) = application.peers
        peer.send(GREETING)
        self.scene.until(lambda: client.received == GREETING)
        client.send(octets)
        self.scene.until(lambda: client.over)
        client.close()
        peer.close()
        application.peers.clear()
        self.scene.until(lambda: self.scene.region.sessions == 0)
        self.scene.forget(client)
