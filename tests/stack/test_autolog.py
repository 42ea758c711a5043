"""
Tests for L{sslpool.stack.autolog}.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from typing import cast

from attrs import evolve
from twisted.internet import reactor as installedReactor
from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs
from twisted.python.failure import Failure
from twisted.trial.unittest import SkipTest, SynchronousTestCase, TestCase

from sslpool.config.configuration import Application, Position
from sslpool.interfaces import IStackReactor
from sslpool.stack import autolog, become
from sslpool.stack.autolog import DELAYS, FAREWELL, HEALTHY, SOON, Autolog, Order, Run
from tests.doubles.reactor import FakeProcess, FakeReactor, signalled
from tests.logs import ids, texts
from tests.running import running

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
            texts(events), ["SSLP031I FTPSERVE was started: process 500", "SSLP031I SMTP was started: process 501"]
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
        for delay in (*DELAYS, DELAYS[-1], DELAYS[-1]):
            made = len(self.reactor.processes)
            with capturedLogs() as events:
                self.process.end(signalled(signal.SIGSEGV))
            self.assertEqual(
                texts(events),
                ["SSLP032E FTPSERVE ended: killed by signal 11 (SIGSEGV); "
                 f"starting it again in {delay:.0f} s"],
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
        self.assertIn(f"ended by itself; starting it again in {SOON:.0f} s", texts(events)[0])

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

    def test_otherUser(self) -> None:
        """
        An application with C{:user.} is started as that user, with the user's groups and environment.
        """
        nobody = pwd.getpwnam("nobody")
        self.patch(os, "geteuid", lambda: 0)
        for user in ("nobody", str(nobody.pw_uid)):
            self.autolog(evolve(application("WEBSERV", "cat -u"), user=user))._begin()
            words, environment = list(self.process.arguments), self.process.environment
            assert environment is not None
            self.assertEqual(words[0], sys.executable)
            became = [str(nobody.pw_uid), str(nobody.pw_gid), shutil.which("cat"), "cat", "-u"]
            self.assertEqual(words[-5:], became)
            expected = {"USER": "nobody", "LOGNAME": "nobody", "HOME": nobody.pw_dir}
            self.assertEqual({each: environment[each] for each in expected}, expected)
            self.assertEqual(environment["PATH"], os.environ["PATH"])

    def test_sameUser(self) -> None:
        """
        Where that is the stack's own user nothing has to be changed, and root is not needed.
        """
        me = pwd.getpwuid(os.geteuid())
        self.autolog(evolve(application("WEBSERV", "cat"), user=me.pw_name))._begin()
        self.assertEqual(list(self.process.arguments), ["cat"])
        assert self.process.environment is not None
        self.assertEqual(self.process.environment["HOME"], me.pw_dir)

    def test_noSuchUser(self) -> None:
        """
        Where there is no such user, or the stack is not root, nothing is started: not as anybody else.
        """
        with capturedLogs() as events:
            self.autolog(evolve(application("WEBSERV", "cat"), user="no-such-user"))._begin()
            self.patch(os, "geteuid", lambda: 4711)
            self.autolog(evolve(application("WEBSERV", "cat"), user="nobody"))._begin()
        what = "SSLP056E WEBSERV is not started: cannot run it as"
        self.assertEqual(
            texts(events),
            [
                f"{what} no-such-user: the system has no such user",
                f"{what} nobody: only root can give a process another user",
            ],
        )
        self.assertEqual(self.reactor.processes, [])

    def test_changedUser(self) -> None:
        """
        An application that is to have another user is started anew.
        """
        service = self.autolog(application("WEBSERV", "cat"))
        service._begin()
        me = pwd.getpwuid(os.geteuid()).pw_name
        service.replace({"WEBSERV": Order("cat", me)})
        self.assertEqual((self.reactor.processes[0].signals, len(self.reactor.processes)), (["TERM"], 2))
        service.replace({"WEBSERV": Order("cat", me)})
        self.assertEqual(len(self.reactor.processes), 2)

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

    def ended(self) -> Deferred[None]:
        """
        Return what fires when an application has ended by itself.
        """
        done: Deferred[None] = Deferred()
        exited = Run.processExited

        def processExited(run: Run, reason: Failure) -> None:
            exited(run, reason)
            if not done.called:
                done.callback(None)

        self.patch(Run, "processExited", processExited)
        return done

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
        await running()
        with capturedLogs() as events:
            service.startService()
            await service.stopService()
        self.assertEqual(ids(events), ["SSLP031I"])

    async def test_otherUser(self) -> None:
        """
        The process is that user's in all respects.
        """
        if os.geteuid() != 0:
            raise SkipTest("only root can give a process another user")
        place = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, place)
        os.chmod(place, 0o777)
        servers: Deferred[None] = Deferred()
        order = evolve(application("ID", f"sh -c '(id -u; id -G; echo $USER) >{place}/id'"), user="nobody")
        self.patch(autolog, "DELAYS", (60.0,))
        service = Autolog(cast(IStackReactor, installedReactor), [order], servers, 30)
        servers.callback(None)
        ended = self.ended()
        await running()
        service.startService()
        await ended
        await service.stopService()
        nobody = pwd.getpwnam("nobody")
        with open(os.path.join(place, "id"), encoding="ascii") as file:
            self.assertEqual(file.read().split(), [str(nobody.pw_uid), str(nobody.pw_gid), "nobody"])

    async def test_notForUser(self) -> None:
        """
        A program that only others can run ends with the status that shells have for that, and no traceback.
        """
        if os.geteuid() != 0:
            raise SkipTest("only root can give a process another user")
        program = os.path.join(tempfile.mkdtemp(), "program")
        self.addCleanup(shutil.rmtree, os.path.dirname(program))
        with open(program, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\n")
        os.chmod(program, 0o700)
        nobody = pwd.getpwnam("nobody")
        who = [str(nobody.pw_uid), str(nobody.pw_gid)]
        words = [sys.executable, "-I", "-S", become.__file__, *who, program, "program"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        expected = f"{program} cannot be run as user {nobody.pw_uid}: Permission denied\n"
        self.assertEqual((done.returncode, done.stderr), (become.CANNOT, expected))

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
