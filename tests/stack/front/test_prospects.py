"""
Tests for L{sslpool.stack.front.prospects}.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable
from typing import cast

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sslpool.config.configuration import SecurePort
from sslpool.config.securing import Outbound, Remote
from sslpool.interfaces import IProspects, IStackReactor
from sslpool.messages import Said, said
from sslpool.pool.serving import PortFacts
from sslpool.stack.front.ports import Ports
from sslpool.stack.front.prospects import Prospects, barredPorts
from sslpool.stack.front.reachability import Reachability
from sslpool.wire.assignment import PortAssignment
from tests.doubles.reactor import FakeReactor
from tests.stack.front.test_ports import securePort


class ProspectsTests(SynchronousTestCase):
    """
    What is known of ports.
    """

    def prospects(self, *statements: SecurePort, labels: Iterable[str] = ("WEBCERT",)) -> Prospects:
        """
        Return what knows the ports of these statements.
        """
        self.ports = Ports(statements)
        self.reachability = Reachability(cast(IStackReactor, FakeReactor()), lambda: {"HTTPD"})
        self.labels = set(labels)
        self.shut: Said | None = None
        return Prospects(self.ports, lambda: self.labels, self.reachability, lambda: self.shut)

    def serve(self) -> None:
        """
        Listen on what can be opened.
        """
        for key, listening in self.ports.open(self.labels)[0]:
            self.addCleanup(listening.close)
            self.ports.listen(key, listening)

    def test_interface(self) -> None:
        """
        It is what the administration asks.
        """
        self.assertTrue(verifyObject(IProspects, self.prospects()))

    def test_notYet(self) -> None:
        """
        Before there is a server the stack listens nowhere, for no reason of the port's.
        """
        prospects = self.prospects(securePort(0))
        self.assertEqual(prospects.ports(), [PortFacts("127.0.0.1:0", 0, "HTTPD", False, bind="127.0.0.1")])
        self.serve()
        self.assertEqual(prospects.ports(), [PortFacts("127.0.0.1:0", 0, "HTTPD", bind="127.0.0.1")])

    def test_closed(self) -> None:
        """
        A port without its label is closed, and says so.
        """
        prospects = self.prospects(securePort(0), labels=())
        self.serve()
        (found,) = prospects.ports()
        self.assertEqual((found.listening, found.problem), (False, said("SSLP020E", port=0, label="WEBCERT")))

    def test_labelGone(self) -> None:
        """
        A port stays open when its label goes; its clients are not served.
        """
        prospects = self.prospects(securePort(0))
        self.serve()
        self.labels.clear()
        (found,) = prospects.ports()
        self.assertEqual((found.listening, found.problem), (True, said("SSLP464E", port=0, label="WEBCERT")))

    def test_shut(self) -> None:
        """
        Where a limit lets nobody in, that is why clients are not served; not those of a remote host's port, nor of
        one that only this machine can reach.
        """
        remote = evolve(securePort(0, "0.0.0.0"), securing=Outbound(Remote("a.example")), label="")
        for port, refused in ((securePort(0, "0.0.0.0"), True), (remote, False), (securePort(0), False)):
            prospects = self.prospects(port)
            self.serve()
            self.shut = said("SSLP475W", limit=5, pending=5)
            (found,) = prospects.ports()
            self.assertEqual((found.listening, found.problem), (True, self.shut if refused else None))

    def test_barred(self) -> None:
        """
        A port whose lists let nobody in says which list; it listens all the same.
        """
        prospects = self.prospects(evolve(securePort(0), deny=("0.0.0.0/0",)))
        self.serve()
        (found,) = prospects.ports()
        self.assertEqual((found.listening, found.problem), (True, said("SSLP476W", port=0, list="DENY")))

    def test_lists(self) -> None:
        """
        Nobody is let in where DENY has all that ALLOW has, in whatever parts, or ALLOW nothing that can come; a list
        of IPv4 only leaves IPv6 as it is.
        """
        both, four = ("0.0.0.0/0", "::/0"), ("0.0.0.0/0",)
        for bind, allow, deny, word in (
            (None, (), both, "DENY"),
            (None, (), four, ""),
            ("127.0.0.1", (), four, "DENY"),
            ("127.0.0.1", (), ("0.0.0.0/1", "128.0.0.0/1"), "DENY"),
            ("127.0.0.1", (), ("0.0.0.0/1",), ""),
            (None, ("192.0.2.0/24",), ("192.0.0.0/16",), "DENY"),
            (None, ("192.0.2.0/24", "2001:db8::/32"), ("192.0.0.0/16",), ""),
            (None, ("192.0.2.0/24",), ("192.0.2.0/25", "192.0.2.128/26"), ""),
            ("::1", ("192.0.2.0/24",), (), "ALLOW"),
            ("127.0.0.1", ("192.0.2.0/24",), (), ""),
        ):
            port = evolve(securePort(1, bind), allow=allow, deny=deny)
            self.assertEqual(barredPorts(Ports([port]).entries()).get(port, ""), word, (bind, allow, deny))

    def test_application(self) -> None:
        """
        So does one whose application cannot be reached; a remote host is none.
        """
        remote = evolve(securePort(1), securing=Outbound(Remote("a.example")), label="")
        prospects = self.prospects(securePort(0), remote)
        self.serve()
        self.reachability.hear(
            said("SSLP121W", server="SSL00001", application="HTTPD", addresses="127.0.0.1:8080", reason="refused")
        )
        problems = [each.problem.id if each.problem else "" for each in prospects.ports() if each.listening]
        self.assertEqual(problems[0], "SSLP465E")
        self.assertNotIn("SSLP465E", problems[1:])

    def test_look(self) -> None:
        """
        Those under suspicion are looked at, those of a port, or all.
        """
        prospects = self.prospects(securePort(8001), securePort(8002))
        looked: list[list[int]] = []

        async def look(reachability: Reachability, assignments: Iterable[PortAssignment]) -> None:
            looked.append([each.key for each in assignments])

        self.patch(Reachability, "look", look)
        for suspects, port in ((True, None), (False, 8002), (False, None)):
            self.successResultOf(Deferred.fromCoroutine(prospects.look(suspects, port)))
        self.assertEqual([len(each) for each in looked], [0, 1, 2])

    def test_shortage(self) -> None:
        """
        That there are no descriptors is found out, not remembered.
        """
        prospects = self.prospects()
        self.assertEqual(prospects.shortage, "")

        def exhausted(*arguments: object) -> socket.socket:
            raise OSError(errno.EMFILE, "Too many open files")

        self.patch(socket, "socket", exhausted)
        self.assertEqual(prospects.shortage, "Too many open files")
