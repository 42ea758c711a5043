"""
Tests for L{sslpool.stack.front.lookups}, and for ports to remote hosts.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from threading import Event, current_thread
from typing import cast

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase, TestCase

from sslpool.config.configuration import Position, SecurePort
from sslpool.config.securing import Outbound, Remote
from sslpool.messages import OperatorError
from sslpool.stack.front.listeningsockets import wildcards
from sslpool.stack.front.lookups import ANSWER_TIMEOUT, MOST_AT_ONCE, PERIOD, RETRY, Lookups
from sslpool.stack.front.ports import Ports
from sslpool.wire.assignment import Address, PortAssignment
from tests.logs import ids, texts

REMOTE = SecurePort(25, "RELAY", "", None, "mail.example:465", Position("P", 1), Outbound(Remote("mail.example")))
STATIC = SecurePort(443, "WEBSERV", "WEBCERT", None, "127.0.0.1:80", Position("P", 2))
NAMED = SecurePort(444, "APP", "WEBCERT", "127.0.0.1", "app.example:80", Position("P", 3))

UNKNOWN = socket.gaierror(socket.EAI_AGAIN, "Try again")
NONEXISTENT = socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def address(host: str, port: int = 465) -> Address:
    """
    Return an IPv4 address.
    """
    return Address(int(socket.AF_INET), host, port)


class LookupCase(SynchronousTestCase):
    """
    A remote host's name, an application's, and one that is no name.
    """

    def setUp(self) -> None:
        """
        Make ports whose names are not known.
        """
        self.clock = Clock()
        self.known: dict[str, list[str] | OSError | None] = {}
        self.asked: list[str] = []
        self.hanging: list[Deferred[list[Address]]] = []
        self.told: list[PortAssignment] = []
        self.found: list[None] = []
        self.ports = Ports([REMOTE, STATIC, NAMED])
        found = partial(self.found.append, None)
        self.lookups = Lookups(self.clock, self.ports, self.told.append, found, self.resolve, self.ask)

    def resolve(self, host: str, port: int) -> list[Address]:
        """
        Stands for the resolver.
        """
        self.asked.append(host)
        found = self.known.get(host, UNKNOWN)
        if isinstance(found, OSError):
            raise found
        return [address(each, port) for each in found or ()]

    def ask(self, look: Callable[[], list[Address]]) -> Deferred[list[Address]]:
        """
        Stands for the thread: what is C{None} hangs.
        """

        async def asked() -> list[Address]:
            return look()

        if None in self.known.values():
            self.hanging.append(Deferred())
            return self.hanging[-1]
        return Deferred.fromCoroutine(asked())

    def applications(self) -> set[tuple[Address, ...]]:
        """
        Return the addresses of the application's port.
        """
        entries = self.ports.entriesFor([NAMED]).values()
        return {each.assignment.addresses for each in entries}


class LookupTests(LookupCase):
    """
    Names are looked up again and again.
    """

    def test_ports(self) -> None:
        """
        A name that is not known does not keep the stack from starting, and nobody waits for it; a
        remote host's port is for this machine only.
        """
        remote = [each for each in self.ports.assignments() if each.target == REMOTE.address]
        self.assertEqual(({each.addresses for each in remote}, self.applications()), ({()}, {()}))
        expected = ["127.0.0.1:25", "[::1]:25"][: len(wildcards())]
        self.assertEqual([each.local for each in remote], expected)
        self.assertEqual(self.asked, [])

    def test_known(self) -> None:
        """
        When a name is known the servers are told, and again when it has changed; only then.
        """
        self.known["app.example"] = ["192.0.2.9"]
        with capturedLogs() as events:
            self.lookups.startService()
            self.clock.pump([0, PERIOD])
        self.assertEqual({each.userid for each in self.told}, {"APP"})
        self.assertEqual(sorted(self.asked), ["app.example"] * 2 + ["mail.example"] * 2)
        self.assertEqual(texts(events), ["SSLP759W The address mail.example:465 for RELAY is not known: Try again"])
        for known, count in (("192.0.2.1", 1), ("192.0.2.1", 0), ("192.0.2.2", 1)):
            self.known["mail.example"] = [known]
            self.told.clear()
            self.clock.advance(PERIOD)
            self.assertEqual(len(self.told), count * len(wildcards()), known)
        self.assertEqual({each.addresses for each in self.told}, {(address("192.0.2.2"),)})
        self.assertEqual([each for each in self.ports.assignments() if each.target == REMOTE.address], self.told)

    def test_circular(self) -> None:
        """
        A name by which the stack itself would be reached at one of its ports counts as not known, also where it
        had another address before; at another port, or for a remote host, it is one as any other.
        """
        again = evolve(NAMED, address="app.example:443")
        self.ports.replace(self.ports.entriesFor([REMOTE, STATIC, again]))
        self.known |= {"app.example": ["192.0.2.9"], "mail.example": ["127.0.0.1"]}
        with capturedLogs() as events:
            self.lookups.startService()
            self.clock.advance(0)
            self.known["app.example"] = ["198.51.100.1", "127.0.0.1"]
            self.clock.advance(PERIOD)
        [said] = texts(events)
        self.assertTrue(said.startswith("SSLP052W The address app.example:443 of APP cannot be looked up: "))
        self.assertTrue(said.endswith(": it is a secure port of this stack itself"))
        known = self.ports.names.known("app.example:443")
        self.assertEqual([each.host for each in known], ["192.0.2.9"])
        self.ports.replace(self.ports.entriesFor([REMOTE, STATIC, NAMED]))
        self.lookups.reload()
        self.assertEqual(len(self.ports.names.known("app.example:80")), 2)

    def test_late(self) -> None:
        """
        An application's name that is not known is looked up every few seconds, which is said once; its
        port can be opened as soon as it is.
        """
        with capturedLogs() as events:
            self.lookups.startService()
            self.clock.pump([0, RETRY, RETRY])
        self.assertEqual(self.asked.count("app.example"), 3)
        self.assertEqual(ids(events), ["SSLP759W", "SSLP050W"])
        self.assertEqual((self.ports.names.unknown["app.example:80"], self.found), ("Try again", []))
        self.known["app.example"] = ["192.0.2.9"]
        self.clock.advance(RETRY)
        self.assertEqual(({each.userid for each in self.told}, len(self.found)), ({"APP"}, 1))
        self.assertEqual((self.applications(), len(self.found)), ({(address("192.0.2.9", 80),)}, 1))

    def test_lost(self) -> None:
        """
        Addresses stay where the name service does not answer any more, which is said once.
        """
        self.known = {"mail.example": ["192.0.2.1"], "app.example": ["192.0.2.9"]}
        self.lookups.startService()
        self.clock.advance(0)
        self.known = {}
        with capturedLogs() as events:
            self.clock.pump([PERIOD] * 3)
        self.assertEqual(ids(events), ["SSLP759W", "SSLP052W"])
        self.assertEqual(self.ports.assignments()[0].addresses, (address("192.0.2.1"),))
        self.assertEqual(self.applications(), {(address("192.0.2.9", 80),)})

    def test_moved(self) -> None:
        """
        An application that has moved is followed, and it is said; the same addresses in another order are none.
        """
        self.known = {"app.example": ["192.0.2.1", "192.0.2.2"], "mail.example": ["192.0.2.3"]}
        self.lookups.startService()
        self.clock.advance(0)
        self.told.clear()
        with capturedLogs() as events:
            self.known["app.example"] = ["192.0.2.2", "192.0.2.1"]
            self.clock.advance(PERIOD)
            self.assertEqual(self.told, [])
            self.known["app.example"] = ["192.0.2.7"]
            self.lookups.reload()
        self.assertEqual(texts(events), ["SSLP051I APP at app.example:80 has moved to 192.0.2.7"])
        self.assertEqual([each.addresses for each in self.told], [(address("192.0.2.7", 80),)])

    def test_hanging(self) -> None:
        """
        A name that hangs is asked for once, and keeps no other waiting.
        """
        self.known["app.example"] = None
        self.lookups.startService()
        self.clock.pump([0, RETRY, PERIOD])
        self.assertEqual(len(self.hanging), 2)
        self.hanging[1].callback([address("192.0.2.9", 80)])
        self.assertEqual(self.applications(), {(address("192.0.2.9", 80),)})

    def test_stop(self) -> None:
        """
        After the end nothing is looked up.
        """
        self.lookups.startService()
        self.lookups.stopService()
        self.asked.clear()
        self.clock.advance(PERIOD)
        self.assertEqual(self.asked, [])
        self.assertEqual(self.clock.getDelayedCalls(), [])


class CommandTests(LookupCase):
    """
    Names of ports that are to be.
    """

    def test_new(self) -> None:
        """
        What a new port's name comes to is there when the port is made; it has not moved.
        """
        self.known["new.example"] = ["192.0.2.5"]
        new = evolve(NAMED, number=445, address="new.example:80")
        self.assertEqual(self.successResultOf(Deferred.fromCoroutine(self.lookups.known([STATIC, new]))), [])
        self.assertEqual(self.asked, ["new.example"])
        (entry,) = self.ports.entriesFor([new]).values()
        self.assertEqual(entry.assignment.addresses, (address("192.0.2.5", 80),))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_moved(self) -> None:
        """
        A name that has moved is said.
        """
        self.known["app.example"] = ["192.0.2.1"]
        self.successResultOf(Deferred.fromCoroutine(self.lookups.known([NAMED])))
        self.known["app.example"] = ["192.0.2.2"]
        [message] = self.successResultOf(Deferred.fromCoroutine(self.lookups.known([NAMED])))
        self.assertEqual(str(message), "SSLP051I APP at app.example:80 has moved to 192.0.2.2")

    def test_nonexistent(self) -> None:
        """
        A new name that does not exist is refused; where the name service cannot say, or the port is there
        already, or for a remote host, it is not.
        """
        new = evolve(NAMED, number=445, address="new.example:80")
        self.known = {"new.example": NONEXISTENT, "app.example": NONEXISTENT}
        failure = self.failureResultOf(Deferred.fromCoroutine(self.lookups.known([new, NAMED])), OperatorError)
        self.assertEqual(
            str(failure.value), "SSLP024E The address new.example:80 of APP cannot be used: Name or service not known"
        )
        self.assertEqual(self.successResultOf(Deferred.fromCoroutine(self.lookups.known([NAMED]))), [])
        remote = evolve(REMOTE, address="new.example:465")
        self.assertEqual(self.successResultOf(Deferred.fromCoroutine(self.lookups.known([remote]))), [])
        self.known["new.example"] = UNKNOWN
        [message] = self.successResultOf(Deferred.fromCoroutine(self.lookups.known([new])))
        self.assertEqual(str(message), "SSLP050W The address new.example:80 of APP is not known: Try again")

    def test_hanging(self) -> None:
        """
        Nobody waits for ever; what is found later is taken.
        """
        self.known["app.example"] = None
        new = evolve(NAMED, number=445, address="new.example:80")
        waiting = Deferred.fromCoroutine(self.lookups.known([NAMED, new]))
        self.clock.advance(ANSWER_TIMEOUT / 2)
        self.assertNoResult(waiting)
        self.clock.advance(ANSWER_TIMEOUT / 2)
        [message] = self.successResultOf(waiting)
        self.assertEqual(str(message), "SSLP050W The address new.example:80 of APP is not known: it is being looked up")
        self.hanging[0].callback([address("192.0.2.9", 80)])
        self.assertEqual(self.applications(), {(address("192.0.2.9", 80),)})


class ThreadTests(TestCase):
    """
    The resolver is asked in threads.
    """

    def test_threads(self) -> Deferred[None]:
        """
        Names that hang do not hold up others, and nobody waits for them at the end.
        """
        from twisted.internet import reactor

        released = Event()
        self.addCleanup(released.set)
        asked: list[bool] = []

        def resolve(host: str, port: int) -> list[Address]:
            asked.append(current_thread().daemon)
            if host.startswith("dead"):
                released.wait(30)
                raise UNKNOWN
            return [address("192.0.2.1", port)]

        dead = [
            evolve(NAMED, number=500 + index, address=f"dead{index}.example:1") for index in range(MOST_AT_ONCE - 1)
        ]
        ports = Ports([*dead, NAMED])
        done: Deferred[None] = Deferred()
        found = partial(done.callback, None)
        lookups = Lookups(cast(IReactorTime, reactor), ports, lambda assignment: None, found, resolve)
        lookups.startService()
        self.addCleanup(lookups.stopService)
        done.addCallback(lambda _: self.assertEqual(ports.assignments()[-1].addresses, (address("192.0.2.1", 80),)))
        done.addCallback(lambda _: self.assertEqual(set(asked), {True}))
        return done.addTimeout(10, cast(IReactorTime, reactor))
