"""
Tests for L{sslpool.manager.pool}.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.logger import LogEvent, Logger, capturedLogs
from zope.interface.verify import verifyObject

from sslpool.config.limits import Limits
from sslpool.interfaces import Arrival, IRouter, IStarterClient
from sslpool.manager.processes import ENDING_TIMEOUT, OVERTIME, IProcessWatcher
from sslpool.manager.vacancy import VACANT
from sslpool.messages import operatorError
from sslpool.messages.announce import announce
from sslpool.pool.states import Event, Refusal, State
from sslpool.wire.assignment import Assignment, TimeLimits
from tests.doubles.servers import STEP, FakeServer
from tests.logs import ids, texts
from tests.manager.pools import KEY_FILE, LIMITS, PORTS, PoolCase


def refuse(server: FakeServer) -> None:
    """
    Let a server find that the key database cannot be used.
    """
    server.refusal = operatorError("SSLP130E", label="WEBCERT", reason="no private key")


def hang(server: FakeServer) -> None:
    """
    Let a server do nothing.
    """
    server.hangs = True


class StartTests(PoolCase):
    """
    The pool when the stack starts.
    """

    def test_interfaces(self) -> None:
        """
        The pool is what the acceptor and the starter expect.
        """
        self.assertTrue(verifyObject(IRouter, self.router))
        self.assertTrue(verifyObject(IProcessWatcher, self.pool))
        self.assertTrue(verifyObject(IStarterClient, self.pool.processes))

    def test_first(self) -> None:
        """
        Only the first member is activated; it is Starting until its server serves, and then Active.
        """
        with capturedLogs() as events:
            self.pool.startService()
            self.assertEqual(self.states(), ["Starting", "Eligible", "Eligible"])
            self.assertNoResult(self.pool.firstActive)
            self.spend(3 * STEP)
        self.assertEqual(self.states(), ["Active", "Eligible", "Eligible"])
        self.successResultOf(self.pool.firstActive)
        self.assertEqual(self.room.changes, 1)
        self.assertEqual(
            texts(events),
            [
                "SSLP103I SSL00001 is Starting: the stack started",
                "SSLP100I SSL00001 is Active: process 1001, ready in 20 ms",
            ],
        )

    def test_assignment(self) -> None:
        """
        A server is told its name, the key database, the time limits and the ports.
        """
        self.start()
        [call] = self.serverOf(0).link.calls
        self.assertEqual(call, ("begin", Assignment("SSL00001", KEY_FILE, TimeLimits.of(LIMITS)), PORTS))

    def test_handoff(self) -> None:
        """
        The member's handoff and its server have the two ends of one pair.
        """
        self.start()
        ours = self.handoffs[0].pair
        assert ours is not None
        ours.send(b"offer")
        self.assertEqual(self.serverOf(0).handoff.recv(16), b"offer")

    def test_noDescriptors(self) -> None:
        """
        Where the system gives no descriptors, the member goes back to Eligible,
        a message says why, nothing stays open and it is tried again.
        """
        made: list[socket.socket] = []
        real = socket.socketpair

        def scarce(*arguments: int) -> tuple[socket.socket, socket.socket]:
            if made:
                raise OSError(24, "Too many open files")
            made.extend(real(*arguments))
            return made[0], made[1]

        self.patch(socket, "socketpair", scarce)
        with capturedLogs() as events:
            self.pool.startService()
        self.assertEqual(self.states()[0], "Eligible")
        message = "SSLP126E SSL00001 cannot be started: Too many open files; trying again in 0 s"
        self.assertIn(message, texts(events))
        self.assertEqual([each.fileno() for each in made], [-1, -1])
        self.patch(socket, "socketpair", real)
        self.spend(4 * STEP)
        self.assertEqual(self.states()[0], "Active")


class ActivationTests(PoolCase):
    """
    More members are activated when they are needed.
    """

    def test_full(self) -> None:
        """
        When the first member gets its last session, the next one is activated.
        """
        self.start()
        self.fill(0, 1)
        self.assertEqual(self.states(), ["Active", "Eligible", "Eligible"])
        self.fill(0, 1)
        self.assertEqual(self.states(), ["Active", "Starting", "Eligible"])
        self.spend(3 * STEP)
        chosen = self.router.choose()
        assert chosen is not None
        self.assertEqual(chosen.index, 1)

    def test_data(self) -> None:
        """
        Data connections of FTP take room in a server: with them it is full, another is activated, and takes
        the next; they are no sessions.
        """
        self.start()
        self.members[0].region.data = 1
        self.fill(0, 1)
        self.assertEqual(self.states(), ["Active", "Starting", "Eligible"])
        self.spend(3 * STEP)
        chosen = self.router.choose()
        assert chosen is not None
        self.assertEqual((chosen.index, self.router.sessions), (1, 1))
        self.members[0].region.data = 0
        chosen = self.router.choose()
        assert chosen is not None
        self.assertEqual(chosen.index, 0)

    def test_oneAtATime(self) -> None:
        """
        While one is starting no other is activated.
        """
        self.start()
        self.fill(0)
        self.router.prompt()
        self.assertEqual(self.states(), ["Active", "Starting", "Eligible"])

    def test_exhausted(self) -> None:
        """
        The pool is exhausted when no member has room and none could make some.
        """
        self.start()
        self.assertFalse(self.router.exhausted)
        for index in range(3):
            self.fill(index)
            self.spend(3 * STEP)
        self.assertTrue(self.router.exhausted)
        self.assertEqual((self.router.sessions, self.router.peak), (6, 6))
        self.finish(1)
        self.assertFalse(self.router.exhausted)
        self.assertEqual((self.router.sessions, self.router.peak), (5, 6))

    def test_maxSessions(self) -> None:
        """
        At MAXSESSIONS no member is chosen or activated, also where members have room.
        """
        self.setLimits(maxSessions=1)
        self.start()
        self.fill(0, 1)
        self.router.prompt()
        self.assertIsNone(self.router.choose())
        self.assertTrue(self.router.exhausted)
        self.assertEqual(self.states(), ["Active", "Eligible", "Eligible"])

    def test_limitLowered(self) -> None:
        """
        A limit lowered below use cuts nothing, and nothing new is accepted until below.
        """
        self.start()
        self.fill(0)
        self.spend(3 * STEP)
        self.setLimits(maxSessions=1)
        self.assertIsNone(self.router.choose())
        self.assertEqual(self.router.sessions, 2)
        self.finish(0, 2)
        self.assertIs(self.router.choose(), self.members[0])


class DeathTests(PoolCase):
    """
    A server ends though nobody had asked for that.
    """

    def test_again(self) -> None:
        """
        It is started again at once, and the stack says why it died.
        """
        self.start()
        self.fill(0, 1)
        with capturedLogs() as events:
            self.serverOf(0).end()
            self.spend(2 * STEP)
            self.assertEqual(self.router.sessions, 0)
            self.spend(3 * STEP)
        self.assertIn(
            "SSLP104E SSL00001 (process 1001) died: killed by signal 9 (SIGKILL); sessions lost: 1; "
            "starting it again in 0 s",
            texts(events),
        )
        self.assertEqual(self.states()[0], "Active")
        self.assertEqual(self.serverOf(0).pid, 1002)

    def test_orphans(self) -> None:
        """
        Connections that it had not read from come back, in order, and then there is news.
        """
        self.start()
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        arrivals = [Arrival(number, ours, 0, "192.0.2.1", 5000, 0.0) for number in (1, 2)]
        self.assertTrue(all(self.handoffs[0].hand(each) for each in arrivals))
        changes = self.room.changes
        self.serverOf(0).end()
        self.spend(2 * STEP)
        self.assertEqual(self.room.orphans, arrivals)
        self.assertEqual(self.room.changes, changes + 1)

    def test_delayGrows(self) -> None:
        """
        The delay doubles with each death in a row, up to a minute.
        """
        self.start()
        delays = []
        for _ in range(10):
            with capturedLogs() as events:
                self.serverOf(0).end()
                self.spend(2 * STEP)
            delays.append(next(event for event in events if event.get("messageId") == "SSLP104E")["fields"]["seconds"])
            if delays[-1] != "0":
                self.spend(float(delays[-1]) - 0.5)
                self.assertEqual(self.states()[0], "Eligible")
            self.spend(1)
            self.assertEqual(self.states()[0], "Active")
        self.assertEqual(delays, ["0", "1", "2", "4", "8", "16", "32", "60", "60", "60"])

    def test_healthy(self) -> None:
        """
        After a minute's life a death is the first of a series again.
        """
        self.start()
        for _ in range(3):
            self.serverOf(0).end()
            self.spend(5)
        self.assertEqual(self.members[0].backoff.failures, 3)
        self.spend(60)
        self.serverOf(0).end()
        self.spend(6 * STEP)
        self.assertEqual(self.members[0].backoff.failures, 1)
        self.assertEqual(self.states()[0], "Active")

    def test_notPromptedBeforeTime(self) -> None:
        """
        A member that waits for its next start is not activated sooner by load.
        """
        self.start()
        self.serverOf(0).end()
        self.spend(6 * STEP)
        self.serverOf(0).end()
        self.spend(2 * STEP)
        for member in self.members[1:]:
            self.pool.happen(member, Event.STOP, "stopped by an operator")
        self.router.prompt()
        self.assertEqual(self.states(), ["Eligible", "Stopped", "Stopped"])
        self.assertFalse(self.router.exhausted)

    def test_startedMeanwhile(self) -> None:
        """
        A member that an operator started while it waited, and that dies once
        more, waits for the new delay, not for the old one.
        """
        self.start()
        for _ in range(3):
            self.serverOf(0).end()
            self.spend(2.2)
        self.assertEqual(self.states()[0], "Active")
        self.serverOf(0).end()
        self.spend(2 * STEP)
        self.assertEqual(self.members[0].backoff.failures, 4)
        self.spend(2)
        self.pool.happen(self.members[0], Event.START, "started by an operator")
        self.spend(5 * STEP)
        self.serverOf(0).end()
        self.spend(7.5)
        self.assertEqual(self.states()[0], "Eligible")
        self.spend(1)
        self.assertEqual(self.states()[0], "Active")

    def test_stoppedMeanwhile(self) -> None:
        """
        A member that is stopped while it waits is not started again.
        """
        self.start()
        for _ in range(2):
            self.serverOf(0).end()
            self.spend(6 * STEP)
        self.pool.happen(self.members[0], Event.STOP, "stopped by an operator")
        self.spend(10)
        self.assertEqual(self.states()[0], "Stopped")
        self.assertEqual(self.starter.running, [])


class OrderTests(PoolCase):
    """
    The log has things in the order in which they happened.
    """

    def test_firstActive(self) -> None:
        """
        What follows from the first server's being Active is logged after that; clients are let in before it is
        said to be.
        """
        log = Logger()
        self.patch(self.ports, "serve", lambda: announce(log, "SSLP453I", local="", label=""))
        self.pool.firstActive.addCallback(lambda _: announce(log, "SSLP031I", application="WEB", pid=7))
        with capturedLogs() as events:
            self.start()
        self.assertEqual(ids(events), ["SSLP103I", "SSLP453I", "SSLP100I", "SSLP031I"])


class VacantTests(PoolCase):
    """
    That no server takes connections any more is said at once, and once.
    """

    def vacancies(self, events: Sequence[LogEvent]) -> list[str]:
        """
        Return what was said about that.
        """
        return [text for text in texts(events) if text[:8] in VACANT]

    def test_stopped(self) -> None:
        """
        The last server is stopped: nobody has to wait before that is said.
        """
        self.start()
        with capturedLogs() as events:
            for member in reversed(self.members):
                self.pool.happen(member, Event.STOP, "stopped by an operator")
            self.spend(4 * STEP)
        said = "No server is Active, because all are Stopped: SSL00001 to SSL00003"
        waits = "ports stay open, new connections wait up to 30 s"
        self.assertEqual(self.vacancies(events), [f"SSLP457W {said}; {waits}"])

    def test_dies(self) -> None:
        """
        The last server dies: why is said once, however often its successors do; and again when one has been
        Active in between.
        """
        self.start()
        for member in self.members[1:]:
            self.pool.happen(member, Event.STOP, "stopped by an operator")
        with capturedLogs() as events:
            self.serverOf(0).end()
            self.prepare = lambda server: server.end()
            self.spend(40)
        (said,) = self.vacancies(events)
        self.assertIn("SSLP458E No server takes connections: SSL00001 died: ", said)
        self.prepare = lambda server: None
        self.spend(60)
        self.assertEqual((self.states()[0], self.members[0].death), ("Active", ""))
        with capturedLogs() as events:
            self.serverOf(0).end()
            self.spend(4 * STEP)
        self.assertEqual(len(self.vacancies(events)), 1)

    def test_others(self) -> None:
        """
        Nothing is said where another server takes them, where the first one is still to come, and at the end.
        """
        with capturedLogs() as events:
            self.start()
            self.fill(0)
            self.spend(3 * STEP)
            self.pool.happen(self.members[0], Event.STOP, "stopped by an operator")
            self.pool.stopService()
            self.spend(4 * STEP)
        self.assertEqual(self.vacancies(events), [])


class StopTests(PoolCase):
    """
    Members are stopped, restarted and retired.
    """

    def test_quiesces(self) -> None:
        """
        A stopped member takes nothing new; its sessions count until they end.
        """
        self.start()
        self.fill(0, 1)
        with capturedLogs() as events:
            self.assertIsNone(self.pool.happen(self.members[0], Event.STOP, "stopped by an operator"))
            self.assertEqual(self.serverOf(0).link.calls[-1], ("quiesce", LIMITS.quiesce))
            self.spend(5)
            self.assertIsNone(self.router.choose())
            self.assertTrue(self.members[0].quiescing)
            self.assertEqual(self.router.sessions, 1)
            self.finish(0)
            self.spend(4 * STEP)
        self.assertEqual((self.router.sessions, self.starter.running), (0, []))
        self.assertEqual(
            texts(events),
            [
                "SSLP468I No server takes connections now; the next connection activates SSL00002",
                "SSLP106I SSL00001 (process 1001) has ended",
            ],
        )
        self.assertEqual(self.states()[0], "Stopped")

    def test_now(self) -> None:
        """
        A quiesce time of zero does not wait for sessions.
        """
        self.start()
        self.fill(0, 1)
        self.pool.happen(self.members[0], Event.STOP, "stopped by an operator", 0)
        self.spend(4 * STEP)
        self.assertEqual(self.starter.running, [])
        self.assertEqual(self.router.sessions, 0)

    def test_startWhileQuiescing(self) -> None:
        """
        A member that is started while its old process still has sessions gets
        another one at once; sessions of both count.
        """
        self.start()
        self.fill(0, 1)
        first = self.serverOf(0)
        self.pool.happen(self.members[0], Event.STOP, "stopped by an operator")
        self.pool.happen(self.members[0], Event.START, "started by an operator")
        self.spend(0.5)
        second = self.serverOf(0)
        self.assertEqual((self.states()[0], self.starter.running), ("Active", [first, second]))
        self.assertEqual((self.router.sessions, self.members[0].sessions), (1, 1))
        self.assertEqual([(each.pid, each.sessions) for each in self.members[0].status(2).former], [(first.pid, 1)])
        self.finishOf(first)
        self.spend(8 * STEP)
        self.assertEqual((self.states()[0], self.router.sessions), ("Active", 0))
        self.assertEqual(self.starter.running, [second])
        self.assertEqual(self.members[0].status(2).former, ())

    def test_stopAgain(self) -> None:
        """
        Stopped, started and stopped again while it quiesces, it stays stopped.
        """
        self.start()
        self.fill(0, 1)
        for event in (Event.STOP, Event.START, Event.STOP):
            self.assertIsNone(self.pool.happen(self.members[0], event, "an operator wants it so"))
        self.finishOf(self.starter.running[0])
        self.spend(8 * STEP)
        self.assertEqual((self.states()[0], self.starter.running), ("Stopped", []))

    def test_startWhileBothQuiesce(self) -> None:
        """
        A member that is stopped while it is restarted, and started again while both its processes
        still quiesce, is started once more when that start fails.
        """
        self.start()
        self.fill(0, 1)
        self.prepare = lambda server: setattr(server, "hangs", True)
        for event in (Event.RESTART, Event.STOP, Event.START):
            self.assertIsNone(self.pool.happen(self.members[0], event, "an operator wants it so"))
        self.spend(2 * STEP)
        self.prepare = lambda server: None
        self.starter.running[-1].end()
        self.spend(1)
        self.assertEqual(self.states()[0], "Active")
        self.assertEqual(len(self.members[0].former), 2)

    def test_refusal(self) -> None:
        """
        What a state does not allow is refused, and changes nothing.
        """
        self.start()
        self.assertEqual(self.pool.happen(self.members[0], Event.START, "?"), Refusal("SSLP110E"))
        self.assertEqual((self.states()[0], self.members[0].reason), ("Active", "the stack started"))

    def test_restart(self) -> None:
        """
        A restarted member gets another process, to which connections go as soon as it serves; the one before quiesces.
        """
        self.start()
        self.fill(0, 1)
        first = self.serverOf(0)
        self.pool.happen(self.members[0], Event.RESTART, "restarted by an operator")
        settled = self.pool.whenSettled(self.members[0])
        self.assertEqual(self.states()[0], "Active")
        self.assertIs(self.router.choose(), self.members[0])
        self.assertIs(self.members[0].handoff, self.handoffs[0])
        self.assertNoResult(settled)
        self.spend(4 * STEP)
        self.successResultOf(settled)
        self.assertIs(self.router.choose(), self.members[0])
        self.assertIsNot(self.members[0].handoff, self.handoffs[0])
        self.assertIn(("quiesce", LIMITS.quiesce), first.link.calls)
        self.assertFalse(first.ended)
        self.finishOf(first)
        self.spend(4 * STEP)
        self.assertTrue(first.ended)
        self.assertEqual(self.states()[0], "Active")

    def test_restartFails(self) -> None:
        """
        Where the other process cannot serve, the one before goes on, and it is said.
        """
        self.start()
        first = self.serverOf(0)
        self.prepare = refuse
        with capturedLogs() as events:
            self.pool.happen(self.members[0], Event.RESTART, "restarted by an operator")
            self.spend(8 * STEP)
        self.assertEqual(self.starter.running, [first])
        self.assertIs(self.router.choose(), self.members[0])
        self.assertIn("SSLP128E", ids(events))
        self.assertFalse(self.members[0].quiescing)

    def test_diesWhileRestarted(self) -> None:
        """
        Where the process before dies first, the other one is the member's process.
        """
        self.start()
        first = self.serverOf(0)
        self.pool.happen(self.members[0], Event.RESTART, "restarted by an operator")
        first.end()
        self.spend(8 * STEP)
        [second] = self.starter.running
        self.assertEqual(self.states()[0], "Active")
        self.assertIs(self.serverOf(0), second)

    def test_restartedAgain(self) -> None:
        """
        A member can be restarted while processes before still have sessions, which count.
        """
        self.start()
        for count in (1, 2, 3):
            self.fill(0, 1)
            self.pool.happen(self.members[0], Event.RESTART, "restarted by an operator")
            self.spend(4 * STEP)
            self.assertEqual(self.router.sessions, count)
        self.assertEqual(len(self.members[0].former), 3)
        self.assertEqual(len({server.seat for server in self.starter.running}), 4)
        self.pool.happen(self.members[0], Event.STOP, "stopped by an operator", 0)
        self.spend(4 * STEP)
        self.assertEqual((self.starter.running, self.router.sessions), ([], 0))

    def test_settledWithoutProcess(self) -> None:
        """
        A member also is settled when its new process has died.
        """
        self.start()
        self.prepare = refuse
        self.pool.happen(self.members[0], Event.RESTART, "restarted by an operator")
        settled = self.pool.whenSettled(self.members[0])
        self.spend(8 * STEP)
        self.successResultOf(settled)

    def test_quiesceTimeOver(self) -> None:
        """
        When the quiesce time is over, sessions do not hold up the new process.
        """
        self.start()
        self.fill(0, 1)
        first = self.serverOf(0)
        self.router.limits = evolve(LIMITS, quiesce=3)
        self.pool.happen(self.members[0], Event.RESTART, "restarted by an operator")
        self.spend(4)
        self.assertTrue(first.ended)
        self.assertEqual(self.states()[0], "Active")

    def test_promptedWhileRetiring(self) -> None:
        """
        A retired member that is needed before its process has ended gets a new one.
        """
        self.start()
        self.fill(0)
        self.spend(3 * STEP)
        first = self.serverOf(1)
        self.pool.happen(self.members[1], Event.RETIRE, "was not needed any more")
        self.router.prompt()
        self.assertEqual(self.states()[1], "Starting")
        self.spend(8 * STEP)
        self.assertTrue(first.ended)
        self.assertEqual(self.states()[1], "Active")


class EndTests(PoolCase):
    """
    The pool when the stack ends.
    """

    def stop(self) -> Deferred[None]:
        """
        Stop the pool.
        """
        stopped = self.pool.stopService()
        self.spend(4 * STEP)
        return stopped

    def test_waits(self) -> None:
        """
        Every server is asked to end at once, and waited for.
        """
        self.start()
        self.fill(0)
        self.spend(3 * STEP)
        servers = list(self.starter.running)
        stopped = self.pool.stopService()
        self.assertNoResult(stopped)
        self.spend(4 * STEP)
        self.successResultOf(stopped)
        self.assertEqual([server.link.calls[-1] for server in servers], [("quiesce", 0)] * 2)

    def test_nothing(self) -> None:
        """
        Without a process there is nothing to wait for.
        """
        self.start()
        self.pool.happen(self.members[0], Event.STOP, "stopped by an operator")
        self.spend(4 * STEP)
        stopped = self.stop()
        self.successResultOf(stopped)

    def test_kills(self) -> None:
        """
        What does not end is killed, and it is said.
        """
        self.prepare = hang
        self.pool.startService()
        self.spend(3 * STEP)
        stopped = self.stop()
        self.spend(OVERTIME - 0.5)
        self.assertNoResult(stopped)
        with capturedLogs() as events:
            self.spend(1)
        self.successResultOf(stopped)
        self.assertEqual(self.starter.running, [])
        self.assertIn("SSLP127W", ids(events))

    def test_neverMade(self) -> None:
        """
        A server that no agent has made in time does not keep the stack from ending.
        """
        self.start()
        self.starter.agentDies(100)
        self.fill(0)
        stopped = self.stop()
        self.spend(OVERTIME + 1)
        self.successResultOf(stopped)

    def test_agentSilent(self) -> None:
        """
        Neither does an agent that hangs.
        """
        self.start()
        self.starter.mute = True
        stopped = self.stop()
        self.spend(OVERTIME + ENDING_TIMEOUT + 1)
        self.successResultOf(stopped)

    def test_nothingNew(self) -> None:
        """
        Nothing is started any more, whatever is asked or happens.
        """
        self.start()
        self.serverOf(0).sessions = 1
        self.pool.stopService()
        self.pool.happen(self.members[1], Event.START, "started by an operator")
        self.pool.happen(self.members[0], Event.RESTART, "restarted by an operator")
        self.router.prompt()
        self.spend(8 * STEP)
        self.assertEqual((len(self.starter.servers), self.starter.running), (1, []))

    def test_deathPending(self) -> None:
        """
        A member that waits for its next start is not started any more.
        """
        self.start()
        for _ in range(2):
            self.serverOf(0).end()
            self.spend(6 * STEP)
        made = len(self.starter.servers)
        stopped = self.stop()
        self.successResultOf(stopped)
        self.spend(10)
        self.assertEqual(len(self.starter.servers), made)


class LimitsTests(PoolCase):
    """
    What a pool of one large server is like.
    """

    size = 1
    limits = Limits(maxSessions=4, maxPerServer=4)

    def test_single(self) -> None:
        """
        One member that is full leaves nothing to activate.
        """
        self.start()
        self.fill(0, 4)
        self.assertTrue(self.router.exhausted)
        self.assertIs(self.members[0].state, State.ACTIVE)
        self.assertEqual(self.members[0].peak, 4)

    def test_killed(self) -> None:
        """
        A process that has gone before it could be killed is no error; the agent's word is not waited for for ever.
        """
        self.start()
        self.starter.mute = True
        self.serverOf(0).end()
        process = self.members[0].process
        assert process is not None
        self.pool.processes.kill(self.members[0], process)
        self.spend(ENDING_TIMEOUT + 0.1)
        self.assertEqual(self.members[0].backoff.failures, 1)
        self.starter.mute = False
