"""
Tests for L{sslpool.agent.confinement}: what a process can still do, tried by a process that has confined itself.
"""

from __future__ import annotations

import ctypes
import errno
import json
import mmap
import os
import resource
import socket
from collections.abc import Callable
from typing import Any

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from sslpool.agent.confinement import NO_CALLS, NO_FILES, confineAgent, confineServer
from sslpool.agent.kernel import landlockVersion
from sslpool.server.intake import enough
from sslpool.wire.segment import Shortage

ORDINARY = "ordinary"
PTRACE_ATTACH = 16


def confined(confine: Callable[[], list[str]], *attempts: Callable[[], object]) -> tuple[list[str], list[Any]]:
    """
    Return what a forked process lacks after it has confined itself, and what came of its attempts: what each
    returned, or the name of its error.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            lacking = confine()
            os.write(writing, json.dumps([lacking, [_outcome(each) for each in attempts]]).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as answer:
        octets = answer.read()
    os.waitpid(pid, 0)
    lacking, outcomes = json.loads(octets)
    return lacking, outcomes


def _outcome(attempt: Callable[[], object]) -> object:
    try:
        return attempt()
    except Exception as error:
        return type(error).__name__


def call(name: str, *arguments: int) -> Callable[[], str]:
    """
    Return what calls a function of the C library, and says the name of its error.
    """
    function = getattr(ctypes.CDLL(None, use_errno=True), name)

    def attempt() -> str:
        result = function(*(ctypes.c_long(each) for each in arguments))
        return os.strerror(ctypes.get_errno()) if result == -1 else "done"

    return attempt


class ConfinementTests(SynchronousTestCase):
    """
    A process, confined in the way of servers or of the agent.
    """

    def setUp(self) -> None:
        """
        Make a directory that a server may read, with a file, and another that it may not.
        """
        try:
            landlockVersion()
        except OSError as error:
            raise SkipTest("the kernel has no Landlock") from error
        self.keys, self.other = self.mktemp(), self.mktemp()
        for directory in (self.keys, self.other):
            os.makedirs(os.path.join(directory, "below"))
            for place in ("file", "below/file"):
                with open(os.path.join(directory, place), "w", encoding="ascii") as file:
                    file.write(ORDINARY)

    def confineServer(self) -> list[str]:
        """
        Do as a server does.
        """
        return confineServer([self.keys, os.path.join(self.keys, "missing")])

    def read(self, *place: str) -> Callable[[], str]:
        """
        Return what reads a file.
        """

        def attempt() -> str:
            with open(os.path.join(*place), encoding="ascii") as file:
                return file.read()

        return attempt

    def test_files(self) -> None:
        """
        A server reads what is beneath its key file's directory, also what comes there later, and nothing else;
        it writes, makes and removes nothing.
        """
        inside = os.path.join(self.keys, "file")

        def renewed() -> str:
            return self.read(self.keys, "renewed")()

        def write(path: str) -> Callable[[], object]:
            return lambda: os.close(os.open(path, os.O_WRONLY | os.O_CREAT))

        lacking, outcomes = confined(
            self.confineServer,
            self.read(inside),
            self.read(self.keys, "below/file"),
            self.read(self.other, "file"),
            self.read("/etc/passwd"),
            self.read("/proc/self/environ"),
            write(inside),
            write(os.path.join(self.keys, "new")),
            write("/dev/null"),
            lambda: os.unlink(inside),
            lambda: os.mkdir(os.path.join(self.keys, "new")),
            lambda: os.listdir("/"),
            renewed,
        )
        self.assertEqual(lacking, [])
        self.assertEqual(outcomes[:2], [ORDINARY, ORDINARY])
        self.assertEqual(set(outcomes[2:-1]), {"PermissionError"})
        self.assertEqual(outcomes[-1], "FileNotFoundError")

    def test_open(self) -> None:
        """
        What was open before stays so, and memory without a name can be read by the name that it has in C{/proc}.
        """
        descriptor = os.open(os.path.join(self.other, "file"), os.O_RDONLY)
        self.addCleanup(os.close, descriptor)

        def unnamed() -> str:
            memory = os.memfd_create("credential")
            os.write(memory, ORDINARY.encode())
            return self.read(f"/proc/self/fd/{memory}")()

        _, outcomes = confined(self.confineServer, lambda: os.pread(descriptor, 100, 0).decode(), unnamed)
        self.assertEqual(outcomes, [ORDINARY, ORDINARY])

    def test_others(self) -> None:
        """
        A server can run no program, make no process, and neither read, stop nor signal another.
        """
        parent = os.getpid()
        shared = mmap.mmap(-1, mmap.PAGESIZE)
        self.addCleanup(shared.close)
        place = ctypes.addressof(ctypes.c_char.from_buffer(shared))
        _, outcomes = confined(
            self.confineServer,
            lambda: os.execv("/bin/true", ["true"]),
            lambda: os.fork() or os._exit(1),
            lambda: os.kill(parent, 0),
            lambda: os.kill(-1, 0),
            self.read(f"/proc/{parent}/mem"),
            self.read(f"/proc/{parent}/environ"),
            lambda: os.setuid(1),
            lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
            call("ptrace", PTRACE_ATTACH, parent, 0, 0),
            call("process_vm_readv", parent, 0, 0, 0, 0, 0),
            call("unshare", 0x10000000),
            call("mremap", place, mmap.PAGESIZE, 2 * mmap.PAGESIZE, 1),
            call("prctl", 4, 1, 0, 0, 0),
            call("mprotect", place, mmap.PAGESIZE, mmap.PROT_READ | mmap.PROT_EXEC),
            call("pidfd_open", parent, 0),
        )
        self.assertEqual(set(outcomes[:8]) - {"PermissionError", "ValueError"}, set())
        self.assertEqual(set(outcomes[8:-1]), {os.strerror(errno.EPERM)})
        self.assertIn(outcomes[-1], (os.strerror(errno.ENOSYS), "AttributeError"))

    def test_work(self) -> None:
        """
        A server can do what it has to: sockets, memory, random numbers, its own figures, and find out whether it has
        descriptors and memory again.
        """

        def sockets() -> int:
            with socket.socket() as listener, socket.socket() as client:
                listener.bind(("127.0.0.1", 0))
                listener.listen()
                listener.setblocking(False)
                client.connect(listener.getsockname())
                return client.send(b"abc")

        def memory() -> int:
            grown = bytearray()
            for _ in range(20):
                grown += bytes(1 << 20)
            return len(grown) >> 20

        _, outcomes = confined(
            self.confineServer,
            sockets,
            memory,
            lambda: len(os.urandom(8)),
            lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0,
            lambda: enough(Shortage.DESCRIPTORS),
            lambda: enough(Shortage.MEMORY),
        )
        self.assertEqual(outcomes, [3, 20, 8, True, True, True])

    def test_status(self) -> None:
        """
        The system shows it: no new privileges, a filter, no core files.
        """
        status: list[int] = []

        def confine() -> list[str]:
            # Of this process, which is another one than that of the test.
            status.append(os.open("/proc/self/status", os.O_RDONLY))
            return self.confineServer()

        def shown() -> dict[str, str]:
            lines = os.pread(status[0], 65536, 0).decode().splitlines()
            fields = dict(line.split(":\t", 1) for line in lines)
            return {name: fields[name].strip() for name in ("NoNewPrivs", "Seccomp")}

        _, outcomes = confined(confine, shown)
        self.assertEqual(outcomes, [{"NoNewPrivs": "1", "Seccomp": "2"}])

    def test_agent(self) -> None:
        """
        The agent can fork, become another user where it may, and read files, but write none and run no program; what
        it forks can be confined further.
        """

        def fork() -> bool:
            lacking, outcomes = confined(self.confineServer, self.read(self.keys, "file"), self.read("/etc/passwd"))
            return [lacking, *outcomes] == [[], ORDINARY, "PermissionError"]

        lacking, outcomes = confined(
            confineAgent,
            fork,
            lambda: os.setresuid(-1, -1, -1),
            self.read(self.other, "file"),
            lambda: os.open(os.path.join(self.other, "new"), os.O_WRONLY | os.O_CREAT),
            lambda: os.execv("/bin/true", ["true"]),
        )
        self.assertEqual(lacking, [])
        self.assertEqual(outcomes, [True, None, ORDINARY, "PermissionError", "PermissionError"])

    def test_refused(self) -> None:
        """
        What the system refuses is named with its reason, and the rest is done all the same.
        """

        def confine() -> list[str]:
            confineServer([])
            return confineServer([])

        lacking, outcomes = confined(confine, self.read(self.keys, "file"))
        self.assertEqual(outcomes, ["PermissionError"])
        reasons = (f"{NO_FILES}: {os.strerror(errno.ENOSYS)}", f"{NO_CALLS}: {os.strerror(errno.EPERM)}")
        self.assertEqual(lacking[-2:], list(reasons))
