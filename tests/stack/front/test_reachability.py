"""
Tests for L{sslpool.stack.front.reachability}.
"""

from __future__ import annotations

import errno
import socket
from typing import cast

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.protocol import ClientFactory
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.securing import Outbound, Remote
from sslpool.interfaces import IStackReactor
from sslpool.messages import Said, said
from sslpool.stack.front.reachability import ANSWER_TIMEOUT, LIMIT, LONGEST, MOST_AT_ONCE, Reachability
from sslpool.wire.assignment import Address, PortAssignment
from tests.doubles.reactor import FakeReactor

WEB = PortAssignment(1, "0.0.0.0:443", "WEB", "A", (Address(socket.AF_INET, "127.0.0.1", 80),))


class ReachingTests(SynchronousTestCase):
    """
    Applications are connected to, and servers are listened to.
    """

    def setUp(self) -> None:
        """
        Know nothing yet.
        """
        self.reactor = FakeReactor()
        self.reachability = Reachability(cast(IStackReactor, self.reactor), lambda: {"WEB", "MAIL"})

    def look(self, *ports: PortAssignment) -> Deferred[None]:
        """
        Look at ports.
        """
        return Deferred.fromCoroutine(self.reachability.look(ports))

    def answer(self, number: int = 0) -> None:
        """
        Be an application that accepts a connection.
        """
        factory = self.factory(number)
        protocol = factory.buildProtocol(None)
        assert protocol is not None
        transport = StringTransport()
        protocol.makeConnection(transport)
        self.assertTrue(transport.disconnecting)

    def refuse(self, number: int = 0) -> None:
        """
        Be a machine on which no application listens.
        """
        error = ConnectionRefusedError(errno.ECONNREFUSED)
        self.factory(number).clientConnectionFailed(None, Failure(error))  # type: ignore[arg-type]

    def factory(self, number: int) -> ClientFactory:
        """
        Return what waits for a connection.
        """
        factory: ClientFactory = self.reactor.tcpClients[number][2]
        return factory

    def problem(self) -> str:
        """
        Return what is known of WEB.
        """
        return str(self.reachability.problem("WEB") or "")

    def test_reached(self) -> None:
        """
        An application that accepts is reached; the connection is closed again, and made once for all ports.
        """
        looked = self.look(WEB, evolve(WEB, key=2, local="[::]:443"))
        self.answer()
        self.successResultOf(looked)
        self.assertEqual((self.problem(), len(self.reactor.tcpClients)), ("", 1))

    def test_refused(self) -> None:
        """
        One that is not there is not, until it is.
        """
        looked = self.look(WEB)
        self.refuse()
        self.successResultOf(looked)
        self.assertEqual(self.problem(), "SSLP465E WEB at 127.0.0.1:80 cannot be reached: Connection refused")
        looked = self.look(WEB)
        self.answer(1)
        self.successResultOf(looked)
        self.assertEqual(self.problem(), "")

    def test_another(self) -> None:
        """
        One address that accepts is enough, as for clients.
        """
        addresses = (*WEB.addresses, Address(socket.AF_INET6, "::1", 80))
        looked = self.look(evolve(WEB, addresses=addresses))
        self.refuse()
        self.answer(1)
        self.successResultOf(looked)
        self.assertEqual([each[0] for each in self.reactor.tcpClients], ["127.0.0.1", "::1"])
        self.assertEqual(self.problem(), "")

    def test_source(self) -> None:
        """
        The connection comes from where those of clients do.
        """
        self.look(evolve(WEB, source="127.0.0.9"))
        self.assertEqual(self.reactor.tcpClients[0][4], ("127.0.0.9", 0))

    def test_silent(self) -> None:
        """
        One that does not answer is not waited for.
        """
        self.look(WEB)
        self.assertEqual(self.reactor.tcpClients[0][3], LIMIT)

    def test_allSilent(self) -> None:
        """
        Nor are many of them waited for, one after another; of those that were not tried nothing is known.
        """
        ports = [
            evolve(WEB, key=key, userid=f"WEB{key}", addresses=(Address(socket.AF_INET, "127.0.0.1", key),))
            for key in range(1, 2 * MOST_AT_ONCE)
        ]
        looked = self.look(*ports)
        self.assertEqual(len(self.reactor.tcpClients), MOST_AT_ONCE)
        self.refuse()
        self.reactor.advance(ANSWER_TIMEOUT)
        self.successResultOf(looked)
        problems = [each.userid for each in ports if self.reachability.problem(each.userid) is not None]
        self.assertEqual(len(problems), 1)

    def test_path(self) -> None:
        """
        An application may be at a path.
        """
        looked = self.look(evolve(WEB, addresses=(Address(socket.AF_UNIX, "/run/web", 0),)))
        error = ConnectionRefusedError(errno.ENOENT)
        self.reactor.unixClients[0][1].clientConnectionFailed(None, Failure(error))
        self.successResultOf(looked)
        self.assertIn("WEB at /run/web cannot be reached: No such file or directory", self.problem())

    def test_notAsked(self) -> None:
        """
        Remote hosts, the manhole, and what has no address are not connected to.
        """
        remote = evolve(WEB, securing=Outbound(Remote("a.example")))
        self.successResultOf(self.look(remote, evolve(WEB, manhole=True), evolve(WEB, addresses=())))
        self.assertEqual((self.reactor.tcpClients, self.reactor.unixClients), ([], []))

    def down(self, application: str = "WEB", reason: str = "Connection refused") -> Said:
        """
        Return what a server says of an application.
        """
        return said("SSLP121W", server="SSL00001", application=application, addresses="127.0.0.1:80", reason=reason)

    def test_heard(self) -> None:
        """
        What servers say counts without a question, of applications that there are, within bounds.
        """
        self.reachability.hear(self.down())
        self.assertEqual(self.problem(), "SSLP465E WEB at 127.0.0.1:80 cannot be reached: Connection refused")
        self.reachability.hear(self.down(reason="x" * 5000))
        self.assertLess(len(self.problem()), LONGEST + 100)
        self.reachability.hear(said("SSLP122I", server="SSL00002", application="MAIL"))
        self.assertNotEqual(self.problem(), "")
        self.reachability.hear(said("SSLP122I", server="SSL00001", application="WEB"))
        self.assertEqual(self.problem(), "")
        self.reachability.hear(self.down("STRANGE"))
        self.assertIsNone(self.reachability.problem("STRANGE"))
