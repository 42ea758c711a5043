"""
Tests for L{sslpool.stack.front.admission}.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import cast

from attrs import evolve
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sslpool.config.limits import Limits
from sslpool.interfaces import Arrival, IReconfigurable, IRouter
from sslpool.messages import said
from sslpool.pool.peers import Peer
from sslpool.stack.front.admission import GRACE, LINES, PERIOD, Admission, Door
from tests.config.test_changes import BEFORE
from tests.logs import ids, texts

PORT = 7
ALICE, BOB = "192.0.2.1", "192.0.2.2"


class Router:
    """
    A pool of which only the connections before their handshake are asked.
    """

    handoffs: tuple[object, ...] = ()
    pending = 0


class AdmissionCase(SynchronousTestCase):
    """
    Tests with connections from wherever they like.
    """

    size = 4

    def setUp(self) -> None:
        """
        Let everybody in.
        """
        self.clock, self.router = Clock(), Router()
        self.doors: dict[int, Door] = {}
        self.places: list[Callable[[str], Peer | None]] = []
        self.admission = Admission(
            self.clock, cast(IRouter, self.router), lambda: self.doors, self.places.append, self.size
        )
        self.addCleanup(self.admission.stop)
        self.number = 0

    def arrival(self, host: str, port: int = PORT) -> Arrival:
        """
        Return a connection.
        """
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        self.number += 1
        return Arrival(self.number, ours, port, host, 1, 0.0)

    def come(self, host: str, count: int = 1, port: int = PORT) -> int:
        """
        Let connections come; return how many were let in.
        """
        return sum(self.admission.admits(self.arrival(host, port), 0) for _ in range(count))

    def refused(self) -> dict[str, int]:
        """
        Return who was refused why.
        """
        return self.admission.status().refused


class LimitTests(AdmissionCase):
    """
    The limits of addresses.
    """

    def test_off(self) -> None:
        """
        Where nothing is set there is nothing to ask.
        """
        self.admission.follow(Limits())
        self.assertFalse(self.admission.on)
        for name in ("foreign", "pending", "peerRate", "handshakeRate"):
            limits = Limits(**{name: 1})  # type: ignore[arg-type]
            self.admission.follow(limits)
            self.assertTrue(self.admission.on, name)

    def test_foreign(self) -> None:
        """
        FOREIGNIPCONLIMIT is for each address; what counts as one is the address of IPv4 and the
        network of 64 bits of IPv6.
        """
        self.admission.follow(Limits(foreign=2))
        self.assertEqual(self.come(ALICE, 3), 2)
        self.assertEqual(self.come(f"::ffff:{ALICE}"), 0)
        self.assertEqual(self.come(BOB, 3), 2)
        self.assertEqual(self.come("2001:db8::1", 2) + self.come("2001:db8::2"), 2)
        self.assertEqual(self.come("2001:db8:0:1::1"), 1)
        self.assertEqual(self.refused(), {"FOREIGNIPCONLIMIT": 4})

    def test_closed(self) -> None:
        """
        Who is refused is closed, and what is refused later for want of room counts no more.
        """
        self.admission.follow(Limits(foreign=1))
        first, second = self.arrival(ALICE), self.arrival(ALICE)
        self.assertTrue(self.admission.admits(first, 0))
        self.assertFalse(self.admission.admits(second, 0))
        self.assertEqual(second.client.fileno(), -1)
        first.refuse(b"")
        self.assertEqual(self.come(ALICE), 1)

    def test_lowered(self) -> None:
        """
        A limit that is lowered below use cuts nothing, and lets nobody in until there are fewer.
        """
        self.admission.follow(Limits(foreign=3))
        arrivals = [self.arrival(ALICE) for _ in range(3)]
        self.assertTrue(all(self.admission.admits(each, 0) for each in arrivals))
        self.admission.follow(Limits(foreign=2))
        arrivals[0].refuse(b"")
        self.assertEqual(self.come(ALICE), 0)
        arrivals[1].refuse(b"")
        self.assertEqual(self.come(ALICE), 1)

    def test_exempt(self) -> None:
        """
        Networks of LIMITEXEMPT and the loopback addresses have no limits, from when it is said until it is taken back.
        """
        limits = Limits(foreign=1, pending=1, peerRate=1)
        self.router.pending = 9
        self.admission.follow(limits, ("192.0.2.0/31", "2001:db8::/32"))
        for host in (ALICE, "2001:db8:9::1", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"):
            self.assertEqual(self.come(host, 3), 3, host)
        self.assertEqual(self.come(BOB), 0)
        self.router.pending = 0
        self.admission.follow(limits)
        self.assertEqual(self.come(ALICE, 3), 1)
        self.admission.follow(limits, (f"{ALICE}/32",))
        self.assertEqual(self.come(ALICE, 3), 3)

    def test_switchedOn(self) -> None:
        """
        When limits of addresses are switched on, those who are there are to be counted, once.
        """
        self.admission.follow(Limits(pending=1, handshakeRate=1))
        self.assertEqual(self.places, [])
        self.admission.follow(Limits(foreign=2))
        self.admission.follow(Limits(foreign=2, peerRate=9))
        [place] = self.places
        peer = place(ALICE)
        assert peer is not None
        peer.join()
        self.assertEqual((place(ALICE), place("127.0.0.1"), self.come(ALICE, 3)), (peer, None, 1))
        self.admission.follow(Limits())
        self.admission.follow(Limits(peerRate=2))
        self.assertEqual(len(self.places), 2)

    def test_exemptHost(self) -> None:
        """
        One host of IPv6 can be exempt, where the others of its network are not.
        """
        self.admission.follow(Limits(foreign=1), ("2001:db8::5/128",))
        self.assertEqual((self.come("2001:db8::1", 2), self.come("2001:db8::5", 3)), (1, 3))

    def test_pending(self) -> None:
        """
        PENDINGCONNECTIONLIMIT counts what is at servers and what waits for room.
        """
        self.admission.follow(Limits(pending=3))
        self.router.pending = 2
        self.assertTrue(self.admission.admits(self.arrival(ALICE), 0))
        self.assertFalse(self.admission.admits(self.arrival(ALICE), 1))
        self.router.pending = 3
        self.assertEqual(self.come(BOB), 0)
        self.assertEqual(self.refused(), {"PENDINGCONNECTIONLIMIT": 2})

    def test_rate(self) -> None:
        """
        PEERRATE is how many new connections an address has in a second, at once or one by one.
        """
        self.admission.follow(Limits(peerRate=2))
        self.assertEqual((self.come(ALICE, 5), self.come(BOB, 5)), (2, 2))
        self.clock.advance(0.5)
        self.assertEqual(self.come(ALICE, 5), 1)
        self.clock.advance(60)
        self.assertEqual(self.come(ALICE, 5), 2)

    def test_handshakeRate(self) -> None:
        """
        HANDSHAKERATE says when the next may be let in; who is refused for another reason takes no
        place, and who has waited for too long is refused.
        """
        self.admission.follow(Limits(handshakeRate=2, foreign=1, wait=5))
        self.assertEqual(self.come(ALICE, 3), 1)
        self.assertGreaterEqual(self.admission.level(), 1)
        self.assertFalse(self.admission.admits(self.arrival(BOB), 0, waited=5 + GRACE + 0.1))
        self.assertTrue(self.admission.admits(self.arrival(BOB), 0, waited=5))
        self.assertLess(self.admission.level(), 1)
        self.clock.advance(0.5)
        self.assertGreaterEqual(self.admission.level(), 1)
        self.assertEqual(self.refused(), {"FOREIGNIPCONLIMIT": 2, "HANDSHAKERATE": 1})

    def test_full(self) -> None:
        """
        When the table is full of addresses with connections, others are let in without being
        counted, which is said once a minute; those in it stay limited.
        """
        self.admission.follow(Limits(foreign=1))
        hosts = [f"192.0.2.{number}" for number in range(10, 10 + self.size)]
        self.assertEqual([self.come(host) for host in hosts], [1] * self.size)
        with capturedLogs() as events:
            self.assertEqual(self.come(BOB, 3), 3)
        self.assertEqual(ids(events), ["SSLP153W"])
        self.assertEqual([self.come(host) for host in hosts], [0] * self.size)
        status = self.admission.status()
        self.assertEqual((status.addresses, status.uncounted), (self.size, 3))


class ListTests(AdmissionCase):
    """
    ALLOW and DENY.
    """

    def lists(self, allow: tuple[str, ...] = (), deny: tuple[str, ...] = ()) -> None:
        """
        Give a port its lists.
        """
        self.doors = {PORT: Door("[::]:443", allow, deny)}
        self.admission.follow(Limits())

    def test_allow(self) -> None:
        """
        With ALLOW only those may come who are in it, loopback not excepted; other ports are open.
        """
        self.lists(allow=("192.0.2.1/32", "2001:db8::/32"))
        self.assertTrue(self.admission.on)
        hosts = (ALICE, f"::ffff:{ALICE}", "2001:db8::1", BOB, "::1", "127.0.0.1")
        self.assertEqual([self.come(host) for host in hosts], [1, 1, 1, 0, 0, 0])
        self.assertEqual(self.come(BOB, port=PORT + 1), 1)
        self.assertEqual(self.refused(), {"ALLOW of [::]:443": 3})

    def test_deny(self) -> None:
        """
        Without ALLOW all may come but those in DENY.
        """
        self.lists(deny=("192.0.2.0/31",))
        self.assertEqual((self.come(ALICE), self.come(BOB)), (0, 1))
        self.assertEqual(self.refused(), {"DENY of [::]:443": 1})

    def test_both(self) -> None:
        """
        DENY takes away from ALLOW.
        """
        self.lists(allow=("192.0.2.0/24",), deny=("192.0.2.1/32",))
        self.assertEqual((self.come(ALICE), self.come(BOB), self.come("198.51.100.1")), (0, 1, 0))
        self.assertEqual(self.refused(), {"DENY of [::]:443": 1, "ALLOW of [::]:443": 1})

    def test_exemptFromLimits(self) -> None:
        """
        LIMITEXEMPT is about limits, not about lists.
        """
        self.lists(deny=("192.0.2.0/24",))
        self.admission.follow(Limits(foreign=1), ("192.0.2.0/24",))
        self.assertEqual(self.come(ALICE), 0)

    def test_shut(self) -> None:
        """
        That PENDINGCONNECTIONLIMIT is reached is known before somebody comes; connections that wait for room count.
        """
        self.admission.follow(Limits(pending=3))
        self.router.pending = 2
        self.assertIsNone(self.admission.shut(0))
        self.assertEqual(self.admission.shut(1), said("SSLP475W", limit=3, pending=3))
        self.admission.follow(Limits())
        self.assertIsNone(self.admission.shut(9))

    def test_uncounted(self) -> None:
        """
        The cleartext for a remote host is not counted, and may have lists all the same.
        """
        self.doors = {PORT: Door("[::]:7", deny=("192.0.2.2/32",), counted=False)}
        self.admission.follow(Limits(foreign=1, pending=1))
        self.router.pending = 5
        self.assertEqual((self.come(ALICE, 3), self.come(BOB)), (3, 0))


class TellingTests(AdmissionCase):
    """
    What is said about it.
    """

    def test_bounded(self) -> None:
        """
        The first are named at once, with the limit; the rest is counted for each reason.
        """
        self.admission.follow(Limits(foreign=1))
        with capturedLogs() as events:
            self.come(ALICE, 101)
        self.assertEqual(texts(events)[0], f"SSLP151W A connection from {ALICE} was refused: FOREIGNIPCONLIMIT 1")
        self.assertEqual(ids(events), ["SSLP151W"] * LINES)
        with capturedLogs() as events:
            self.clock.advance(PERIOD)
        found = [f"SSLP152W Further connections refused within 60 s: {100 - LINES}, FOREIGNIPCONLIMIT 1"]
        self.assertEqual(texts(events), found)
        with capturedLogs() as events:
            self.come(ALICE)
        self.assertEqual(ids(events), ["SSLP151W"])

    def test_stop(self) -> None:
        """
        At the end of the stack it is said at once, and no timer is left.
        """
        self.admission.follow(Limits(foreign=1))
        self.come(ALICE, 9)
        with capturedLogs() as events:
            self.admission.stop()
        self.assertEqual((ids(events), self.clock.getDelayedCalls()), (["SSLP152W"], []))

    def test_status(self) -> None:
        """
        Limits, lists and refusals are reported.
        """
        self.doors = {PORT: Door("[::]:7", ("192.0.2.0/24",)), 8: Door("[::]:8", counted=False)}
        self.router.pending = 3
        self.admission.follow(Limits(foreign=5, peerRate=2), ("10.0.0.0/8",))
        self.come(ALICE)
        status = self.admission.status()
        expected = {"FOREIGNIPCONLIMIT": 5, "PENDINGCONNECTIONLIMIT": 0, "PEERRATE": 2, "HANDSHAKERATE": 0}
        self.assertEqual(status.limits, expected)
        self.assertEqual((status.exempt, status.lists), (("10.0.0.0/8",), {"ALLOW of [::]:7": ("192.0.2.0/24",)}))
        self.assertEqual((status.pending, status.addresses, status.refused), (3, 1, {}))

    def test_statusIsOfNow(self) -> None:
        """
        What has ended is not reported, though nobody has asked for it before.
        """
        self.admission.follow(Limits(foreign=5))
        arrival = self.arrival(ALICE)
        self.assertTrue(self.admission.admits(arrival, 0))
        assert arrival.peer is not None
        leave = arrival.peer.leave

        class Handoff:
            settle = staticmethod(leave)

        self.router.handoffs = (Handoff(),)
        self.assertEqual(self.admission.status().addresses, 0)


class ReconfigurationTests(AdmissionCase):
    """
    Changes while the stack runs.
    """

    def test_prepare(self) -> None:
        """
        A change that is made counts at once; one that is only tried does nothing.
        """
        configuration = evolve(BEFORE, limits=Limits(foreign=1), exempt=("192.0.2.1/32",))
        self.assertTrue(verifyObject(IReconfigurable, self.admission))
        preparation = self.admission.prepare(configuration)
        preparation.discard()
        self.assertFalse(self.admission.on)
        preparation.commit()
        self.assertEqual((self.come(ALICE, 2), self.come(BOB, 2)), (2, 1))
