"""
Tests for L{sslpool.manager.starter}.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from typing import cast
from unittest import mock

from attrs import define, evolve, field
from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from sslpool.agent.segment import SegmentFiles, mapAgent
from sslpool.config.configuration import ServerParameters
from sslpool.interfaces import IStackReactor, IStarter, IStarterClient
from sslpool.manager.agent import SETTINGS, Agent
from sslpool.manager.agentpair import LONGEST_LINE
from sslpool.manager.starter import BEGINNING as STARTING
from sslpool.manager.starter import DELAYS, FAREWELL, MAKING, UNKNOWN, WORD, AgentStarter
from sslpool.messages import OperatorError
from sslpool.tls.library import NO_TICKETS
from sslpool.wire.datagrams import VERSION, receiveRecord, sendRecord
from sslpool.wire.launching import Beginning, Ended, Launch, Launched, Ready
from tests.doubles.reactor import FakeProcess, FakeReactor, signalled
from tests.logs import ids, texts
from tests.openfiles import openDescriptors

BEGINNING = Beginning(ServerParameters(keyFile="/etc/gskadm/Database.kdb"), 16)


@implementer(IStarterClient)
@define
class Listening:
    """
    Writes down what is told.
    """

    news: list[tuple[object, ...]] = field(factory=list)

    def launched(self, launch: int, pid: int) -> None:
        """
        Write it down.
        """
        self.news.append(("launched", launch, pid))

    def ended(self, launch: int, reason: str) -> None:
        """
        Write it down.
        """
        self.news.append(("ended", launch, reason))

    def agentEnded(self) -> None:
        """
        Write it down.
        """
        self.news.append(("agentEnded",))


class StarterTests(SynchronousTestCase):
    """
    The stack's side of the agent, against an agent played by the test.
    """

    def setUp(self) -> None:
        """
        Make a starter; the agent's process is a record, its socket is real.
        """
        self.reactor = FakeReactor()
        self.files = SegmentFiles("TEST", 16)
        self.addCleanup(self.files.close)
        self.accepted: int | None = None
        self.sessions: dict[int, int] = {}
        self.patch(os, "getsid", self.sessionOf)
        self.starter = AgentStarter(
            cast(IStackReactor, self.reactor), "SSLDCSSM", self.files, BEGINNING, lambda: self.accepted
        )
        self.client = Listening()
        self.starter.wire(self.client)
        self.ends: list[socket.socket] = []
        self.addCleanup(self._closeAll)

    def _closeAll(self) -> None:
        if self.starter.running:
            self.starter.stopService()
        for process in self.reactor.processes:
            process.closeDescriptors()
        for end in self.ends:
            end.close()

    def sessionOf(self, pid: int) -> int:
        """
        Return the session of a process that is none of the agent's; others have ended.
        """
        if pid not in self.sessions:
            raise ProcessLookupError
        return self.sessions[pid]

    def start(self) -> socket.socket:
        """
        Start the starter; return the agent's end of the pair.
        """
        self.starter.startService()
        return self.agent()

    def agent(self) -> socket.socket:
        """
        Return the newest agent's end of the pair.
        """
        self.ends.append(socket.socket(fileno=os.dup(self.process.descriptors[3])))
        self.ends[-1].setblocking(False)
        return self.ends[-1]

    @property
    def process(self) -> FakeProcess:
        """
        The newest agent's process.
        """
        return self.reactor.processes[-1]

    def die(self, agent: socket.socket, status: int = 9) -> None:
        """
        End the agent as the system does: first its descriptors, then the news.
        """
        agent.close()
        self.process.closeDescriptors()
        self.process.end(status)

    def say(self, agent: socket.socket, *records: object) -> None:
        """
        Let the agent say something, and the stack hear it.
        """
        for record in records:
            sendRecord(agent, record)
        self.reactor.turn()

    def launch(self, member: int = 0) -> tuple[int, socket.socket, socket.socket]:
        """
        Ask for a server; return the number and the stack's ends.
        """
        handoff, serversHandoff = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        control, serversControl = socket.socketpair()
        self.ends += [handoff, control]
        number = self.starter.launch(member, serversHandoff, serversControl)
        return number, handoff, control

    def test_accepted(self) -> None:
        """
        A server is given what is accepted when the agent gets the launch.
        """
        agent = self.start()
        received = receiveRecord(agent, Beginning)
        self.launch()
        self.accepted = os.memfd_create("accepted")
        self.addCleanup(os.close, self.accepted)
        self.say(agent, Ready())
        self.assertIsNotNone(received)
        received = receiveRecord(agent, Launch)
        assert received is not None
        descriptors = received[1]
        self.assertEqual(len(descriptors), 4)
        self.assertTrue(os.path.sameopenfile(descriptors[3], self.accepted))
        for each in descriptors:
            os.close(each)

    def take(self, agent: socket.socket) -> tuple[Launch, list[socket.socket]]:
        """
        Take what the agent is asked next.
        """
        received = receiveRecord(agent, Launch)
        assert received is not None
        *ends, seat = received[1]
        self.seated = os.readlink(f"/proc/self/fd/{seat}")
        os.close(seat)
        sockets = [socket.socket(fileno=descriptor) for descriptor in ends]
        self.ends += sockets
        return received[0], sockets

    def test_interface(self) -> None:
        """
        It is what the pool expects, and tells the pool as that expects.
        """
        self.assertTrue(verifyObject(IStarter, self.starter))
        self.assertTrue(verifyObject(IStarterClient, self.client))

    def test_spawn(self) -> None:
        """
        The agent is this Python with the agent's module, has the pair and its parts of the
        segment, and is told the beginning.
        """
        with capturedLogs() as events:
            agent = self.start()
        self.assertEqual(list(self.process.arguments), [sys.executable, "-P", "-m", "sslpool.ssldcssm"])
        self.assertEqual(sorted(self.process.descriptors), [0, 3, 4, 5])
        self.assertTrue(os.path.sameopenfile(self.process.descriptors[4], self.files.descriptor))
        self.assertEqual(receiveRecord(agent, Beginning), (BEGINNING, []))
        self.assertEqual(self.starter.pid, 500)
        self.assertEqual(texts(events), ["DTCRUN1043I Initiating XAUTOLOG of server SSLDCSSM"])
        self.assertEqual(os.read(self.process.descriptors[0], 1), b"")
        self.assertEqual((self.process.environment or {}).get(SETTINGS), os.environ.get(SETTINGS))

    def test_settings(self) -> None:
        """
        With CACHELIFE 0 the agent's TLS library reads settings as it begins, unless an operator has some.
        """
        beginning = evolve(BEGINNING, parameters=evolve(BEGINNING.parameters, cacheLife=0))
        for given, expected in ((None, "/proc/self/fd/0"), ("/etc/ours.cnf", "/etc/ours.cnf")):
            with mock.patch.dict(os.environ, {} if given is None else {SETTINGS: given}):
                agent = Agent(self.starter, cast(IStackReactor, self.reactor))
                agent.begin(self.files, beginning)
            self.addCleanup(agent.close)
            process = self.reactor.processes[-1]
            assert process.environment is not None
            self.assertEqual(process.environment[SETTINGS], expected)
            self.assertEqual(os.read(process.descriptors[0], 1 << 16), NO_TICKETS)

    def test_launchWaitsForReady(self) -> None:
        """
        Servers are asked for when the agent is ready, in order, with both of their ends.
        """
        agent = self.start()
        receiveRecord(agent, Beginning)
        first, handoff, control = self.launch(2)
        second, *_ = self.launch(1)
        self.assertRaises(BlockingIOError, receiveRecord, agent, Launch)
        self.say(agent, Ready())
        launch, sockets = self.take(agent)
        self.assertEqual(launch, Launch(first))
        self.assertIn("memfd:TEST.3 ", self.seated)
        handoff.send(b"offer")
        control.send(b"ask")
        self.assertEqual([each.recv(16) for each in sockets], [b"offer", b"ask"])
        self.assertEqual(self.take(agent)[0], Launch(second))

    def test_givesEndsAway(self) -> None:
        """
        The stack keeps no copy of a server's ends: when the server closes them, the stack hears it.
        """
        agent = self.start()
        receiveRecord(agent, Beginning)
        self.say(agent, Ready())
        _, handoff, control = self.launch()
        _, sockets = self.take(agent)
        for each in sockets:
            each.close()
        self.assertEqual((handoff.recv(1), control.recv(1)), (b"", b""))

    def test_news(self) -> None:
        """
        The pool hears of launches and ends.
        """
        agent = self.start()
        self.say(agent, Ready())
        number, *_ = self.launch()
        self.assertTrue(self.starter.tells(number))
        self.say(agent, Launched(number, 4711), Ended(number, "ended by itself"))
        self.assertEqual(self.client.news, [("launched", number, 4711), ("ended", number, "ended by itself")])
        self.assertFalse(self.starter.tells(number))

    def test_bufferFull(self) -> None:
        """
        What does not fit into the buffer to the agent is sent when the agent has read some of it.
        """
        agent = self.start()
        receiveRecord(agent, Beginning)
        self.say(agent, Ready())
        while not self.starter._waiting:
            self.launch()
        last = self.launch(7)[0]
        launches = []
        while last not in launches:
            launch, sockets = self.take(agent)
            for each in sockets:
                each.close()
            launches.append(launch.number)
            self.say(agent, Launched(launch.number, 4711))
        self.assertEqual(launches, list(range(1, last + 1)))

    def test_death(self) -> None:
        """
        When the agent dies the pool hears it, the stack says why, and another is started.
        """
        agent = self.start()
        self.say(agent, Ready())
        number, *_ = self.launch()
        self.say(agent, Launched(number, 4711))
        with capturedLogs() as events:
            self.die(agent, signalled(signal.SIGKILL))
        self.assertIn("SSLP102E SSLDCSSM died: killed by signal 9 (SIGKILL); starting it again in 0 s", texts(events))
        self.assertEqual(self.client.news[-1], ("agentEnded",))
        self.assertEqual((self.starter.tells(number), self.starter.pid), (False, 0))
        self.reactor.advance(0)
        self.assertEqual((len(self.reactor.processes), self.starter.pid), (2, 501))

    def test_lastWords(self) -> None:
        """
        What the agent had said before it died is heard, before its death is.
        """
        agent = self.start()
        self.say(agent, Ready())
        first, *_ = self.launch()
        second, *_ = self.launch()
        sendRecord(agent, Launched(first, 4711))
        sendRecord(agent, Ended(first, "ended by itself"))
        sendRecord(agent, Launched(second, 4712))
        # It had not read everything, which makes the system say so first.
        self.die(agent)
        self.assertEqual(
            self.client.news,
            [
                ("launched", first, 4711),
                ("ended", first, "ended by itself"),
                ("launched", second, 4712),
                ("agentEnded",),
            ],
        )

    def test_readyTooLate(self) -> None:
        """
        An agent whose last word is that it is ready is not taken for one that is.
        """
        agent = self.start()
        sendRecord(agent, Ready())
        self.die(agent)
        number, *_ = self.launch()
        self.assertEqual(len(self.starter._waiting), 1)
        self.reactor.advance(0)
        agent = self.agent()
        receiveRecord(agent, Beginning)
        self.assertRaises(BlockingIOError, receiveRecord, agent, Launch)
        self.say(agent, Ready())
        self.assertEqual(self.take(agent)[0].number, number)

    def test_queueSurvives(self) -> None:
        """
        A server that was not asked for yet when the agent died is made by the next one.
        """
        agent = self.start()
        number, *_ = self.launch(1)
        self.die(agent)
        self.assertTrue(self.starter.tells(number))
        self.reactor.advance(0)
        agent = self.agent()
        receiveRecord(agent, Beginning)
        self.say(agent, Ready())
        self.assertEqual(self.take(agent)[0], Launch(number))

    def test_delays(self) -> None:
        """
        An agent that dies before it has made a server is started again later each time.
        """
        agent = self.start()
        for expected in (*DELAYS, DELAYS[-1]):
            made = len(self.reactor.processes)
            with capturedLogs() as events:
                self.die(agent)
            [event] = [each for each in events if each.get("messageId") == "SSLP102E"]
            self.assertEqual(event["fields"]["seconds"], f"{expected:.0f}")
            self.reactor.advance(max(0, expected - 0.1))
            self.assertEqual(len(self.reactor.processes), made + (expected == 0))
            self.reactor.advance(0.1)
            self.assertEqual(len(self.reactor.processes), made + 1)
            agent = self.agent()

    def test_noProcess(self) -> None:
        """
        Where the system gives no process, it is tried again, and nothing stays open.
        """
        self.reactor.spawnFailure = OSError(11, "Resource temporarily unavailable")
        with capturedLogs() as events:
            self.starter.startService()
        self.assertIn("its process could not be created: Resource temporarily unavailable", "".join(texts(events)))
        self.assertEqual(self.reactor.getReaders(), [])
        self.reactor.spawnFailure = None
        self.reactor.advance(0)
        self.assertEqual(len(self.reactor.processes), 1)

    def test_complaints(self) -> None:
        """
        What agent and servers write is logged line by line; a line without end is not kept for ever.
        """
        self.start()
        protocol = self.process.protocol
        with capturedLogs() as events:
            protocol.childDataReceived(2, b"Traceback\n  File ")
            protocol.childDataReceived(2, b"\xff\n")
            protocol.childDataReceived(2, b"x" * (LONGEST_LINE + 1))
            protocol.childDataReceived(2, b"\nlast\n")
        lines = [event["fields"]["line"] for event in events]
        self.assertEqual(lines, ["Traceback", "  File �", "x" * (LONGEST_LINE + 1), "", "last"])

    def test_stop(self) -> None:
        """
        Stopping lets go of the pair, forgets who was not asked for, and waits for the agent.
        """
        agent = self.start()
        receiveRecord(agent, Beginning)
        _, handoff, control = self.launch()
        stopped = self.starter.stopService()
        assert stopped is not None
        self.assertEqual((handoff.recv(1), control.recv(1)), (b"", b""))
        self.assertIsNone(receiveRecord(agent, Launch))
        self.assertNoResult(stopped)
        self.process.end()
        self.successResultOf(stopped)
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        self.assertEqual(self.client.news, [])

    def test_stopKills(self) -> None:
        """
        An agent that does not end is killed.
        """
        killed: list[tuple[int, int]] = []
        self.patch(os, "kill", lambda *arguments: killed.append(arguments))
        self.start()
        self.starter.stopService()
        self.reactor.advance(FAREWELL)
        self.assertEqual(killed, [(500, 9)])

    def test_stopWithoutAgent(self) -> None:
        """
        Where there is no agent at the moment, none is started any more.
        """
        agent = self.start()
        self.die(agent)
        self.assertIsNone(self.starter.stopService())
        self.reactor.advance(60)
        self.assertEqual(len(self.reactor.processes), 1)

    def child(self) -> int:
        """
        Make a process that does nothing until it is ended, and is not waited for before the test ends.
        """
        pid = os.fork()
        if not pid:
            signal.pause()
            os._exit(0)
        self.addCleanup(os.waitpid, pid, 0)
        self.addCleanup(os.kill, pid, signal.SIGKILL)
        return pid

    def made(self, agent: socket.socket, pid: int) -> int:
        """
        Have the agent make a server; return the number of its launch.
        """
        receiveRecord(agent, Beginning)
        sendRecord(agent, Ready())
        self.reactor.turn()
        number, _, _ = self.launch()
        receiveRecord(agent, Launch)
        self.assertTrue(self.starter.awaited)
        sendRecord(agent, Launched(number, pid))
        self.reactor.turn()
        self.assertFalse(self.starter.awaited)
        return number

    def overhear(self) -> None:
        """
        Wait until the kernel has said that a server has ended.
        """
        limit = time.monotonic() + 10
        before = len(self.reactor.getDelayedCalls())
        while len(self.reactor.getDelayedCalls()) == before and time.monotonic() < limit:
            self.reactor.turn()

    def test_silentAgent(self) -> None:
        """
        That a server has ended is heard though the agent does not say so, once.
        """
        agent = self.start()
        pid = self.child()
        number = self.made(agent, pid)
        os.kill(pid, signal.SIGKILL)
        self.overhear()
        self.assertEqual(self.client.news, [("launched", number, pid)])
        self.reactor.advance(WORD)
        self.assertEqual(self.client.news[1:], [("ended", number, UNKNOWN)])
        sendRecord(agent, Ended(number, "killed by signal 9 (SIGKILL)"))
        self.reactor.turn()
        self.assertEqual(len(self.client.news), 2)

    def test_agentKnows(self) -> None:
        """
        An agent that says how it ended is believed.
        """
        agent = self.start()
        pid = self.child()
        number = self.made(agent, pid)
        os.kill(pid, signal.SIGKILL)
        self.overhear()
        sendRecord(agent, Ended(number, "killed by signal 9 (SIGKILL)"))
        self.reactor.turn()
        self.reactor.advance(WORD)
        self.assertEqual(self.client.news[1:], [("ended", number, "killed by signal 9 (SIGKILL)")])

    def test_outlivesAgent(self) -> None:
        """
        The end of a server is heard after that of its agent.
        """
        agent = self.start()
        pid = self.child()
        number = self.made(agent, pid)
        self.die(agent)
        self.assertTrue(self.starter.tells(number))
        os.kill(pid, signal.SIGKILL)
        self.overhear()
        self.reactor.advance(0)
        self.assertIn(("ended", number, UNKNOWN), self.client.news)
        self.assertFalse(self.starter.tells(number))

    def test_kill(self) -> None:
        """
        A server is ended; one that has ended already is no error.
        """
        agent = self.start()
        pid = self.child()
        number = self.made(agent, pid)
        self.starter.kill(number, pid)
        self.overhear()
        self.starter.kill(number, 2**22 + 1)

    def test_overdue(self) -> None:
        """
        An agent that was asked for a server and has not made it in time is overdue.
        """
        agent = self.start()
        sendRecord(agent, Ready())
        self.reactor.turn()
        self.launch()
        self.assertEqual((self.starter.awaited, self.starter.overdue), (True, False))
        self.reactor.advance(MAKING + 0.1)
        self.assertTrue(self.starter.overdue)

    def test_replace(self) -> None:
        """
        An agent that cannot be used is killed, and it is said; nothing where there is none.
        """
        killed: list[tuple[int, int]] = []
        self.patch(os, "kill", lambda *arguments: killed.append(arguments))
        self.start()
        with capturedLogs() as events:
            self.starter.replace("no progress for 4 s")
        self.assertEqual(killed, [(500, 9)])
        self.assertEqual(texts(events), ["SSLP139W SSLDCSSM (process 500) hangs and is killed: no progress for 4 s"])
        self.process.end(9)
        self.starter.replace("no progress for 4 s")
        self.assertEqual(len(killed), 1)

    def renewing(self) -> tuple[socket.socket, socket.socket, Deferred[None]]:
        """
        Begin to put another agent in the place of one that is ready; return both, and what fires when it is done.
        """
        former = self.start()
        receiveRecord(former, Beginning)
        self.say(former, Ready())
        renewed = self.starter.renew()
        coming = self.agent()
        self.assertEqual(receiveRecord(coming, Beginning), (BEGINNING, []))
        self.assertNoResult(renewed)
        return former, coming, renewed

    def test_renew(self) -> None:
        """
        Another agent is started beside the present one, which makes servers until that is ready, and then
        ends as soon as it has made what it was asked for.  What it knows of its servers is still heard.
        """
        former, coming, renewed = self.renewing()
        first, *_ = self.launch()
        self.assertEqual(self.take(former)[0], Launch(first))
        self.assertEqual(self.starter.pid, 500)
        with capturedLogs() as events:
            self.say(coming, Ready())
        self.successResultOf(renewed)
        self.assertEqual(
            texts(events),
            [
                "SSLP191I SSLDCSSM (process 501) replaces process 500, which ends",
                "SSLP101I SSLDCSSM is ready: process 501",
            ],
        )
        self.assertEqual(self.starter.pid, 501)
        second, *_ = self.launch()
        self.assertEqual(self.take(coming)[0], Launch(second))
        self.assertEqual([self.starter.isCurrent(number) for number in (first, second)], [False, True])
        self.assertRaises(BlockingIOError, receiveRecord, former, Launch)
        self.say(former, Launched(first, 4711))
        self.assertIsNone(receiveRecord(former, Launch))
        self.reactor.processes[0].end()
        self.assertEqual(self.client.news, [("launched", first, 4711), ("agentEnded",)])
        self.assertEqual((len(self.reactor.processes), self.starter.pid), (2, 501))

    def test_renewPart(self) -> None:
        """
        Two agents have parts of their own in the segment.
        """
        self.renewing()
        parts = [process.descriptors[5] for process in self.reactor.processes]
        self.assertFalse(os.path.sameopenfile(*parts))
        mapAgent(parts[0]).progress = 7
        self.assertEqual(self.starter.words.progress, 7)

    def test_renewStuck(self) -> None:
        """
        A former agent that does not make what it was asked for is killed.
        """
        killed: list[tuple[int, int]] = []
        self.patch(os, "kill", lambda *arguments: killed.append(arguments))
        former, coming, _ = self.renewing()
        self.launch()
        self.take(former)
        self.say(coming, Ready())
        self.reactor.advance(MAKING)
        self.assertEqual(killed, [(500, 9)])

    def test_renewDies(self) -> None:
        """
        Where the other one dies before it is ready, that is the answer, and the present one goes on.
        """
        former, coming, renewed = self.renewing()
        self.die(coming, signalled(signal.SIGKILL))
        error = self.failureResultOf(renewed, OperatorError).value
        self.assertEqual(
            str(error), "SSLP190E The stack could not start another agent SSLDCSSM: killed by signal 9 (SIGKILL)"
        )
        number, *_ = self.launch()
        self.assertEqual(self.take(former)[0], Launch(number))
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_renewHangs(self) -> None:
        """
        One that is not ready in time is killed.
        """
        killed: list[tuple[int, int]] = []
        self.patch(os, "kill", lambda *arguments: killed.append(arguments))
        self.renewing()
        self.reactor.advance(STARTING)
        self.assertEqual(killed, [(501, 9)])

    def test_renewNothing(self) -> None:
        """
        Without an agent that is ready, and where the system gives no process, it is refused.
        """
        agent = self.start()
        self.assertRaises(OperatorError, self.starter.renew)
        self.say(agent, Ready())
        self.reactor.spawnFailure = OSError(11, "Resource temporarily unavailable")
        error = self.assertRaises(OperatorError, self.starter.renew)
        self.assertIn("SSLP190E", str(error))
        self.assertEqual(len(self.reactor.getReaders()), 1)

    def test_renewSucceeds(self) -> None:
        """
        Where the present one dies meanwhile, no third one is started.
        """
        former, coming, renewed = self.renewing()
        former.close()
        with capturedLogs() as events:
            self.reactor.processes[0].closeDescriptors()
            self.reactor.processes[0].end(9)
        self.assertEqual(ids(events), ["SSLP194W"])
        number, *_ = self.launch()
        self.assertTrue(self.starter.tells(number))
        self.say(coming, Ready())
        self.successResultOf(renewed)
        self.assertEqual(self.take(coming)[0], Launch(number))
        self.assertEqual(len(self.reactor.processes), 2)

    def test_renewNeitherLives(self) -> None:
        """
        Where both die, it has failed, and one is started.
        """
        former, coming, renewed = self.renewing()
        former.close()
        self.reactor.processes[0].closeDescriptors()
        self.reactor.processes[0].end(9)
        self.die(coming)
        self.failureResultOf(renewed, OperatorError)
        self.reactor.advance(0)
        self.assertEqual(len(self.reactor.processes), 3)

    def test_renewAndStop(self) -> None:
        """
        Stopping waits for both, and the renewal has failed.
        """
        *_, renewed = self.renewing()
        stopped = self.starter.stopService()
        assert stopped is not None
        self.reactor.processes[0].end()
        self.assertNoResult(stopped)
        self.reactor.processes[1].end()
        self.successResultOf(stopped)
        self.failureResultOf(renewed, OperatorError)

    def test_foreignProcess(self) -> None:
        """
        An agent that calls a process its server's which it has not made is killed, and that process is left alone.
        """
        killed: list[tuple[int, int]] = []
        self.patch(os, "kill", lambda *arguments: killed.append(arguments))
        self.sessions[os.getpid()] = os.getpid()
        for pid in (os.getpid(), 1, 0, -1, 1 << 70):
            agent = self.start() if not self.starter.running else self.agent()
            self.say(agent, Ready())
            number, *_ = self.launch()
            killed.clear()
            with capturedLogs() as events:
                self.say(agent, Launched(number, pid))
            self.assertEqual(ids(events), ["SSLP183W"])
            self.assertEqual(killed, [(self.starter.pid, signal.SIGKILL)])
            self.assertEqual(self.client.news, [])
            self.die(agent)
            self.assertEqual(self.client.news, [("agentEnded",)])
            self.client.news.clear()
            self.reactor.advance(60)

    def test_ownProcess(self) -> None:
        """
        A process in the session of the agent is its own.
        """
        agent = self.start()
        self.sessions[4711] = self.starter.pid
        self.say(agent, Ready())
        number, *_ = self.launch()
        self.say(agent, Launched(number, 4711))
        self.assertEqual(self.client.news, [("launched", number, 4711)])

    def test_notAsked(self) -> None:
        """
        What an agent says of servers that it was not asked for, or has made already, is nothing.
        """
        agent = self.start()
        self.say(agent, Ready())
        number, *_ = self.launch()
        self.say(agent, Launched(number, 4711), Launched(number, 4712), Launched(99, 4713), Ended(99, "x"), Ready())
        self.assertEqual(self.client.news, [("launched", number, 4711)])

    def test_noRecords(self) -> None:
        """
        An agent that sends what is no record is killed; descriptors that come with it are not kept.
        """
        self.patch(os, "kill", lambda *arguments: None)
        for octets in (b"{", b"[]", b"[" * 60_000, b"\xff", b'{"number": 1e999, "pid": null}'):
            agent = self.start() if not self.starter.running else self.agent()
            self.say(agent, Ready())
            before = len(openDescriptors())
            with capturedLogs() as events:
                socket.send_fds(agent, [octets], [0, 0, 0])
                self.reactor.turn()
            self.assertEqual(ids(events), ["SSLP183W"])
            self.assertLess(len(openDescriptors()), before)
            self.die(agent)
            self.reactor.advance(60)

    def test_otherBuild(self) -> None:
        """
        An agent of another build is ended, whatever it says, and the operator learns why.
        """
        killed: list[tuple[int, int]] = []
        self.patch(os, "kill", lambda *arguments: killed.append(arguments))
        agent = self.start()
        with capturedLogs() as events:
            agent.send(b"%d 99.1\n{}" % (VERSION + 1))
            self.reactor.turn()
        self.assertEqual(ids(events), ["SSLP195E"])
        self.assertIn("is of release 99.1, and this stack of release", formatEvent(events[0]))
        self.assertEqual(killed, [(self.starter.pid, signal.SIGKILL)])

    def test_descriptors(self) -> None:
        """
        Descriptors that an agent sends are not kept.
        """
        agent = self.start()
        self.say(agent, Ready())
        number, *_ = self.launch()
        before = openDescriptors()
        sendRecord(agent, Launched(number, 4711), (0, 0, 0))
        self.reactor.turn()
        self.assertEqual((len(self.client.news), openDescriptors()), (1, before))
