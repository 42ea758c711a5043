"""
What is common to the tests of connections that programs hand over: a pool, its
application socket, the example program in C, and descriptors to be counted.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections import deque
from pathlib import Path

from twisted.trial.unittest import SkipTest

from sslpool.rundirectory import applicationPath
from tests.live.applications import Application, echo
from tests.live.configurations import FilesCase
from tests.live.installed import lacking
from tests.live.programs import CHECKOUT, LIMIT, Log, environment, run
from tests.live.running import DEFAULT_STACK, Stack, until

EXAMPLES = CHECKOUT / "docs" / "examples"


class ProgramCase(FilesCase):
    """
    A test with a pool and programs.

    @ivar stack: the stack.
    @ivar socket: the path of its application socket.
    """

    def serveFiles(self) -> None:
        """
        Start the stack with the files as they are.
        """
        self.stack: Stack = self.serve(*self.options)
        self.socket = applicationPath(self.stack.run, DEFAULT_STACK)
        until(lambda: os.path.exists(self.socket), "the application socket")

    def setUpPool(self) -> None:
        """
        Start a pool with a static port as well.
        """
        self.port = self.adapt(Application(self, echo))
        self.serveFiles()

    def example(self, name: str) -> str:
        """
        Compile an example in C, without any library, and return its path.

        @raise SkipTest: there is no compiler.
        """
        if (reason := lacking("gcc")) is not None:
            raise SkipTest(reason)
        path = self.path(name)
        if not os.path.exists(path):
            flags = ("-std=c11", "-Wall", "-Wextra", "-Werror", "-O1")
            done = run("cc", *flags, "-o", path, str(EXAMPLES / f"{name}.c"))
            self.assertEqual((done.code, done.error), (0, ""))
        return path

    def spawn(self, *command: str, input: int = subprocess.DEVNULL) -> Spawned:
        """
        Start a program, which is ended with the test.
        """
        return Spawned(self, command, input)

    def atRest(self) -> dict[int, int]:
        """
        Count the descriptors of each process of the stack when nothing is going on
        any more: the stack looks at its duplicates every tenth of a second.
        """
        seen: deque[dict[int, int]] = deque(maxlen=20)

        def isStill() -> bool:
            seen.append(self.openDescriptors())
            return len(seen) == seen.maxlen and all(each == seen[0] for each in seen)

        until(isStill, "a moment of rest")
        return seen[0]

    def openDescriptors(self) -> dict[int, int]:
        """
        Count the descriptors of each process of the stack; who is not root hears of servers only, from themselves.
        """
        if os.geteuid():
            details = self.stack.ssladmin("--json", "query", "status", "details").json()
            return {self.stack.pid(index): each["descriptors"] for index, each in enumerate(details, 1)}
        return {pid: len(os.listdir(f"/proc/{pid}/fd")) for pid in self.stack.processes()}

    def assertNothingLeaks(self, before: dict[int, int]) -> None:
        """
        All sessions end, and after that there are as many descriptors as C{before}.
        """
        until(lambda: self.stack.status().sessions == 0, "the end of all sessions")
        until(lambda: self.openDescriptors() == before, f"descriptors as before: {before}")

    def tcpPair(self) -> tuple[socket.socket, socket.socket]:
        """
        Return both ends of a TCP connection, the connecting one first.
        """
        with socket.create_server(("127.0.0.1", 0)) as listening:
            connecting = socket.create_connection(listening.getsockname(), LIMIT)
            accepted, _ = listening.accept()
        accepted.settimeout(LIMIT)
        for each in (connecting, accepted):
            self.addCleanup(each.close)
        return connecting, accepted


class Spawned:
    """
    A program that runs beside the test.

    @ivar process: its process.
    @ivar log: what it writes.
    """

    def __init__(self, case: ProgramCase, command: tuple[str, ...], input: int) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=input,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="backslashreplace",
            env=environment(),
        )
        assert self.process.stdout is not None
        self.log = Log(self.process.stdout)
        case.addCleanup(self.end)

    def say(self, text: str) -> None:
        """
        Write to its standard input.
        """
        assert self.process.stdin is not None
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def finish(self) -> int:
        """
        End its standard input, wait for its end, and return its exit status.
        """
        if self.process.stdin is not None:
            self.process.stdin.close()
        return self.process.wait(LIMIT)

    def kill(self) -> None:
        """
        Kill it.
        """
        self.process.kill()
        self.process.wait(LIMIT)

    def end(self) -> None:
        """
        End it, if it has not.
        """
        self.kill()
        self.log.waitForEnd()
        if self.process.stdin is not None:
            self.process.stdin.close()


def exampleSource(name: str) -> Path:
    """
    Return the path of an example's source.
    """
    return EXAMPLES / name
