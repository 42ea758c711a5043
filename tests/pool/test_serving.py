"""
Tests for L{sslpool.pool.serving}: every state of the pool.
"""

from __future__ import annotations

from itertools import product

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.limits import Limits
from sslpool.messages import Said, said
from sslpool.pool.routing import Room
from sslpool.pool.serving import MemberFacts, PoolFacts, PortFacts, Verdict, verdictOn
from sslpool.pool.states import State

ACTIVE, ELIGIBLE, STARTING, STOPPED = State.ACTIVE, State.ELIGIBLE, State.STARTING, State.STOPPED
PORTS = (PortFacts("0.0.0.0:443", 443, "WEB"), PortFacts("0.0.0.0:992", 992, "TELNET"))
WAITS = "ports stay open, new connections wait up to 30 s"


def pool(room: Room, *states: State, impeded: str = "", death: str = "", shortage: str = "") -> PoolFacts:
    """
    Return a pool whose first member is C{impeded}, or has died.
    """
    members = [MemberFacts(f"SSL{index:05}", state) for index, state in enumerate(states, 1)]
    members[0] = evolve(members[0], impeded=impeded, death=death)
    return PoolFacts(room, tuple(members), 7, Limits(maxSessions=7), shortage)


class PoolTests(SynchronousTestCase):
    """
    The pool decides for all ports.
    """

    def check(self, facts: PoolFacts, serving: bool, text: str) -> None:
        """
        The verdict on a pool whose ports are in order.
        """
        found = verdictOn(facts, PORTS)
        self.assertEqual((found.serving, str(found.said)), (serving, text))

    def test_serving(self) -> None:
        """
        A server takes the next connection.
        """
        text = "SSLP455I New clients are served; Active servers: 1 of 2"
        self.check(pool(Room.FREE, ACTIVE, ELIGIBLE), True, text)

    def test_stopped(self) -> None:
        """
        All servers are Stopped.
        """
        text = "SSLP457W No server is Active, because all are Stopped: "
        self.check(pool(Room.NOBODY, STOPPED, STOPPED), False, f"{text}SSL00001, SSL00002; {WAITS}")
        self.check(pool(Room.NOBODY, *[STOPPED] * 5), False, f"{text}SSL00001 to SSL00005; {WAITS}")

    def test_full(self) -> None:
        """
        All servers are full; where MAXSESSIONS is reached, servers may be left to activate, and that is said.
        """
        text = (
            "SSLP108W The pool is full (sessions: 7), and no server is left to activate; new connections wait up to "
            "30 s"
        )
        self.check(pool(Room.FULL, ACTIVE, STOPPED), False, text)
        text = "SSLP469W MAXSESSIONS 7 is reached (sessions: 7); new connections wait up to 30 s"
        self.check(pool(Room.LIMIT, ACTIVE, ELIGIBLE), False, text)

    def test_another(self) -> None:
        """
        All active servers are full, and one more becomes Active.
        """
        text = "SSLP456I New clients are served as soon as SSL00002 is Active; no Active server has room"
        self.check(pool(Room.COMING, ACTIVE, STARTING), True, text)
        self.check(pool(Room.ELIGIBLE, ACTIVE, ELIGIBLE), True, text)

    def test_anotherDies(self) -> None:
        """
        The one that would be activated dies: the pool is full.
        """
        members = (MemberFacts("SSL00001", ACTIVE), MemberFacts("SSL00002", ELIGIBLE, death="signal 9"))
        found = verdictOn(PoolFacts(Room.ELIGIBLE, members, 7, Limits()), PORTS)
        self.assertEqual((found.serving, found.said.id), (False, "SSLP108W"))

    def test_starting(self) -> None:
        """
        The first server starts, or is activated by the next connection.
        """
        text = f"SSLP459W No server is Active yet: SSL00001 is Starting; {WAITS}"
        self.check(pool(Room.COMING, STARTING, ELIGIBLE), False, text)
        closed = text.replace(WAITS, "the ports are opened when a server is Active")
        self.check(evolve(pool(Room.COMING, STARTING, ELIGIBLE), open=False), False, closed)
        text = "SSLP468I No server takes connections now; the next connection activates SSL00002"
        self.check(pool(Room.ELIGIBLE, STOPPED, ELIGIBLE), True, text)

    def test_dying(self) -> None:
        """
        No server is Active and one has died: the others would as well.
        """
        text = f"SSLP458E No server takes connections: SSL00001 died: no stash; {WAITS}"
        self.check(pool(Room.ELIGIBLE, ELIGIBLE, ELIGIBLE, death="no stash"), False, text)
        self.check(pool(Room.COMING, STARTING, ELIGIBLE, death="no stash"), False, text)

    def test_diedBefore(self) -> None:
        """
        What died and was stopped has no say.
        """
        self.assertTrue(verdictOn(pool(Room.ELIGIBLE, STOPPED, ELIGIBLE, death="signal 9"), PORTS).serving)

    def test_hung(self) -> None:
        """
        The only server hangs, or has run out of something; where it has a successor, that counts.
        """
        hangs = "hung: no progress for 10 s"
        text = f"SSLP460E No server takes connections: SSL00001 is {hangs}; {WAITS}"
        self.check(pool(Room.NOBODY, ACTIVE, STOPPED, impeded=hangs), False, text)
        self.assertTrue(verdictOn(pool(Room.ELIGIBLE, ACTIVE, ELIGIBLE, impeded=hangs), PORTS).serving)

    def test_everything(self) -> None:
        """
        There is a verdict on whatever room and states come together; without an Active server nobody is served,
        unless one is activated.
        """
        for room, first, second, death, impeded in product(Room, State, State, ("", "signal 9"), ("", "hung")):
            facts = pool(room, first, second, death=death, impeded=impeded)
            found = verdictOn(facts, PORTS)
            if not facts.active and room is not Room.FREE:
                self.assertIn((found.serving, found.said.id == "SSLP468I"), ((False, False), (True, True)))

    def test_shortage(self) -> None:
        """
        The stack has no descriptors left.
        """
        text = "SSLP109E Cannot accept connections: Too many open files; trying again"
        self.check(pool(Room.FREE, ACTIVE, shortage="Too many open files"), False, text)


class PortTests(SynchronousTestCase):
    """
    Ports that are not as others.
    """

    def verdict(self, *problems: Said | None, listening: bool = False, room: Room = Room.FREE) -> Verdict:
        """
        Return the verdict on ports that have these problems.
        """
        ports = [
            PortFacts(f"0.0.0.0:{number}", number, "WEB", listening or not each, each)
            for number, each in enumerate(problems, 1)
        ]
        return verdictOn(pool(room, ACTIVE), ports)

    def test_none(self) -> None:
        """
        There is no secure port.
        """
        self.assertEqual(self.verdict(), Verdict(False, said("SSLP462W")))

    def test_all(self) -> None:
        """
        No port can be served: the reason that all have, or each reason once.
        """
        missing, used = said("SSLP020E", port=1, label="A"), said("SSLP021E", local="0.0.0.0:2")
        self.assertEqual(self.verdict(missing, missing), Verdict(False, missing))
        found = self.verdict(missing, used, used)
        self.assertEqual((found.serving, found.said), (False, said("SSLP461E", reasons=f"{missing}; {used}")))

    def test_some(self) -> None:
        """
        Some ports are served: those that are not are named.
        """
        missing = said("SSLP020E", port=2, label="A")
        self.assertEqual(
            self.verdict(None, missing), Verdict(True, said("SSLP466W", open=1, ports=2, reasons=str(missing)))
        )

    def test_families(self) -> None:
        """
        A PORT entry counts once, be it for IPv4 and IPv6; two with BIND are two.
        """
        missing, used = said("SSLP020E", port=2, label="A"), said("SSLP021E", local="[::]:1")
        entries = [
            PortFacts(f"{host}:{number}", number, "WEB", problem=missing if number == 2 else None)
            for number in (1, 2)
            for host in ("0.0.0.0", "[::]")
        ]
        facts = pool(Room.FREE, ACTIVE)
        some = said("SSLP466W", open=1, ports=2, reasons=str(missing))
        self.assertEqual(verdictOn(facts, entries), Verdict(True, some))
        entries[1] = evolve(entries[1], problem=used)
        both = said("SSLP466W", open=1, ports=2, reasons=f"{used}; {missing}")
        self.assertEqual(verdictOn(facts, entries), Verdict(True, both))
        self.assertEqual(verdictOn(facts, entries[:2]), Verdict(True, said("SSLP474W", reasons=str(used))))
        bound = [evolve(each, bind=each.local.rpartition(":")[0]) for each in entries[:2]]
        self.assertEqual(verdictOn(facts, bound).said, said("SSLP466W", open=1, ports=2, reasons=str(used)))

    def test_poolFirst(self) -> None:
        """
        Where the pool serves nobody, that is the reason for all.
        """
        missing = said("SSLP020E", port=2, label="A")
        self.assertEqual(self.verdict(None, missing, room=Room.FULL).said.id, "SSLP108W")
        self.assertEqual(self.verdict(missing, room=Room.FULL).said.id, "SSLP108W")

    def test_application(self) -> None:
        """
        A port that is open, and whose application takes no connections.
        """
        down = said("SSLP465E", application="WEB", addresses="127.0.0.1:80", reason="Connection refused")
        self.assertEqual(self.verdict(down, listening=True), Verdict(False, down))

    def test_notYet(self) -> None:
        """
        A port without a reason is opened when the first server is Active.
        """
        closed = [PortFacts("0.0.0.0:1", 1, "WEB", listening=False)]
        self.assertEqual(verdictOn(pool(Room.COMING, STARTING), closed).said.id, "SSLP459W")
        self.assertEqual(verdictOn(pool(Room.FREE, ACTIVE), closed).said.id, "SSLP463W")
