"""
Tests for L{sslpool.manager.processes}.
"""

from __future__ import annotations

from twisted.logger import capturedLogs

from sslpool.manager.processes import ENDING_TIMEOUT
from sslpool.messages import operatorError
from sslpool.pool.states import Event
from sslpool.wire.records import LabelsRead
from tests.doubles.servers import STEP, FakeServer
from tests.logs import ids, texts
from tests.manager.pools import PoolCase


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


class BeginningTests(PoolCase):
    """
    A server that cannot begin.
    """

    def test_keyDatabase(self) -> None:
        """
        A server that cannot use the key database says so, ends, and is tried again later.
        """
        self.prepare = refuse
        with capturedLogs() as events:
            self.pool.startService()
            self.spend(8 * STEP)
        self.assertEqual(ids(events)[:3], ["SSLP103I", "SSLP105E", "SSLP104E"])
        died = next(text for text in texts(events) if text.startswith("SSLP104E"))
        self.assertIn("died: SSLP130E Label WEBCERT cannot be used", died)
        self.prepare = lambda server: None
        self.spend(2)
        self.assertEqual(self.states()[0], "Active")

    def test_learned(self) -> None:
        """
        What a server serves is heard before it is Active.
        """
        learned: list[tuple[str, LabelsRead, str]] = []
        self.patch(self.ports, "learn", lambda userid, read: learned.append((userid, read, self.states()[0])))
        self.start()
        self.assertEqual(learned, [("SSL00001", self.serverOf(0).link.found, "Starting")])

    def test_pids(self) -> None:
        """
        Whoever asks for the processes hears of those that quiesce as well.
        """
        self.start()
        self.fill(0, 1)
        self.pool.happen(self.members[0], Event.RESTART, "restarted by an operator")
        self.spend(3 * STEP)
        [former], process = self.members[0].former, self.members[0].process
        assert process is not None
        self.assertEqual(self.pool.processes.pids(), [former.pid, process.pid])

    def test_replace(self) -> None:
        """
        A process that does not do what it should is killed for that reason, once, and another one begins.
        """
        self.start()
        first, process = self.serverOf(0), self.members[0].process
        assert process is not None
        with capturedLogs() as events:
            self.pool.processes.replace(self.members[0], process, "it did not answer")
            self.spend(2)
        self.assertTrue(first.ended)
        self.assertIn("it did not answer", next(text for text in texts(events) if text.startswith("SSLP104E")))
        second = self.serverOf(0)
        self.pool.processes.replace(self.members[0], process, "it did not answer")
        self.spend(2)
        self.assertIs(self.serverOf(0), second)

    def test_hangs(self) -> None:
        """
        A server that does not answer is not waited for: it is ended, and another is begun.
        """
        self.prepare = hang
        self.pool.startService()
        self.spend(3 * STEP)
        self.prepare = lambda server: None
        first = self.serverOf(0)
        assert first.link.begun is not None
        with capturedLogs() as events:
            first.link.begun.errback(ConnectionError("Connection timed out"))
            self.spend(ENDING_TIMEOUT + 0.5)
            self.assertTrue(first.ended)
            self.spend(0.5)
        self.assertIn("SSLP104E", ids(events))
        self.assertIn("it did not answer in time", "".join(texts(events)))
        self.assertEqual(self.states()[0], "Active")

    def test_fault(self) -> None:
        """
        A mistake of ours in the beginning is logged with its traceback, and the server is replaced.
        """
        self.prepare = hang
        self.pool.startService()
        self.spend(3 * STEP)
        first = self.serverOf(0)
        assert first.link.begun is not None
        first.hangs = False
        self.prepare = lambda server: None
        with capturedLogs() as events:
            first.link.begun.errback(ZeroDivisionError("unforeseen"))
            self.spend(8 * STEP)
        self.assertIn("SSLP198E Internal error while SSL00001 was begun", texts(events))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertTrue(first.ended)
        self.assertEqual(self.states()[0], "Active")

    def test_stoppedWhileStarting(self) -> None:
        """
        A server that becomes ready after it was asked to end does not make its
        member Active, also where that has been started again.
        """
        self.prepare = lambda server: setattr(server, "sessions", 1)
        self.pool.startService()
        self.spend(STEP)
        first = self.serverOf(0)
        self.pool.happen(self.members[0], Event.STOP, "stopped by an operator")
        self.pool.happen(self.members[0], Event.START, "started by an operator")
        self.spend(3 * STEP)
        assert first.link.begun is not None
        self.assertTrue(first.link.begun.called)
        self.assertEqual(self.members[0].former[0].pid, first.pid)
        first.sessions = 0
        self.spend(5 * STEP)
        self.assertEqual(self.states()[0], "Active")
        self.assertIsNot(self.serverOf(0), first)

    def test_diesWhileStarting(self) -> None:
        """
        A server that dies before it serves goes the way of every death.
        """
        self.pool.startService()
        self.spend(STEP)
        self.serverOf(0).end()
        with capturedLogs() as events:
            self.spend(6 * STEP)
        self.assertEqual(ids(events), ["SSLP104E", "SSLP103I", "SSLP100I"])
        self.assertEqual(self.flushLoggedErrors(), [])


class LostTests(PoolCase):
    """
    Control connection, agent and process do not end in the order one would like.
    """

    def test_linkLost(self) -> None:
        """
        While the agent lives it is the one that says how a process ended.
        """
        self.start()
        with capturedLogs() as events:
            self.serverOf(0).end("ended with exit status 70")
            self.spend(8 * STEP)
        self.assertIn("died: ended with exit status 70", "".join(texts(events)))
        self.assertEqual(ids(events).count("SSLP104E"), 1)

    def test_processStays(self) -> None:
        """
        A process that has closed its control connection and does not end is killed.
        """
        self.start()
        first = self.serverOf(0)
        first.hangs = True
        first.link.close()
        self.spend(ENDING_TIMEOUT - 0.5)
        self.assertFalse(first.ended)
        self.spend(1)
        self.assertTrue(first.ended)
        self.assertEqual(self.states()[0], "Active")

    def test_agentSilent(self) -> None:
        """
        An agent that hangs is not waited for when a server has ended.
        """
        self.start()
        self.starter.mute = True
        self.serverOf(0).end()
        with capturedLogs() as events:
            self.spend(2 * ENDING_TIMEOUT + 1)
        self.assertIn("SSLP104E", ids(events))
        self.starter.mute = False

    def test_agentDead(self) -> None:
        """
        Servers outlive their agent; when one ends after that, the end of its control connection says it.
        """
        self.start()
        self.starter.agentDies(0.05)
        self.spend(0.2)
        self.assertEqual(self.states()[0], "Active")
        with capturedLogs() as events:
            self.serverOf(0).end()
            self.spend(8 * STEP)
        self.assertIn("and the agent did not report why", "".join(texts(events)))
        self.assertEqual((self.states()[0], self.serverOf(0).number), ("Active", 2))

    def test_endedBeforeAgent(self) -> None:
        """
        A server whose control connection has ended already is gone when the agent dies.
        """
        self.start()
        self.starter.mute = True
        self.serverOf(0).end()
        self.spend(2 * STEP)
        self.assertIsNotNone(self.members[0].process)
        self.starter.agentDies(10)
        self.assertIsNone(self.members[0].process)
        self.starter.mute = False

    def test_launchWaits(self) -> None:
        """
        A server that is asked for while there is no agent is made by the next
        one, however long that takes: the time limit of its answers has not begun.
        """
        self.start()
        self.starter.agentDies(60)
        self.fill(0)
        self.spend(50)
        self.assertEqual(self.states()[1], "Starting")
        self.assertEqual(self.members[1].status(2).pid, 0)
        self.spend(11)
        self.assertEqual(self.states()[1], "Active")

    def test_launchDiesWithAgent(self) -> None:
        """
        A server that an agent was asked for and had not made when it died is asked for again.
        """
        self.pool.startService()
        with capturedLogs() as events:
            self.starter.agentDies(0.1)
            self.assertEqual(ids(events), ["SSLP104E"])
            self.spend(0.5)
        self.assertEqual(self.states()[0], "Active")
        self.assertEqual(len(self.starter.running), 1)

    def test_stoppedBeforeMade(self) -> None:
        """
        A server that is stopped before it was made is told to end, and not what to be.
        """
        self.start()
        self.starter.agentDies(10)
        self.fill(0)
        self.pool.happen(self.members[1], Event.STOP, "stopped by an operator")
        self.spend(11)
        self.assertEqual(self.states()[1], "Stopped")
        self.assertIsNone(self.members[1].process)
        [made] = [server for server in self.starter.servers if server.member == 1]
        self.assertEqual([call[0] for call in made.link.calls], ["quiesce"])

    def test_staleNews(self) -> None:
        """
        News of a launch that is not the member's present one does nothing.
        """
        self.start()
        self.pool.processes.launched(99, 4711)
        self.pool.processes.ended(99, "killed by signal 9 (SIGKILL)")
        self.assertEqual((self.states()[0], self.members[0].status(2).pid), ("Active", 1001))
