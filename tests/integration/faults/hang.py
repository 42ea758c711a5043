"""
Processes hang: stopped by a signal, they are there and do nothing.  Nobody waits long for a server that hangs, nor for
an agent; both are replaced.  And whoever is restarted costs new connections nothing.
"""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import Future, ThreadPoolExecutor

from sslpool.config.limits import Limits
from tests.live.applications import Application, echo
from tests.live.clients import exchange, finish
from tests.live.configurations import FilesCase
from tests.live.running import until

EACH = 0.1
"""
How long after one client the next comes, in seconds.
"""

LONGEST = 2.0 * Limits().liveness
"""
How long a client may wait where a process hangs, in seconds: not until it is killed.
"""

SHORTEST = Limits().liveness / 2
"""
How long where nobody has to find out first that a process hangs.
"""


class HangCase(FilesCase):
    """
    A pool of three servers.
    """

    operands = ""

    def setUp(self) -> None:
        """
        Start it.
        """
        super().setUp()
        self.limit(300, 100, self.operands)
        self.clients = self.client(self.adapt(Application(self, echo)))
        self.stack = self.serve(*self.options)

    def admin(self, *words: str) -> str:
        """
        Give a command that must succeed; return what it says.
        """
        outcome = self.stack.ssladmin(*words)
        self.assertEqual(outcome.code, 0, outcome)
        return outcome.output

    def stop(self, pid: int) -> None:
        """
        Stop a process for good.
        """
        os.kill(pid, signal.SIGSTOP)

    def one(self) -> float:
        """
        Be a client; return how long it took to be served.
        """
        began = time.monotonic()
        connection = self.clients.connect()
        exchange(connection, b"x" * 1000)
        took = time.monotonic() - began
        finish(connection)
        return took

    def come(self, count: int) -> list[float]:
        """
        Have clients come one after another; return how long each waited.  None may fail.
        """
        with ThreadPoolExecutor(count) as pool:
            waits: list[Future[float]] = []
            for _ in range(count):
                waits.append(pool.submit(self.one))
                time.sleep(EACH)  # they come at this rate
            return [wait.result() for wait in waits]


class ServerHangsTests(HangCase):
    """
    A server is stopped by SIGSTOP.
    """

    def test_first(self) -> None:
        """
        The first of two Active servers, both empty, is stopped for good: nobody
        fails, nobody waits long, and it is marked, killed and replaced.
        """
        self.admin("start", "(", "sslserver", "ssl00002")
        self.stack.waitForState(2, "Active")
        pid = self.stack.pid(1)
        self.stop(pid)
        waits = self.come(120)
        self.assertLess(max(waits), LONGEST)
        self.stack.log.wait(r"SSLP136W SSL00001 \(process \d+\) hangs: no progress for 4 s")
        self.stack.log.wait(rf"SSLP137W SSL00001 \(process {pid}\)")
        self.stack.log.wait("SSLP100I SSL00001", count=2)
        self.assertNotIn(pid, self.stack.processes())
        self.assertEqual(self.stack.status().servers[0].health, "ok")

    def test_goesOn(self) -> None:
        """
        One that goes on before it is killed keeps its sessions, and serves again; what it
        had not taken meanwhile was served by another, once.
        """
        [held] = self.clients.hold(1)
        pid = self.stack.pid(1)
        self.stop(pid)
        waits = self.come(20)
        self.stack.log.wait("SSLP136W SSL00001")
        until(lambda: self.stack.status().servers[0].health == "hung", "the mark")
        report = self.admin("query", "status")
        self.assertRegex(report, r"SSL00001 +Active, Hung")
        os.kill(pid, signal.SIGCONT)
        self.stack.log.wait("SSLP138I SSL00001")
        self.assertLess(max(waits), LONGEST)
        exchange(held, b"still here")
        self.assertEqual(self.stack.pid(1), pid)
        self.assertLess(max(self.come(5)), SHORTEST)

    def test_stopNow(self) -> None:
        """
        STOP NOW of a server that hangs ends its process, and START starts another at once.
        """
        pid = self.stack.pid(1)
        self.stop(pid)
        self.admin("stop", "(", "sslserver", "ssl00001", "now")
        self.admin("start", "(", "sslserver", "ssl00001")
        self.stack.waitForState(1, "Active")
        self.assertLess(max(self.come(5)), SHORTEST)
        self.stack.log.wait(rf"SSLP127W SSL00001 \(process {pid}\) did not end in time and is killed")
        until(lambda: pid not in self.stack.processes(), "the end of the process")

    def test_refresh(self) -> None:
        """
        REFRESH applies to all servers that answer; one that hangs is named, and its successor has it.
        """
        self.admin("start", "(", "sslserver", "ssl00002")
        self.stack.waitForState(2, "Active")
        self.stop(self.stack.pid(1))
        outcome = self.stack.ssladmin("refresh")
        self.assertRegex(outcome.output + outcome.error, r"(SSLP162W|SSLP177E) SSL00001")
        self.assertIn("SSLP119I The key database has been read by SSL00002", outcome.output)
        self.stack.log.wait("SSLP100I SSL00001", count=2)


class AgentHangsTests(HangCase):
    """
    The agent is stopped by SIGSTOP.
    """

    def test_thenServerDies(self) -> None:
        """
        When the agent has been stopped and a server is killed, nobody fails or waits
        long; another agent starts another server.
        """
        self.admin("start", "(", "sslserver", "ssl00002")
        self.stack.waitForState(2, "Active")
        agent = self.stack.status().agentPid
        self.stop(agent)
        os.kill(self.stack.pid(1), signal.SIGKILL)
        waits = self.come(60)
        self.assertLess(max(waits), LONGEST)
        self.stack.log.wait(rf"SSLP139W SSLDCSSM \(process {agent}\) hangs and is killed")
        self.stack.log.wait("SSLP100I SSL00001", count=2)
        self.assertNotIn(agent, self.stack.processes())

    def test_deathIsHeard(self) -> None:
        """
        That a server has died is known at once, though the agent cannot say so.
        """
        self.stop(self.stack.status().agentPid)
        os.kill(self.stack.pid(1), signal.SIGKILL)
        self.stack.log.wait("SSLP104E SSL00001")
        until(lambda: self.stack.status().servers[0].state != "Active", "the state", limit=2)
        self.stack.log.wait("SSLP100I SSL00001", count=2)


class RestartTests(HangCase):
    """
    RESTART.
    """

    operands = "QUIESCE 60"

    def test_onlyActive(self) -> None:
        """
        The only Active server is restarted while a session lives on: no new connection waits, and the session goes on.
        """
        [held] = self.clients.hold(1)
        before = self.stack.pid(1)
        with ThreadPoolExecutor(1) as pool:
            waits = pool.submit(self.come, 30)
            self.admin("restart")
            self.assertLess(max(waits.result()), SHORTEST)
        exchange(held, b"still here")
        [former] = self.stack.status().servers[0].former
        self.assertEqual((former.pid, former.sessions), (before, 1))
        self.assertEqual(len(self.stack.sessions()), 1)
        finish(held)
        self.stack.log.wait(rf"SSLP106I SSL00001 \(process {before}\) has ended")

    def test_onlyServer(self) -> None:
        """
        The same where the pool has a single server, again and again.
        """
        self.admin("stop", "(", "sslserver", "ssl00002")
        self.admin("stop", "(", "sslserver", "ssl00003")
        held = []
        for count in (1, 2, 3):
            held += self.clients.hold(1)
            self.admin("restart")
            self.stack.log.wait("SSLP100I SSL00001", count=count + 1)
            self.assertLess(max(self.come(3)), SHORTEST)
        for each in held:
            exchange(each, b"still here")
        self.assertEqual(len(self.stack.status().servers[0].former), 3)
        for each in held:
            finish(each)
