"""
Tests for L{sslpool.stack.autolog}.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import cast

from twisted.internet import reactor as installedReactor
from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase, TestCase

from sslpool.config.configuration import Application, Position
from sslpool.interfaces import IStackReactor
from sslpool.stack.autolog import DELAYS, FAREWELL, HEALTHY, Autolog
from sslpool.testing.logs import ids, texts
from sslpool.testing.reactor import FakeProcess, FakeReactor, signalled

TIMEOUT = 30


def application(userid: str, command: str | None) -> Application:
    """
    Return an application that is started so.
    """
    return Application(userid, "127.0.0.1:8080", command, Position("SYSTEM.DTCPARMS", 1))


class AutologTests(SynchronousTestCase):
    """
    Applications, their processes played by the test.
    """

    def setUp(self) -> None:
        """
        Make the reactor.
        """
        self.reactor = FakeReactor()
        self.servers: Deferred[None] = Deferred()
        self.addCleanup(self._clean)

    def _clean(self) -> None:
        for process in self.reactor.processes:
            process.closeDescriptors()

    def autolog(self, *applications: Application) -> Autolog:
        """
        Return AUTOLOG with these applications, started.
        """
        service = Autolog(cast(IStackReactor, self.reactor), applications, self.servers, TIMEOUT)
        service.startService()
        return service

    @property
    def process(self) -> FakeProcess:
        """
        The newest process.
        """
        return self.reactor.processes[-1]

    def test_waits(self) -> None:
        """
        Applications are started, in order, when the first server is Active.
        """
        with capturedLogs() as events:
            self.autolog(application("FTPSERVE", "ftpd -v"), application("SMTP", "smtpd"))
            self.assertEqual(self.reactor.processes, [])
            self.servers.callback(None)
        self.assertEqual([list(each.arguments) for each in self.reactor.processes], [["ftpd", "-v"], ["smtpd"]])
        self.assertEqual(
            texts(events),
            ["SSLP031I FTPSERVE has been started: process 500", "SSLP031I SMTP has been started: process 501"],
        )
        self.reactor.advance(TIMEOUT)
        self.assertEqual(len(self.reactor.processes), 2)

    def test_activeAlready(self) -> None:
        """
        Where there is an Active server already there is nothing to wait for.
        """
        self.servers.callback(None)
        self.autolog(application("FTPSERVE", "ftpd"))
        self.assertEqual(len(self.reactor.processes), 1)

    def test_timeout(self) -> None:
        """
        When SSLSERVERID TIMEOUT has passed they are started all the same, once, and a message says so.
        """
        self.autolog(application("FTPSERVE", "ftpd"))
        with capturedLogs() as events:
            self.reactor.advance(TIMEOUT)
        self.assertEqual(ids(events), ["SSLP030W", "SSLP031I"])
        self.servers.callback(None)
        self.assertEqual(len(self.reactor.processes), 1)

    def test_noShell(self) -> None:
        """
        The command's words are arguments; what a shell would understand is not.
        """
        self.servers.callback(None)
        self.autolog(application("FTPSERVE", "ftpd 'two words' $HOME ; rm * > file"))
        expected = ["ftpd", "two words", "$HOME", ";", "rm", "*", ">", "file"]
        self.assertEqual(list(self.process.arguments), expected)
        self.assertEqual(self.process.executable, "ftpd")

    def test_nothingToRead(self) -> None:
        """
        An application has no input, and writes where the stack writes.
        """
        self.servers.callback(None)
        self.autolog(application("FTPSERVE", "ftpd"))
        self.assertTrue(os.path.samestat(os.fstat(self.process.descriptors[0]), os.stat(os.devnull)))
        self.assertTrue(os.path.sameopenfile(self.process.descriptors[2], 2))

    def test_noCommand(self) -> None:
        """
        One without a command is named, and the others are started.
        """
        with capturedLogs() as events:
            self.autolog(application("SMTP", None), application("POP", "  "), application("FTPSERVE", "ftpd"))
        self.assertEqual(ids(events), ["SSLP034W", "SSLP034W"])
        self.servers.callback(None)
        self.assertEqual(len(self.reactor.processes), 1)

    def test_onlySilent(self) -> None:
        """
        Without a command at all nothing is waited for.
        """
        self.autolog(application("SMTP", None))
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_again(self) -> None:
        """
        An application that ends is started again, each time later, and a message says how it ended.
        """
        self.servers.callback(None)
        self.autolog(application("FTPSERVE", "ftpd"))
        for delay in (*DELAYS[1:], DELAYS[-1], DELAYS[-1]):
            made = len(self.reactor.processes)
            with capturedLogs() as events:
                self.process.end(signalled(signal.SIGSEGV))
            self.assertEqual(
                texts(events),
                ["SSLP032E FTPSERVE is not running any more: killed by signal 11 (SIGSEGV); "
                 f"it is started again in {delay:.0f} s"],
            )  # fmt: skip
            self.reactor.advance(delay - 0.1)
            self.assertEqual(len(self.reactor.processes), made)
            self.reactor.advance(0.1)
            self.assertEqual(len(self.reactor.processes), made + 1)

    def test_healthy(self) -> None:
        """
        After a healthy life it is started again soon.
        """
        self.servers.callback(None)
        self.autolog(application("FTPSERVE", "ftpd"))
        for _ in range(3):
            self.process.end()
            self.reactor.advance(DELAYS[-1])
        self.reactor.advance(HEALTHY + 1)
        with capturedLogs() as events:
            self.process.end()
        self.assertIn(f"ended by itself; it is started again in {DELAYS[0]:.0f} s", texts(events)[0])

    def test_cannotStart(self) -> None:
        """
        A command that cannot be run is a message; the others are started.
        """
        self.servers.callback(None)
        with capturedLogs() as events:
            self.autolog(application("FTPSERVE", "ftpd 'no end"), application("SMTP", "smtpd"))
        self.assertEqual(texts(events)[0], "SSLP033E FTPSERVE cannot be started: No closing quotation")
        self.assertEqual(len(self.reactor.processes), 1)
        self.reactor.spawnFailure = FileNotFoundError(2, "No such file or directory")
        with capturedLogs() as events:
            self.autolog(application("FTPSERVE", "nowhere"))
        self.assertEqual(texts(events), ["SSLP033E FTPSERVE cannot be started: nowhere: No such file or directory"])

    def test_stop(self) -> None:
        """
        Stopping asks every application to end, and waits for it.
        """
        self.servers.callback(None)
        service = self.autolog(application("FTPSERVE", "ftpd"), application("SMTP", "smtpd"))
        stopped = service.stopService()
        self.assertEqual([each.signals for each in self.reactor.processes], [["TERM"], ["TERM"]])
        with capturedLogs() as events:
            self.reactor.processes[0].end()
            self.assertNoResult(stopped)
            self.reactor.processes[1].end(signalled(signal.SIGTERM))
        self.successResultOf(stopped)
        self.assertEqual((ids(events), self.reactor.getDelayedCalls()), ([], []))

    def test_stopKills(self) -> None:
        """
        What does not end is killed.
        """
        self.servers.callback(None)
        stopped = self.autolog(application("FTPSERVE", "ftpd")).stopService()
        self.reactor.advance(FAREWELL)
        self.assertEqual(self.process.signals, ["TERM", "KILL"])
        self.process.end(signalled(signal.SIGKILL))
        self.successResultOf(stopped)

    def test_stopEarly(self) -> None:
        """
        Stopped before the servers were Active, nothing is started any more.
        """
        service = self.autolog(application("FTPSERVE", "ftpd"))
        self.successResultOf(service.stopService())
        self.servers.callback(None)
        self.assertEqual((self.reactor.processes, self.reactor.getDelayedCalls()), ([], []))

    def test_stopWhileEnded(self) -> None:
        """
        Stopped while an application waits for its next start, it is not started any more.
        """
        self.servers.callback(None)
        service = self.autolog(application("FTPSERVE", "ftpd"))
        self.process.end()
        self.successResultOf(service.stopService())
        self.reactor.advance(DELAYS[-1])
        self.assertEqual(len(self.reactor.processes), 1)


class RealProcessTests(TestCase):
    """
    An application that is a process.
    """

    async def test_life(self) -> None:
        """
        It runs until it is stopped.
        """
        servers: Deferred[None] = Deferred()
        marker = self.mktemp()
        program = f"import signal,time; open({marker!r}, 'w').close(); time.sleep(60)"
        command = f'{sys.executable} -c "{program}"'
        service = Autolog(cast(IStackReactor, installedReactor), [application("SLEEPER", command)], servers, 30)
        servers.callback(None)
        with capturedLogs() as events:
            service.startService()
            await service.stopService()
        self.assertEqual(ids(events), ["SSLP031I"])

    async def test_missing(self) -> None:
        """
        A program that does not exist is a message, at once.
        """
        servers: Deferred[None] = Deferred()
        apply = [application("NOWHERE", "/nowhere/program")]
        service = Autolog(cast(IStackReactor, installedReactor), apply, servers, 30)
        servers.callback(None)
        with capturedLogs() as events:
            service.startService()
            await service.stopService()
        self.assertEqual(
            texts(events), ["SSLP033E NOWHERE cannot be started: /nowhere/program: No such file or directory"]
        )
