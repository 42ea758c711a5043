"""
Tests for L{sslpool.stack.front.acceptor}.
"""

from __future__ import annotations

import errno
import socket
from collections import deque
from typing import cast

from attrs import evolve
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from sslpool.config.limits import Limits
from sslpool.interfaces import Arrival, IAcceptor, IChosen, IRouter, IStackReactor
from sslpool.pool.routing import Room
from sslpool.stack.front import acceptor
from sslpool.stack.front.acceptor import BATCH, LOOK, MESSAGE_INTERVAL, Acceptor
from sslpool.stack.front.admission import GRACE, Admission
from sslpool.stack.front.listener import Listener
from sslpool.stack.front.listeningsockets import listeningSocket
from tests.doubles.reactor import FakeReactor
from tests.doubles.room import newSegment
from tests.logs import ids, texts

WAIT = 30


class FakeMemberHandoff:
    """
    Takes what it is handed, unless it is C{stuck}.
    """

    def __init__(self) -> None:
        self.handed: list[Arrival] = []
        self.stuck = False
        self.failure: OSError | None = None
        self.holding = False
        self.released = 0
        self.ended: list[Arrival] = []
        self.returned: list[Arrival] = []

    def hand(self, arrival: Arrival) -> bool:
        """
        Keep a connection.
        """
        if self.failure is not None:
            raise self.failure
        if not self.stuck:
            self.handed.append(arrival)
        return not self.stuck

    def settle(self) -> None:
        """
        Count connections no longer that the test says have ended.
        """
        ended, self.ended = self.ended, []
        for arrival in ended:
            if arrival.peer is not None:
                arrival.peer.leave()

    def release(self) -> list[Arrival]:
        """
        Count.
        """
        self.released += 1
        returned, self.returned = self.returned, []
        return returned


@implementer(IChosen)
class FakeMember:
    """
    A member with so much room.
    """

    def __init__(self, index: int, room: int) -> None:
        self.index = index
        self.room = room
        self.handoff = FakeMemberHandoff()


@implementer(IRouter)
class FakeRouter:
    """
    Members that have room or have not.
    """

    def __init__(self, *rooms: int) -> None:
        self.members = [FakeMember(index, room) for index, room in enumerate(rooms)]
        self.limits = Limits(wait=WAIT)
        self.sessions = self.pending = 0
        self.exhausted = True
        self.room = Room.FULL
        self.prompted = 0
        self.late = 0
        self.passed: list[int] = []

    @property
    def handoffs(self) -> list[FakeMemberHandoff]:
        """
        Every member's.
        """
        return [member.handoff for member in self.members]

    def choose(self) -> FakeMember | None:
        """
        The first member with room.
        """
        open_ = [member for member in self.members if member.room > 0 and member.index not in self.passed]
        return open_[0] if open_ else None

    def handed(self, index: int) -> None:
        """
        Take up room.
        """
        self.members[index].room -= 1
        self.sessions += 1

    def passOver(self, index: int) -> None:
        """
        Do not choose a member for now.
        """
        self.passed.append(index)

    def lookAgain(self) -> None:
        """
        Choose it again.
        """
        self.passed.clear()

    def prompt(self) -> None:
        """
        Count, and have a session end behind the acceptor's back where the test wants that.
        """
        self.prompted += 1
        self.members[0].room += self.late
        self.late = 0


class AcceptorCase(SynchronousTestCase):
    """
    Tests with an acceptor and real connections on the loopback address.
    """

    rooms: tuple[int, ...] = (2, 2)

    def setUp(self) -> None:
        """
        Start an acceptor with one port.
        """
        self.reactor = FakeReactor()
        self.segment = newSegment()
        self.router = FakeRouter(*self.rooms)
        self.farewells: dict[int, bytes] = {}
        self.acceptor = self.makeAcceptor()
        self.clients: list[socket.socket] = []
        self.addCleanup(self._clean)
        self.acceptor.startService()
        self.address = self.listen(0)

    def makeAcceptor(self) -> Acceptor:
        """
        Return an acceptor to which the clients here are not exempt.
        """
        admission = Admission(self.reactor, self.router, dict, lambda place: None, own=())
        reactor = cast(IStackReactor, self.reactor)
        return Acceptor(reactor, self.segment, self.router, admission, lambda port: self.farewells.get(port, b""))

    def _clean(self) -> None:
        if self.acceptor.running:
            self.acceptor.stopService()
        for handoff in self.router.handoffs:
            for arrival in handoff.handed:
                arrival.client.close()
        for client in self.clients:
            client.close()

    def listen(self, port: int) -> tuple[str, int]:
        """
        Listen on a free port.
        """
        listening = listeningSocket("127.0.0.1", 0)
        self.acceptor.listen(port, listening)
        host, number = listening.getsockname()
        return host, number

    def connect(self, count: int = 1, address: tuple[str, int] | None = None) -> None:
        """
        Connect clients.
        """
        self.clients += [socket.create_connection(address or self.address) for _ in range(count)]

    def arrive(self, count: int = 1) -> None:
        """
        Connect clients and let the acceptor see them.
        """
        self.connect(count)
        self.reactor.turn()

    def numbers(self) -> list[list[int]]:
        """
        Return the numbers of the connections that each member has been handed.
        """
        return [[arrival.number for arrival in handoff.handed] for handoff in self.router.handoffs]

    def spend(self, seconds: float, step: float = LOOK) -> None:
        """
        Let time pass in steps, and the acceptor read.
        """
        for _ in range(round(seconds / step)):
            self.reactor.advance(step)
            self.reactor.turn()

    def isClosed(self, index: int) -> bool:
        """
        Tell whether the client's connection has been ended.
        """
        client = self.clients[index]
        client.setblocking(False)
        try:
            return client.recv(1) == b""
        except BlockingIOError:
            return False
        except ConnectionError:
            return True


class AcceptTests(AcceptorCase):
    """
    Connections find their members.
    """

    def test_interfaces(self) -> None:
        """
        It is what pool and handoffs expect, and the fakes are what it expects.
        """
        self.assertTrue(verifyObject(IAcceptor, self.acceptor))
        self.assertTrue(verifyObject(IRouter, self.router))
        self.assertTrue(verifyObject(IChosen, self.router.members[0]))

    def test_order(self) -> None:
        """
        Each connection goes to the member that the pool chooses, with a number of its own.
        """
        self.arrive(3)
        self.assertEqual(self.numbers(), [[1, 2], [3]])

    def test_arrival(self) -> None:
        """
        A connection comes with port and peer.
        """
        second = self.listen(7)
        self.connect(1, second)
        self.reactor.turn()
        [arrival] = self.router.handoffs[0].handed
        self.assertEqual((arrival.port, arrival.host), (7, "127.0.0.1"))
        self.assertEqual(arrival.hostPort, self.clients[0].getsockname()[1])

    def test_notRunning(self) -> None:
        """
        Before it starts nothing is accepted.
        """
        other = self.makeAcceptor()
        listening = listeningSocket("127.0.0.1", 0)
        before = list(self.reactor.getReaders())
        other.listen(0, listening)
        self.assertEqual(self.reactor.getReaders(), before)
        other.startService()
        self.assertEqual(len(self.reactor.getReaders()), len(before) + 1)
        other.stopService()
        self.assertEqual((self.reactor.getReaders(), listening.fileno()), (before, -1))

    def test_bounded(self) -> None:
        """
        After a batch others get their turn.
        """
        self.router.members[0].room = BATCH + 5
        self.connect(BATCH + 5)
        [reader] = self.reactor.getReaders()
        reader.doRead()
        self.assertEqual(len(self.numbers()[0]), BATCH)
        reader.doRead()
        self.assertEqual(len(self.numbers()[0]), BATCH + 5)

    def test_released(self) -> None:
        """
        While duplicates are held, the counters are looked at; not longer.
        """
        handoff = self.router.handoffs[0]
        handoff.holding = True
        self.arrive()
        self.spend(0.5)
        self.assertEqual(handoff.released, 5)
        handoff.holding = False
        self.spend(0.5)
        self.assertEqual(handoff.released, 6)
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_clientGone(self) -> None:
        """
        A connection that was aborted before it was accepted is passed over.
        """
        real = listeningSocket("127.0.0.1", 0)
        self.addCleanup(real.close)
        failures = deque([OSError(errno.ECONNABORTED, "aborted")])

        class Aborting:
            family, setblocking = real.family, real.setblocking

            def accept(self) -> object:
                if failures:
                    raise failures.popleft()
                return real.accept()

        listener = Listener(0, cast(socket.socket, Aborting()), self.acceptor._accept)
        self.connect(1, real.getsockname())
        listener.doRead()
        self.assertEqual(self.numbers()[0], [1])

    def test_stop(self) -> None:
        """
        Stopping closes listening sockets and whatever waits, and looks at nothing any more.
        """
        for handoff in self.router.handoffs:
            handoff.stuck = True
        self.arrive()
        self.acceptor.stopService()
        self.assertTrue(self.isClosed(0))
        self.assertEqual((self.reactor.getReaders(), self.reactor.getDelayedCalls()), ([], []))
        self.assertRaises(ConnectionError, socket.create_connection, self.address)

    def test_newsAfterStop(self) -> None:
        """
        What comes back after that is closed, and news of room is not followed.
        """
        self.acceptor.stopService()
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.acceptor.orphaned([Arrival(1, theirs, 0, "192.0.2.1", 5000, 0.0)])
        self.assertEqual(ours.recv(1), b"")
        self.acceptor.roomChanged()
        self.assertEqual((self.numbers(), self.reactor.getDelayedCalls()), ([[], []], []))


class FullTests(AcceptorCase):
    """
    The pool is full.
    """

    rooms = (1, 1)

    def test_pause(self) -> None:
        """
        Connections stay in the kernel's backlog; the pool is prompted, and the servers see that we wait.
        """
        with capturedLogs() as events:
            self.arrive(4)
        self.assertEqual(self.numbers(), [[1], [2]])
        self.assertEqual((self.reactor.getReaders(), self.router.prompted), ([], 1))
        self.assertTrue(self.acceptor.full)
        self.assertTrue(self.segment.waiting)
        self.assertEqual(
            texts(events),
            [
                "SSLP108W The pool is full (sessions: 2), and no server is left to activate; "
                f"new connections wait up to {WAIT} s"
            ],
        )

    def test_maxSessions(self) -> None:
        """
        Where MAXSESSIONS is the limit, it is named, whatever could be activated.
        """
        self.router.room, self.router.limits = Room.LIMIT, Limits(maxSessions=2, wait=WAIT)
        with capturedLogs() as events:
            self.arrive(3)
        text = f"SSLP469W MAXSESSIONS 2 is reached (sessions: 2); new connections wait up to {WAIT} s"
        self.assertEqual(texts(events), [text])

    def test_silent(self) -> None:
        """
        While a member can still be activated nothing is said; nor where nobody takes connections, which has
        been said before.
        """
        self.router.room = Room.ELIGIBLE
        with capturedLogs() as events:
            self.arrive(3)
        self.assertTrue(self.acceptor.full)
        self.assertEqual(ids(events), [])

    def test_resume(self) -> None:
        """
        Room that is told of is used at once.
        """
        self.arrive(4)
        self.router.members[1].room = 1
        self.acceptor.roomChanged()
        self.reactor.turn()
        self.assertEqual(self.numbers(), [[1], [2, 3]])
        self.assertTrue(self.segment.waiting)
        self.router.members[0].room = 5
        self.acceptor.roomChanged()
        self.reactor.turn()
        self.assertEqual(self.numbers(), [[1, 4], [2, 3]])
        self.assertEqual((self.acceptor.full, self.segment.waiting), (False, False))

    def test_lostWakeup(self) -> None:
        """
        A session that ended just before the servers could see that we wait is noticed.
        """
        self.router.late = 1
        self.arrive(3)
        self.assertEqual(self.numbers(), [[1], [2]])
        self.reactor.advance(0)
        self.reactor.turn()
        self.assertEqual(self.numbers(), [[1, 3], [2]])

    def test_nobodyTells(self) -> None:
        """
        Room that nobody tells of is found.
        """
        self.arrive(3)
        self.router.members[0].room = 1
        self.spend(LOOK)
        self.assertEqual(self.numbers(), [[1, 3], [2]])

    def test_saidOnce(self) -> None:
        """
        The same shortage is said once in a while.
        """
        with capturedLogs() as events:
            self.arrive(2)
            for _ in range(20):
                self.arrive(1)
                self.assertTrue(self.acceptor.full)
                self.router.members[0].room = 1
                self.acceptor.roomChanged()
                self.assertFalse(self.acceptor.full)
                self.reactor.turn()
        self.assertEqual(ids(events), ["SSLP108W"])
        self.reactor.advance(MESSAGE_INTERVAL)
        with capturedLogs() as events:
            self.router.members[0].room = 99
            self.acceptor.roomChanged()
            self.reactor.turn()
            self.router.members[0].room = 0
            self.arrive(1)
        self.assertEqual(ids(events), ["SSLP108W"])

    def test_wait(self) -> None:
        """
        What has waited for WAIT seconds is closed; what came later waits on, in order.
        """
        self.arrive(4)
        with capturedLogs() as events:
            self.spend(WAIT - 1)
            self.assertEqual([self.isClosed(index) for index in range(4)], [False] * 4)
            # The kernel's clock goes on its own: both in the backlog are young for it.
            self.spend(2)
            self.assertEqual([self.isClosed(index) for index in range(4)], [False] * 4)
            self.spend(WAIT - 2)
            self.connect()
            self.spend(2)
        self.assertEqual([self.isClosed(index) for index in range(5)], [False, False, True, True, False])
        self.assertEqual(
            texts(events),
            [f"SSLP115W Connections closed because no room was found within {WAIT} s: 2 since the stack started"],
        )
        self.assertEqual(self.acceptor.expired, 2)
        self.router.members[0].room = 1
        self.acceptor.roomChanged()
        self.assertEqual(self.numbers()[0], [1, 5])

    def test_farewell(self) -> None:
        """
        Who has waited in vain is told so where the port's protocol has words for it.
        """
        self.farewells = {0: b"421 no\r\n"}
        self.router.limits = evolve(self.router.limits, wait=0)
        self.arrive(3)
        self.spend(LOOK)
        self.assertEqual((self.clients[2].recv(100), self.clients[2].recv(100)), (b"421 no\r\n", b""))

    def test_age(self) -> None:
        """
        What has been in the backlog for long is closed at once when WAIT is over.
        """
        self.router.limits = evolve(self.router.limits, wait=0)
        self.arrive(3)
        self.spend(LOOK)
        self.assertEqual([self.isClosed(index) for index in range(3)], [False, False, True])


class OrphanTests(AcceptorCase):
    """
    Connections whose server has died before it read from them.
    """

    rooms = (0, 0)

    def orphans(self, *numbers: int) -> list[Arrival]:
        """
        Return connections that come back.
        """
        arrivals = []
        for number in numbers:
            client, accepted = socket.socketpair()
            self.clients.append(client)
            arrivals.append(Arrival(number, accepted, 0, "192.0.2.1", 5000, 0.0))
        return arrivals

    def test_first(self) -> None:
        """
        They go before what waits already, in order.
        """
        self.acceptor._number = 10
        self.router.members[0].room = 1
        self.router.handoffs[0].stuck = True
        self.arrive(1)
        self.router.members[0].room = 9
        self.router.handoffs[0].stuck = False
        self.acceptor.orphaned(self.orphans(3, 5))
        self.connect(1)
        self.acceptor.roomChanged()
        self.reactor.turn()
        self.assertEqual(self.numbers()[0], [3, 5, 11, 12])

    def test_twoDeaths(self) -> None:
        """
        Those of a later death go before those of an earlier one, which had their chance.
        """
        self.acceptor.orphaned(self.orphans(7, 8))
        self.acceptor.roomChanged()
        self.acceptor.orphaned(self.orphans(3))
        self.router.members[1].room = 9
        self.acceptor.roomChanged()
        self.assertEqual(self.numbers()[1], [3, 7, 8])

    def test_stuck(self) -> None:
        """
        Where a member cannot take them at the moment, no new connection overtakes them, and they are offered again.
        """
        self.router.members[0].room = 9
        handoff = self.router.handoffs[0]
        handoff.stuck = True
        self.acceptor.orphaned(self.orphans(1, 2))
        self.acceptor.roomChanged()
        self.acceptor._number = 2
        self.arrive(1)
        self.assertEqual(self.numbers()[0], [])
        handoff.stuck = False
        self.spend(2 * LOOK)
        self.assertEqual(self.numbers()[0], [1, 2, 3])

    def test_expire(self) -> None:
        """
        They wait as long as others do.
        """
        self.acceptor.orphaned(self.orphans(1))
        self.acceptor.roomChanged()
        self.spend(WAIT - 1)
        self.assertFalse(self.isClosed(0))
        self.spend(2)
        self.assertTrue(self.isClosed(0))

    def test_expireStuck(self) -> None:
        """
        Also where a member has room and cannot take them.
        """
        self.router.members[0].room = 9
        self.router.handoffs[0].stuck = True
        self.acceptor.orphaned(self.orphans(1))
        self.acceptor.roomChanged()
        self.spend(WAIT + 1)
        self.assertTrue(self.isClosed(0))


class PassedOverTests(AcceptorCase):
    """
    A member has room and cannot take anything at the moment.
    """

    rooms = (9, 9)

    def test_next(self) -> None:
        """
        The next member with room takes it in the same decision, and the listening sockets are read on.
        """
        self.router.handoffs[0].stuck = True
        self.arrive(3)
        self.assertEqual(self.numbers(), [[], [1, 2, 3]])
        self.assertFalse(self.acceptor.full)
        self.router.handoffs[0].stuck = False
        self.acceptor.woken([])
        self.arrive(1)
        self.assertEqual(self.numbers(), [[4], [1, 2, 3]])

    def test_givenBack(self) -> None:
        """
        What a server gives back goes to the next one.
        """
        self.arrive(1)
        [[arrival], _] = [handoff.handed for handoff in self.router.handoffs]
        self.router.handoffs[0].stuck = True
        self.acceptor.woken([arrival])
        self.assertEqual(self.numbers()[1], [1])

    def test_never(self) -> None:
        """
        A connection that can never be handed over is refused; it holds up no other, and is logged as a fault.
        """
        self.router.handoffs[0].failure = OSError(90, "Message too long")
        self.arrive(1)
        self.assertTrue(self.isClosed(0))
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)
        self.router.handoffs[0].failure = None
        self.arrive(1)
        self.assertEqual(self.numbers()[0], [2])


class ShortageTests(AcceptorCase):
    """
    The system gives no descriptors.
    """

    def test_backOff(self) -> None:
        """
        It is tried again after growing times, said once, and goes on when there is one again.
        """
        listener = self.acceptor._listeners[0]
        tried: list[float] = []
        real = listener.socket

        class Short:
            fileno, close = real.fileno, real.close

            def accept(short) -> object:
                tried.append(round(self.reactor.seconds(), 3))
                raise OSError(errno.EMFILE, "Too many open files")

        listener.socket = cast(socket.socket, Short())
        with capturedLogs() as events:
            self.arrive(2)
            self.spend(4, 0.05)
        self.assertEqual(texts(events), ["SSLP109E Cannot accept connections: Too many open files; trying again"])
        gaps = [round(later - earlier, 3) for earlier, later in zip(tried, tried[1:], strict=False)]
        self.assertEqual(gaps, sorted(gaps))
        self.assertLess(len(tried), 10)
        self.assertFalse(self.acceptor.full)
        listener.socket = real
        self.spend(3)
        self.assertEqual(self.numbers()[0], [1, 2])

    def test_newsDoesNotHurry(self) -> None:
        """
        News of room does not make it try sooner.
        """
        self.acceptor._shortOf(OSError(errno.ENOBUFS, "No buffer space available"))
        self.acceptor.roomChanged()
        self.assertEqual(self.reactor.getReaders(), [])
        self.spend(0.3)
        self.assertEqual(len(self.reactor.getReaders()), 1)


class BacklogTests(AcceptorCase):
    """
    What is taken out of the backlog of a full pool.
    """

    rooms = (0,)

    def test_bounded(self) -> None:
        """
        Connections that have not waited long enough are not all taken: each needs a descriptor.
        Those that have are closed however many there are.
        """
        self.patch(acceptor, "MOST_WAITING", 10)
        self.connect(30)
        self.reactor.turn()
        self.spend(WAIT + 2)
        self.assertEqual(self.acceptor.waiting, 10)
        self.patch(acceptor, "age", lambda client: WAIT + 1)
        self.spend(WAIT + 2)
        self.assertEqual((self.acceptor.waiting, self.acceptor.expired), (0, 30))


class AdmissionTests(AcceptorCase):
    """
    Who is let in.
    """

    rooms = (100,)

    def limit(self, **limits: int) -> None:
        """
        Set limits.
        """
        self.router.limits = Limits(wait=WAIT, **limits)  # type: ignore[arg-type]
        self.acceptor.admission.follow(self.router.limits)

    def test_foreign(self) -> None:
        """
        Connections above the limit of an address are reset before a server hears of them; what has
        ended since is looked at first.
        """
        self.limit(foreign=2)
        self.arrive(4)
        [handoff] = self.router.handoffs
        self.assertEqual(len(handoff.handed), 2)
        self.assertRaises(ConnectionResetError, self.clients[2].recv, 1)
        self.assertEqual([self.isClosed(index) for index in (0, 1)], [False, False])
        handoff.ended = [handoff.handed[0]]
        self.arrive(2)
        self.assertEqual(len(handoff.handed), 3)

    def test_waiting(self) -> None:
        """
        What waits for room is counted; when it has waited too long it is not any more.
        """
        self.limit(foreign=1)
        [handoff] = self.router.handoffs
        handoff.stuck = True
        self.arrive(1)
        self.assertEqual((self.acceptor.waiting, self.acceptor.admission.status().addresses), (1, 1))
        self.spend(WAIT + 1)
        self.assertEqual((self.acceptor.waiting, self.acceptor.admission.status().addresses), (0, 0))

    def test_fromBacklog(self) -> None:
        """
        What is taken out of the backlog of a full pool is asked the same.
        """
        self.limit(foreign=1)
        self.router.members[0].room = 1
        self.arrive(1)
        self.connect(3)
        self.spend(WAIT + 1)
        self.assertEqual([self.isClosed(index) for index in range(4)], [False, True, True, True])
        self.assertEqual(self.acceptor.admission.status().refused, {"FOREIGNIPCONLIMIT": 3})

    def test_handshakeRate(self) -> None:
        """
        Above HANDSHAKERATE connections wait and are let in as time passes, without loss.
        """
        self.limit(handshakeRate=10)
        with capturedLogs() as events:
            self.connect(15)
            for _ in range(20):
                self.reactor.turn()
            [handoff] = self.router.handoffs
            self.assertEqual(len(handoff.handed), 10)
            self.spend(0.2)
            self.assertIn(len(handoff.handed), (11, 12))
            self.spend(0.5)
        self.assertEqual(len(handoff.handed), 15)
        self.assertEqual(ids(events), ["SSLP154W"])

    def test_handshakeRateIsFair(self) -> None:
        """
        A port on which many connections wait does not keep those of another back.
        """
        self.limit(handshakeRate=10)
        other = self.listen(1)
        self.connect(40)
        for _ in range(20):
            self.reactor.turn()
        self.connect(3, other)
        self.spend(1)
        [handoff] = self.router.handoffs
        self.assertEqual(sum(arrival.port == 1 for arrival in handoff.handed), 3)
        self.assertLess(len(handoff.handed), 25)

    def test_handshakeRateWaits(self) -> None:
        """
        What has waited longer than WAIT for it is refused, and others come to their turn; where
        nobody had to wait nobody is looked at.
        """
        self.limit(handshakeRate=2)
        self.patch(acceptor, "age", lambda client: WAIT + GRACE + 1)
        self.arrive(5)
        self.assertEqual(len(self.numbers()[0]), 2)
        self.spend(1)
        self.assertEqual(self.acceptor.admission.status().refused, {"HANDSHAKERATE": 3})
        self.assertEqual([self.isClosed(index) for index in range(5)], [False, False, True, True, True])

    def test_off(self) -> None:
        """
        Where nothing is set nobody is asked.
        """
        self.acceptor.admission.admits = None  # type: ignore[assignment, method-assign]
        self.arrive(3)
        self.assertEqual(self.numbers(), [[1, 2, 3]])
