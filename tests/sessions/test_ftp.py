"""
Tests for L{sslpool.sessions.ftp}, L{sslpool.sessions.channels}, L{sslpool.sessions.data} and
L{sslpool.sessions.binding}: FTP control sessions and their data connections, with real sockets.
"""

from __future__ import annotations

import contextlib
import gc
import random
import re
import socket
import ssl
from pathlib import Path

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.securing import DataConnections, Dynamic, Implicit
from sslpool.sessions import channels, expected, secureddata
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.phases import Phase
from sslpool.sessions.session import Session
from sslpool.sessions.silence import HALF_CLOSED
from sslpool.wire.assignment import TimeLimits
from sslpool.wire.offer import WAKE
from sslpool.wire.segment import Shortage
from tests.openfiles import openDescriptors
from tests.server.ends import Application, ApplicationPeer, Client, Peer, reset, somePayload
from tests.server.scene import TLS12, Scene, clientContext, portTo
from tests.sessions.test_handshake import noDescriptors

GREETING = b"220 files\r\n"
READY = b"150 Ready for the data connection\r\n"
MUCH = 4 << 20
ANY = DataConnections()


def ownPort() -> int:
    """
    Return a port that is free, and that the kernel gives to nobody who does not name it.
    """
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text("ascii").split()[0])
    for number in random.sample(range(first // 2, first), 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", number)):
            return number
    raise AssertionError("no port is free")


class FtpCase(SynchronousTestCase):
    """
    A test with an application that speaks FTP.

    @ivar files: where the application has its data connections in passive mode.
    @ivar hosts: the addresses of client and application.
    """

    hosts = ("127.0.0.1", "127.0.0.1")

    def setUp(self) -> None:
        """
        Have a relay.
        """
        self.scene = Scene(self)
        self.files = self.scene.join(Application.tcp())

    def application(self, security: str, data: DataConnections, implicit: bool) -> Application:
        """
        Start an application, and a port in front of it.
        """
        application = self.scene.join(Application.tcp(self.hosts[1]))
        securing = Implicit("FTP", data) if implicit else Dynamic("FTP", security, data)
        self.scene.relay.setPort(evolve(portTo(application.address), securing=securing))
        return application

    def begun(self, security: str = "ALLOWED", data: DataConnections = ANY) -> tuple[Peer, ApplicationPeer]:
        """
        Return both ends of a control session in cleartext.
        """
        application = self.application(security, data, False)
        client = self.scene.rawClient(self.hosts[0])
        self.scene.until(lambda: application.peers)
        peer = application.peers[0]
        peer.send(GREETING)
        self.hears(client, GREETING)
        return client, peer

    def secured(
        self, data: DataConnections = ANY, context: ssl.SSLContext | None = None
    ) -> tuple[Client, ApplicationPeer]:
        """
        Return both ends of a control session that has become secure, with PROT P.
        """
        client, peer = self.begun(data=data)
        client.send(b"AUTH TLS\r\n")
        self.hears(client, b"234 Proceed with TLS negotiation\r\n")
        secured = self.scene.upgrade(client, context)
        self.scene.until(lambda: secured.secure and self.control.phase is Phase.DIALOGUE)
        secured.send(b"PBSZ 0\r\nPROT P\r\n")
        self.hears(secured, b"200 PBSZ=0\r\n200 Protection level set to P\r\n")
        return secured, peer

    def hears(self, peer: Peer, octets: bytes) -> None:
        """
        Wait until somebody has heard just this.
        """
        self.scene.until(lambda: len(peer.received) >= len(octets))
        self.assertEqual(bytes(peer.received), octets)
        peer.received.clear()

    def waitFor(self, peer: Peer) -> None:
        """
        Wait until the other side of somebody has ended.
        """
        self.scene.until(lambda: peer.over)

    def secures(self, client: Client) -> None:
        """
        Wait until a client has completed its handshake.
        """
        self.scene.until(lambda: client.secure)

    @property
    def control(self) -> Session:
        """
        The control session.
        """
        return min(self.scene.relay.sessions.values(), key=lambda each: each.number)

    @property
    def data(self) -> Session:
        """
        The data connection.
        """
        return max(self.scene.relay.sessions.values(), key=lambda each: each.number)

    # Data connections

    def passive(self, client: Peer, peer: ApplicationPeer) -> int:
        """
        Ask for passive mode; return the port where the client is to connect.
        """
        client.send(b"EPSV\r\n")
        self.hears(peer, b"EPSV\r\n")
        peer.send(b"229 (|||%d|)\r\n" % self.files.address.port)
        self.scene.until(lambda: client.received.endswith(b"\n"))
        match = re.fullmatch(rb"229 Entering Extended Passive Mode \(\|\|\|([0-9]+)\|\)\r\n", bytes(client.received))
        assert match is not None, client.received
        client.received.clear()
        return int(match[1])

    def connect(self, port: int, source: str = "") -> Peer:
        """
        Connect to a port of ours.
        """
        host = self.hosts[0]
        connection = socket.create_connection((host, port), source_address=(source or host, 0))
        peer = Peer(connection)
        self.scene._turning.append(peer)
        return peer

    def joined(self, client: Peer, peer: ApplicationPeer) -> tuple[Peer, ApplicationPeer]:
        """
        Return both ends of a data connection in passive mode, before any TLS.
        """
        count = len(self.files.peers)
        ours = self.connect(self.passive(client, peer))
        self.scene.until(lambda: len(self.files.peers) > count)
        return ours, self.files.peers[-1]

    def transfers(self, ours: Peer, theirs: ApplicationPeer, upload: bool) -> None:
        """
        Let much data go one way, to its end.
        """
        payload = somePayload(MUCH)
        source, target = (ours, theirs) if upload else (theirs, ours)
        source.send(payload)
        self.scene.until(lambda: len(target.received) == MUCH and source.sent)
        self.assertEqual(bytes(target.received), payload)
        if isinstance(ours, Client):
            source.end() if isinstance(source, (Client, ApplicationPeer)) else None
        else:
            source.socket.shutdown(socket.SHUT_WR)
        self.scene.until(lambda: target.ended)
        self.assertIsNone(target.failure)

    def only(self) -> None:
        """
        Let the control session be the only one.
        """
        self.scene.until(lambda: len(self.scene.relay.sessions) == 1)


class TransferTests(FtpCase):
    """
    Data on its way.
    """

    def test_passive(self) -> None:
        """
        In passive mode data goes both ways, secured with PROT P; it counts for nothing in the stack's books.
        """
        for upload in (False, True):
            self.scene = Scene(self)
            self.files = self.scene.join(Application.tcp())
            client, peer = self.secured()
            ours, theirs = self.joined(client, peer)
            secured = self.scene.upgrade(ours)
            self.transfers(secured, theirs, upload)
            theirs.socket.close()
            secured.socket.close()
            self.only()
            self.assertEqual(self.scene.region.finished, 0)
            self.assertEqual(self.scene.outcomes(), {Outcome.FINISHED: 1})
            self.assertGreaterEqual(self.scene.relay.received + self.scene.relay.sent, MUCH)

    def test_clear(self) -> None:
        """
        Without PROT P data goes both ways in cleartext.
        """
        for upload in (False, True):
            self.scene = Scene(self)
            self.files = self.scene.join(Application.tcp())
            client, peer = self.begun()
            ours, theirs = self.joined(client, peer)
            self.transfers(ours, theirs, upload)
            theirs.socket.close()
            ours.socket.close()
            self.only()

    def test_active(self) -> None:
        """
        In active mode the application connects to us, and we to the client, who is the TLS client all the same.
        """
        client, peer = self.secured()
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        client.send(b"EPRT |1|127.0.0.1|%d|\r\n" % listening.getsockname()[1])
        self.scene.until(lambda: peer.received.endswith(b"\n"))
        match = re.fullmatch(rb"PORT 127,0,0,1,([0-9]+),([0-9]+)\r\n", bytes(peer.received))
        assert match is not None, peer.received
        theirs = ApplicationPeer(socket.create_connection(("127.0.0.1", int(match[1]) * 256 + int(match[2]))))
        self.scene._turning.append(theirs)
        listening.setblocking(False)
        self.scene.until(lambda: len(self.scene.relay.sessions) == 2)
        accepted, _ = listening.accept()
        secured = Client(accepted, clientContext(), None)
        self.scene._turning.append(secured)
        self.transfers(secured, theirs, False)

    def test_implicit(self) -> None:
        """
        A connection that is secure from the beginning has its dialogue understood as well, and its data secured.
        """
        application = self.application("REQUIRED", DataConnections(), True)
        client = self.scene.client()
        peer = self.scene.established(application, client)
        peer.send(GREETING)
        self.hears(client, GREETING)
        ours, theirs = self.joined(client, peer)
        self.transfers(self.scene.upgrade(ours), theirs, False)

    def test_reports(self) -> None:
        """
        A data connection is listed, as one of its control session.
        """
        client, peer = self.secured()
        self.joined(client, peer)
        control, data = self.scene.relay.sessionRecords("SSL00001", 0, 10)
        self.assertEqual((data.kind, data.state, data.userid), ("Data", "Handshake", control.userid))
        self.assertEqual(data.number % channels.NUMBERED, control.number)
        self.assertRegex(data.local, r"^127\.0\.0\.1:[0-9]+$")

    def test_unprotected(self) -> None:
        """
        Cleartext where TLS has been agreed does not get to the application, which learns that there was none.
        """
        client, peer = self.secured()
        ours, theirs = self.joined(client, peer)
        ours.send(b"cleartext")
        self.scene.until(lambda: theirs.over)
        self.assertEqual((bytes(theirs.received), type(theirs.failure)), (b"", ConnectionResetError))

    def test_truncated(self) -> None:
        """
        An upload that ends without close_notify is not taken for a whole file by the application.
        """
        client, peer = self.secured()
        ours, theirs = self.joined(client, peer)
        secured = self.scene.upgrade(ours)
        secured.send(b"half")
        self.scene.until(lambda: theirs.received == b"half")
        secured.socket.close()
        self.scene.until(lambda: theirs.over)
        self.assertIsInstance(theirs.failure, ConnectionResetError)

    def test_upload(self) -> None:
        """
        An upload is asked for when the client's side is secured, and its data goes when the application is ready.
        What the library says after the handshake waits for the client's end: a client that only sends has nothing
        unread when it closes.
        """
        client, peer = self.secured()
        ours, theirs = self.joined(client, peer)
        client.send(b"STOR x\r\n")
        self.hears(client, READY)
        self.assertEqual(peer.received, b"")
        secured = self.scene.upgrade(ours)
        secured.send(b"file")
        self.hears(peer, b"STOR x\r\n")
        self.scene.calm()
        self.assertEqual(theirs.received, b"")
        peer.send(b"150 go\r\n")
        self.hears(theirs, b"file")
        self.assertEqual(secured.tls.version(), "TLSv1.3")
        session = secured.tls.session
        assert session is not None
        self.assertFalse(session.has_ticket)
        secured.end()
        self.scene.until(lambda: theirs.ended)
        theirs.close()
        self.scene.until(lambda: secured.hungUp)
        assert secured.tls.session is not None
        self.assertTrue(secured.tls.session.has_ticket)
        peer.send(b"226-done\r\n226 and kept\r\n")
        self.hears(client, b"226-done\r\n226 and kept\r\n")


class ExpectationTests(FtpCase):
    """
    Who may connect, and for how long.
    """

    def test_stranger(self) -> None:
        """
        Somebody else's connection is closed and counted, and the client's is still waited for; there is no second one.
        """
        client, peer = self.begun()
        port = self.passive(client, peer)
        stranger = self.connect(port, "127.0.0.2")
        self.scene.until(lambda: stranger.over)
        self.connect(port)
        self.scene.until(lambda: self.files.peers)
        self.assertEqual(self.scene.outcomes(), {Outcome.STRANGER: 1})
        self.assertRaises(ConnectionRefusedError, self.connect, port)

    def test_again(self) -> None:
        """
        Who asks again is expected at another place, and no more at the first.
        """
        client, peer = self.begun()
        first = self.passive(client, peer)
        second = self.passive(client, peer)
        self.assertRaises(ConnectionRefusedError, self.connect, first)
        self.connect(second)
        self.scene.until(lambda: self.files.peers)

    def test_late(self) -> None:
        """
        A data connection is waited for only so long.
        """
        client, peer = self.begun()
        port = self.passive(client, peer)
        self.scene.sweep(expected.EXPECTED + 1)
        self.assertRaises(ConnectionRefusedError, self.connect, port)
        peer.received.clear()
        self.passive(client, peer)

    def test_silent(self) -> None:
        """
        A client that does not begin TLS has its time for that, as one that does not complete it.
        """
        client, peer = self.secured()
        self.joined(client, peer)
        self.scene.until(lambda: self.data.number != self.control.number)
        self.scene.sweep(200)
        self.assertEqual(len(self.scene.relay.sessions), 2)
        self.scene.sweep(200)
        self.only()
        ours, _ = self.joined(client, peer)
        ours.send(b"\x16\x03\x01")
        self.scene.until(lambda: self.data.deadline < self.scene.now + 100)
        self.scene.sweep(20)
        self.only()

    def test_most(self) -> None:
        """
        A control session has only so many data connections.
        """
        client, peer = self.begun()
        for _ in range(channels.MOST_OPEN):
            self.joined(client, peer)
        client.send(b"EPSV\r\n")
        self.hears(peer, b"EPSV\r\n")
        peer.send(b"229 (|||%d|)\r\n" % self.files.address.port)
        self.hears(client, b"425 Cannot open data connection\r\n")

    def test_counted(self) -> None:
        """
        Data connections count as soon as they are expected, until they have ended, however that is.
        """
        client, peer = self.begun()
        region = self.scene.region
        self.passive(client, peer)
        self.assertEqual((region.data, region.load), (1, 2))
        ours, theirs = self.joined(client, peer)
        self.scene.until(lambda: len(self.scene.relay.sessions) == 2)
        self.assertEqual(region.data, 1)
        self.passive(client, peer)
        self.assertEqual(region.data, 2)
        self.scene.sweep(expected.EXPECTED + 1)
        self.assertEqual(region.data, 1)
        self.scene.segment.waiting = True
        theirs.end()
        ours.socket.shutdown(socket.SHUT_WR)
        self.only()
        self.assertEqual((region.data, region.load), (0, 1))
        self.assertEqual(self.scene.stack.recv(16), WAKE)
        self.passive(client, peer)
        reset(client.socket)
        self.scene.until(lambda: not self.scene.relay.sessions)
        self.assertEqual((region.data, self.scene.relay.empty), (0, True))

    def test_full(self) -> None:
        """
        A server has only so many, over all its sessions; there is one more when one has ended.
        """
        client, peer = self.begun()
        self.scene.relay.limits = TimeLimits(10, 10, 0, 2)
        ours, _ = self.joined(client, peer)
        self.joined(client, peer)
        client.send(b"EPSV\r\n")
        self.hears(peer, b"EPSV\r\n")
        peer.send(b"229 (|||%d|)\r\n" % self.files.address.port)
        self.hears(client, b"425 Cannot open data connection\r\n")
        self.assertEqual((self.scene.observer.full, self.scene.outcomes()), (1, {Outcome.DATA_FULL: 1}))
        reset(ours.socket)
        self.scene.until(lambda: self.scene.region.data == 1)
        self.joined(client, peer)

    def test_noDescriptorToExpect(self) -> None:
        """
        Where none is left to expect one, the client is told so, and its control session goes on.
        """
        client, peer = self.begun()
        client.send(b"EPSV\r\n")
        self.hears(peer, b"EPSV\r\n")
        peer.send(b"229 (|||%d|)\r\n" % self.files.address.port)
        peer.turn()
        with noDescriptors():
            self.scene.relay.doRead()
        self.hears(client, b"425 Cannot open data connection\r\n")
        self.assertEqual((self.scene.observer.shortages, self.scene.region.data), ([Shortage.DESCRIPTORS], 0))
        self.passive(client, peer)

    def test_noDescriptor(self) -> None:
        """
        Where no descriptor is left for a data connection it is told, and is expected no more.
        """
        client, peer = self.begun()
        port = self.passive(client, peer)
        self.scene.calm()
        ours = self.connect(port)
        with noDescriptors():
            self.scene.relay.doRead()
        self.scene.until(lambda: ours.over)
        self.assertEqual((self.scene.observer.shortages, self.scene.region.data), ([Shortage.DESCRIPTORS], 0))

    def test_leftUnanswered(self) -> None:
        """
        A client that leaves while the application owes a reply, and is not read until then, is not kept for long.
        """
        for security in ("ALLOWED", "PREFERRED"):
            self.scene = Scene(self)
            client, peer = self.begun(security)
            client.send(b"SYST\r\n")
            self.hears(peer, b"SYST\r\n")
            reset(client.socket)
            for _ in range(10):
                self.scene.sweep(HALF_CLOSED / 10)
            self.only()
            self.scene.sweep(1)
            self.scene.until(lambda: not self.scene.relay.sessions)

    def test_fault(self) -> None:
        """
        A mistake of ours where one is expected ends that, is met once, and ends no session.
        """
        self.scene = Scene(self, clean=False)
        self.files = self.scene.join(Application.tcp())
        client, peer = self.begun()
        port = self.passive(client, peer)
        self.patch(expected, "sameHost", lambda one, other: 1 / 0)
        ours = self.connect(port)
        self.scene.until(lambda: self.scene.observer.faults)
        self.assertEqual((self.scene.calm(), self.scene.region.data), (0, 0))
        self.assertEqual([type(each) for each in self.scene.observer.faults], [ZeroDivisionError])
        self.waitFor(ours)
        self.passive(client, peer)

    def test_strangersOnly(self) -> None:
        """
        A place that is given up since only strangers come does not count any more.
        """
        client, peer = self.begun()
        port = self.passive(client, peer)
        self.patch(expected, "STRANGERS", 1)
        stranger = self.connect(port, "127.0.0.2")
        self.scene.until(lambda: stranger.over)
        self.assertEqual(self.scene.region.data, 0)

    def test_range(self) -> None:
        """
        Ports are those of the range, and another address can be announced; where none is free, there is no data.
        """
        number = ownPort()
        terms = DataConnections(address="203.0.113.5", first=number, last=number)
        client, peer = self.begun(data=terms)
        for reply in (b"227 Entering Passive Mode (203,0,113,5,%d,%d).\r\n" % divmod(number, 256), None):
            client.send(b"PASV\r\n")
            self.hears(peer, b"PASV\r\n")
            peer.send(b"227 (127,0,0,1,%d,%d)\r\n" % divmod(self.files.address.port, 256))
            self.hears(client, reply or b"425 Cannot open data connection\r\n")
            self.control.kind.channels.forget()  # type: ignore[attr-defined]
            if reply:
                taken = socket.create_server(("127.0.0.1", number))
                self.addCleanup(taken.close)

    def test_unreachable(self) -> None:
        """
        Where the application does not listen, the client's data connection is closed.
        """
        for make in (self.begun, self.secured):
            self.scene = Scene(self)
            self.files = self.scene.join(Application.tcp())
            client, peer = make()
            port = self.passive(client, peer)
            self.files.listening.close()
            ours = self.connect(port)
            if isinstance(client, Client):
                ours = self.scene.upgrade(ours)
            self.waitFor(ours)
            ours.close()
            self.only()

    def test_labelMissing(self) -> None:
        """
        Without the label there is no protected data.
        """
        client, peer = self.secured()
        self.scene.relay.labels = {}
        client.send(b"EPSV\r\n")
        self.hears(peer, b"EPSV\r\n")
        peer.send(b"229 (|||%d|)\r\n" % self.files.address.port)
        self.hears(client, b"425 Cannot open data connection\r\n")


class EndTests(FtpCase):
    """
    The end of a control session.
    """

    def test_broken(self) -> None:
        """
        A control session that breaks takes its data connections with it, and what is expected.
        """
        client, peer = self.begun()
        ours, _ = self.joined(client, peer)
        port = self.passive(client, peer)
        reset(client.socket)
        self.scene.until(lambda: not self.scene.relay.sessions)
        self.assertRaises(ConnectionRefusedError, self.connect, port)
        self.scene.until(lambda: ours.over)

    def test_quit(self) -> None:
        """
        One that ends in order lets a transfer be completed, within limits.
        """
        for late in (False, True):
            self.scene = Scene(self, clean=not late)
            self.files = self.scene.join(Application.tcp())
            client, peer = self.begun()
            ours, theirs = self.joined(client, peer)
            self.scene.until(lambda: self.data.phase is Phase.CLEARTEXT)
            peer.end()
            self.waitFor(client)
            client.socket.shutdown(socket.SHUT_WR)
            self.only()
            if late:
                self.scene.sweep(HALF_CLOSED + 1)
                self.assertFalse(self.scene.relay.sessions)
            else:
                self.transfers(ours, theirs, False)

    def test_busy(self) -> None:
        """
        A control session whose data is under way is not idle.
        """
        client, peer = self.begun()
        self.joined(client, peer)
        self.scene.relay.limits = evolve(self.scene.relay.limits, idle=10)
        self.scene.until(lambda: self.data.phase is Phase.CLEARTEXT)
        self.scene.sweep(9)
        self.scene.sweep(9)
        self.assertEqual(self.control.phase, Phase.CLEARTEXT)

    def test_descriptors(self) -> None:
        """
        A thousand attempts of all kinds leave no descriptor behind.
        """
        kinds = (b"x" * 20000, b"AUTH TLS\r\nUSER evil\r\n", b"\x16\x03\x01\0\x05hello", b"EPSV\r\nUSER", b"PORT 1\r\n")
        application = self.application("ALLOWED", DataConnections(), False)

        def attempt(number: int) -> None:
            client = self.scene.rawClient()
            self.scene.until(lambda: len(application.peers) == 1)
            peer = application.peers[0]
            peer.send(GREETING if number % 7 else b"what\r\n")
            client.send(kinds[number % len(kinds)])
            if number % len(kinds) == 3 and number % 7:
                self.scene.until(lambda: b"EPSV" in peer.received)
                peer.send(b"229 (|||%d|)\r\n" % self.files.address.port)
                self.scene.until(lambda: b"229 " in client.received)
            self.scene.until(lambda: (client.sent or client.over) and (peer.sent or peer.over))
            for each in (client, peer) if number % 2 else (peer, client):
                each.close()
            self.scene.until(lambda: self.scene.region.sessions == 0)
            self.scene.forget(client)
            client.close()
            peer.close()
            application.peers.clear()

        attempt(1)
        gc.collect()
        before = openDescriptors()
        for number in range(1000):
            attempt(number)
        self.assertEqual(openDescriptors(), before)


class ReuseTests(FtpCase):
    """
    Data connections that have to resume the control connection's TLS session.
    """

    REUSE = DataConnections(reuse=True)

    def test_reuse(self) -> None:
        """
        With the control connection's session there is data; without one, or with another's, there is none.
        """
        for version in (None, TLS12):
            self.check(clientContext(version))

    def check(self, context: ssl.SSLContext) -> None:
        """
        See L{test_reuse}.
        """
        others = self.sessionOfAnother(context)
        for kind in ("none", "another's", "the control connection's"):
            self.scene = Scene(self)
            self.files = self.scene.join(Application.tcp())
            client, peer = self.secured(self.REUSE, context)
            mine = kind == "the control connection's"
            session = {"none": None, "another's": others}.get(kind, client.tls.session)
            ours, theirs = self.joined(client, peer)
            secured = Client(ours.socket, context, session)
            self.scene._turning[self.scene._turning.index(ours)] = secured
            if mine:
                self.transfers(secured, theirs, False)
                self.assertTrue(secured.tls.session_reused)
            else:
                self.waitFor(theirs)
                secured.close()
                self.only()
                self.assertEqual(self.scene.outcomes(), {Outcome.NOT_RESUMED: 1}, kind)

    def test_thief(self) -> None:
        """
        Who is refused has got nothing with which to be let in next time, whatever it was refused for.
        """
        for version in (None, TLS12):
            for upload in (True, False):
                self.scene = Scene(self)
                self.files = self.scene.join(Application.tcp())
                context = clientContext(version)
                client, peer = self.secured(self.REUSE, context)
                ours, theirs = self.joined(client, peer)
                if upload:
                    client.send(b"STOR x\r\n")
                    self.hears(client, READY)
                thief = self.scene.upgrade(ours, context)
                self.waitFor(theirs)
                self.waitFor(thief)
                # Whatever has come before the reset.
                with contextlib.suppress(ssl.SSLError):
                    thief.tls.do_handshake()
                    thief.tls.read(1)
                with contextlib.suppress(ValueError):  # the library's word for a handshake that is not complete
                    session = thief.tls.session
                    self.assertFalse(session and session.has_ticket)
                self.assertEqual(self.scene.outcomes(), {Outcome.NOT_RESUMED: 1})
                # The client itself still is.
                client.received.clear()
                ours, theirs = self.joined(client, peer)
                self.scene._turning.remove(ours)
                resuming = self.scene.join(Client(ours.socket, context, client.tls.session))
                self.transfers(resuming, theirs, False)

    def test_exposed(self) -> None:
        """
        Where somebody has got such a thing all the same, nobody can resume any more.
        """
        context = clientContext()
        client, peer = self.secured(self.REUSE, context)
        self.patch(secureddata, "isAnew", lambda connection: False)
        ours, _ = self.joined(client, peer)
        self.waitFor(self.scene.upgrade(ours))
        ours, theirs = self.joined(client, peer)
        self.scene._turning[self.scene._turning.index(ours)] = Client(ours.socket, context, client.tls.session)
        self.waitFor(theirs)
        self.only()
        self.assertEqual(self.scene.outcomes(), {Outcome.NOT_RESUMED: 2})

    def sessionOfAnother(self, context: ssl.SSLContext) -> ssl.SSLSession | None:
        """
        Return the TLS session of another control session.
        """
        self.scene = Scene(self)
        self.files = self.scene.join(Application.tcp())
        client, _ = self.secured(self.REUSE, context)
        return client.tls.session
