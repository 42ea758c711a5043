"""
Runs a program against a stack in this process, over a real socket.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from typing import cast

from attrs import frozen
from twisted.internet import reactor
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ProcessTerminated
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from sslpool.control.access import Caller
from sslpool.control.service import ControlService
from sslpool.fairqueue import FairQueue
from tests.control.joined import authority
from tests.doubles.administration import FakeAdministration
from tests.running import running


@frozen
class Outcome:
    """
    What a program did.

    @ivar code: its exit code.
    @ivar output: what it wrote.
    @ivar error: what it wrote as errors.
    """

    code: int | None
    output: str
    error: str


def started(program: str) -> list[str]:
    """
    Return the words that start a program, as its console script does.
    """
    return [sys.executable, "-c", f"import sys; from sslpool.commands.entry import {program}; sys.exit({program}())"]


class Program(ProcessProtocol):
    """
    A running program.

    @ivar ended: fires with the outcome.
    @ivar wrote: fires when the program has written something.
    """

    def __init__(self) -> None:
        self.ended: Deferred[Outcome] = Deferred()
        self.wrote: Deferred[None] = Deferred()
        self._output = b""
        self._error = b""

    def outReceived(self, data: bytes) -> None:
        """
        Keep what it writes.
        """
        self._output += data
        if not self.wrote.called:
            self.wrote.callback(None)

    def errReceived(self, data: bytes) -> None:
        """
        Keep what it writes as errors.
        """
        self._error += data

    def processEnded(self, reason: Failure) -> None:
        """
        Say what came of it.
        """
        code = cast(ProcessTerminated, reason.value).exitCode
        self.ended.callback(Outcome(code, self._output.decode(), self._error.decode()))


class ProgramCase(TestCase):
    """
    A test with a stack that can be administered.

    @cvar program: the program's name.
    """

    program = ""

    def setUp(self) -> None:
        """
        Start a stack with a pool in memory.
        """
        # A socket's path is short; the working directory of tests may not be.
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)
        self.pool = FakeAdministration()
        self.authority = authority(os.geteuid())
        service = ControlService(
            reactor=reactor,  # type: ignore[arg-type]
            directory=self.directory,
            stack="TCPIP",
            administration=self.pool,
            authority=self.authority,
            identify=lambda uid: succeed(Caller(uid, "")),
            queue=FairQueue(cast(IReactorTime, reactor)),
        )
        service.startService()
        self.addCleanup(service.stopService)

    async def start(self, *arguments: str) -> Program:
        """
        Start the program.
        """
        program = Program()
        environment = {
            **os.environ,
            "TZ": "UTC",
            "XDG_STATE_HOME": self.directory,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        command = [*started(self.program), "--run", self.directory, *arguments]
        await running()
        reactor.spawnProcess(program, sys.executable, command, environment)
        return program

    async def run_(self, *arguments: str) -> Outcome:
        """
        Run the program to its end.
        """
        program = await self.start(*arguments)
        return await program.ended

    async def script(self, *lines: str, options: tuple[str, ...] = ()) -> Outcome:
        """
        Run the program as a script that has these lines.
        """
        environment = {
            **os.environ,
            "XDG_STATE_HOME": self.directory,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        command = [*started(self.program), "--run", self.directory, "-i", *options]

        def run() -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                command,
                input="\n".join(lines),
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )

        done = await deferToThread(run)
        return Outcome(done.returncode, done.stdout, done.stderr)
