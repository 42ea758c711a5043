"""
Tests for L{sslpool.sessions.origin}: from where applications are connected to, with real sockets.
"""

from __future__ import annotations

import re
import socket

from attrs import evolve
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from sslpool.config.securing import DataConnections, Dynamic
from sslpool.sessions.outcome import Outcome
from sslpool.stack.front.localsystem import others
from sslpool.wire.assignment import Address, PortAssignment
from tests.server.ends import Application, ApplicationPeer, Peer
from tests.server.scene import Scene, portTo
from tests.sessions.test_ftp import FtpCase

ELSEWHERE = "198.51.100.1"
"""
An address that no machine has (RFC 5737).
"""


class OriginTests(SynchronousTestCase):
    """
    Sessions that come from an address that the configuration says.
    """

    def setUp(self) -> None:
        """
        Have a relay with an application.
        """
        self.scene = Scene(self)
        self.application = self.scene.join(Application.tcp())

    def port(self, source: str, *addresses: Address) -> PortAssignment:
        """
        Put a port in front of the application.
        """
        port = evolve(portTo(*(addresses or (self.application.address,))), source=source)
        self.scene.relay.setPort(port)
        return port

    def seen(self) -> str:
        """
        Have a client connect; return whom the application sees.
        """
        before = len(self.application.peers)
        client = self.scene.client()
        self.scene.until(lambda: len(self.application.peers) > before)
        host: str = self.application.peers[-1].socket.getpeername()[0]
        client.end()
        self.application.peers[-1].end()
        self.scene.until(lambda: client.ended)
        return host

    def test_seen(self) -> None:
        """
        The application sees that address; changed, the next connection comes from the other.
        """
        for source, seen in (("127.0.0.2", "127.0.0.2"), ("127.0.0.3", "127.0.0.3"), ("", "127.0.0.1")):
            self.port(source)
            self.assertEqual(self.seen(), seen)

    def test_clear(self) -> None:
        """
        So it is where connections begin in cleartext.
        """
        self.scene.relay.setPort(evolve(self.port("127.0.0.2"), securing=Dynamic("SMTP", "ALLOWED")))
        self.scene.rawClient()
        self.scene.until(lambda: self.application.peers)
        self.assertEqual(self.application.peers[0].socket.getpeername()[0], "127.0.0.2")

    def test_six(self) -> None:
        """
        So it is with IPv6.
        """
        other = others().get(6)
        if other is None:
            raise SkipTest("this machine has no IPv6 address but that of its loopback interface")
        application = self.scene.join(Application(socket.create_server(("::1", 0), family=socket.AF_INET6)))
        self.port(other, Address(socket.AF_INET6, "::1", application.listening.getsockname()[1]))
        self.scene.client()
        self.scene.until(lambda: application.peers)
        self.assertEqual(application.peers[0].socket.getpeername()[0], other)

    def test_lacking(self) -> None:
        """
        Where this machine does not have the address, the session ends as of an application that is down, and
        the next connection tries again.
        """
        port = self.port(ELSEWHERE)
        client = self.scene.client()
        self.scene.until(lambda: client.ended)
        client.end()
        self.scene.ended(Outcome.APPLICATION_DOWN)
        self.assertEqual(self.scene.observer.sources, [(port, "Cannot assign requested address")])
        self.assertEqual(self.application.peers, [])
        self.port("127.0.0.2")
        self.assertEqual(self.seen(), "127.0.0.2")
        self.assertEqual([each.key for each in self.scene.observer.reached], [port.key])

    def test_family(self) -> None:
        """
        So it does where a name has turned out to have addresses of the other family only.
        """
        port = self.port("127.0.0.2", Address(socket.AF_INET6, "::1", 9))
        client = self.scene.client()
        self.scene.until(lambda: client.ended)
        client.end()
        self.scene.ended(Outcome.APPLICATION_DOWN)
        self.assertEqual(self.scene.observer.sources, [(port, "Address family not supported by protocol")])

    def test_manyPorts(self) -> None:
        """
        No port of this machine is kept from other connections: the kernel may use one twice that goes elsewhere.
        """
        self.port("127.0.0.2")
        self.seen()
        with socket.socket() as asked:
            asked.setsockopt(socket.IPPROTO_IP, 24, 1)
            asked.bind(("127.0.0.2", 0))
            self.assertEqual(asked.getsockname()[1], 0)


class DataTests(FtpCase):
    """
    Data connections of FTP come from where their control connection comes.
    """

    def application(self, security: str, data: DataConnections, implicit: bool) -> Application:
        """
        Have the application be connected to from another address.
        """
        application = super().application(security, data, implicit)
        self.scene.relay.setPort(evolve(next(iter(self.scene.relay.intake.ports.values())), source="127.0.0.2"))
        return application

    def test_passive(self) -> None:
        """
        In passive mode it is we who connect.
        """
        client, peer = self.begun()
        self.assertEqual(peer.socket.getpeername()[0], "127.0.0.2")
        self.connect(self.passive(client, peer))
        self.scene.until(lambda: self.files.peers)
        self.assertEqual(self.files.peers[0].socket.getpeername()[0], "127.0.0.2")

    def active(self, client: Peer, peer: ApplicationPeer) -> int:
        """
        Ask for active mode; return the port where the application is to connect.
        """
        client.send(b"EPRT |1|127.0.0.1|%d|\r\n" % self.files.address.port)
        self.scene.until(lambda: peer.received.endswith(b"\n"))
        match = re.fullmatch(rb"PORT 127,0,0,2,([0-9]+),([0-9]+)\r\n", bytes(peer.received))
        assert match is not None, peer.received
        return int(match[1]) * 256 + int(match[2])

    def test_active(self) -> None:
        """
        In active mode the application connects to where its control connection comes from: from its own
        address, or from the one that the kernel takes for that; nobody else does.
        """
        for source, carried in (("127.0.0.1", True), ("127.0.0.2", True), ("127.0.0.3", False)):
            port = self.active(*self.begun())
            connection = socket.create_connection(("127.0.0.2", port), source_address=(source, 0))
            self.scene.join(Peer(connection))
            if carried:
                count = len(self.files.peers)
                self.scene.until(lambda: len(self.files.peers) > count)  # noqa: B023
            else:
                self.scene.until(lambda: self.scene.relay.outcomes[Outcome.STRANGER])
