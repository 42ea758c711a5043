"""
Tests for L{sslpool.stack.lookups}, and for ports to remote hosts.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Position, Remote, SecurePort
from sslpool.pool.assignment import Address, PortAssignment
from sslpool.stack.lookups import PERIOD, Lookups
from sslpool.stack.ports import Ports, wildcards
from sslpool.testing.logs import texts

REMOTE = SecurePort(25, "RELAY", "", None, "mail.example:465", Position("P", 1), remote=Remote("mail.example"))
STATIC = SecurePort(443, "WEBSERV", "WEBCERT", None, "127.0.0.1:80", Position("P", 2))


def address(host: str, port: int = 465) -> Address:
    """
    Return an IPv4 address.
    """
    return Address(int(socket.AF_INET), host, port)


class LookupTests(SynchronousTestCase):
    """
    A remote host's name.
    """

    def setUp(self) -> None:
        """
        Make ports whose name is not known.
        """
        self.clock = Clock()
        self.known: list[Address] = []
        self.asked: list[str] = []
        self.told: list[PortAssignment] = []
        self.ports = Ports([REMOTE, STATIC], self.resolve)
        self.lookups = Lookups(self.clock, self.ports, self.told.append, self.resolve, self.ask)
        self.asked.clear()

    def resolve(self, host: str, port: int) -> list[Address]:
        """
        Stands for the resolver.
        """
        self.asked.append(host)
        if host == "127.0.0.1":
            return [address(host, port)]
        if not self.known:
            raise OSError(2, "Name or service not known")
        return self.known

    def ask(self, look: Callable[[], list[Address]]) -> Deferred[list[Address]]:
        """
        Stands for the thread.
        """
        try:
            return succeed(look())
        except Exception:
            return Deferred.fromCoroutine(self.failing(look))

    async def failing(self, look: Callable[[], list[Address]]) -> list[Address]:
        """
        Fail as it has failed.
        """
        return look()

    def test_ports(self) -> None:
        """
        A remote host that is not known does not keep the stack from starting; its port
        is for this machine only.
        """
        remote = [each for each in self.ports.assignments() if each.remote]
        self.assertEqual({each.addresses for each in remote}, {()})
        expected = ["127.0.0.1:25", "[::1]:25"][: len(wildcards())]
        self.assertEqual([each.local for each in remote], expected)

    def test_known(self) -> None:
        """
        When the name is known the servers are told, and again when it has changed; only then.
        """
        with capturedLogs() as events:
            self.lookups.startService()
            self.clock.advance(0)
            self.clock.advance(PERIOD)
        self.assertEqual((len(self.asked), self.told), (4, []))
        self.assertEqual(
            texts(events), ["SSLP759W The address mail.example:465 for RELAY is not known: Name or service not known"]
        )
        for known, count in (("192.0.2.1", 1), ("192.0.2.1", 0), ("192.0.2.2", 1)):
            self.known = [address(known)]
            self.told.clear()
            self.clock.advance(PERIOD)
            self.assertEqual(len(self.told), count * len(wildcards()), known)
        self.assertEqual({each.addresses for each in self.told}, {(address("192.0.2.2"),)})
        self.assertEqual([each for each in self.ports.assignments() if each.remote], self.told)

    def test_lost(self) -> None:
        """
        Addresses stay where the name service does not answer any more.
        """
        self.known = [address("192.0.2.1")]
        self.lookups.startService()
        self.clock.advance(0)
        self.known = []
        self.clock.advance(PERIOD)
        self.assertEqual(self.ports.assignments()[0].addresses, (address("192.0.2.1"),))

    def test_stop(self) -> None:
        """
        After the end nothing is looked up.
        """
        self.lookups.startService()
        self.lookups.stopService()
        self.clock.advance(PERIOD)
        self.assertEqual(self.asked, [])
        self.assertEqual(self.clock.getDelayedCalls(), [])
