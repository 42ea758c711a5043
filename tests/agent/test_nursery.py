"""
Tests for L{sslpool.agent.nursery}: a real agent process with servers that do little.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from sslpool import __version__
from sslpool.agent.nursery import Nursery, hearBeginning
from sslpool.config.configuration import ServerParameters
from sslpool.wire.datagrams import VERSION, receiveRecord, sendRecord
from sslpool.wire.launching import Beginning, Ended, Launch, Launched, Ready

PATIENCE = 10.0
"""
After so many seconds without a word something is wrong.
"""


TIDIED: list[None] = []
"""
One for each time that the agent has tidied up; each process has its own.
"""


def serverMain(handoff: socket.socket, control: socket.socket, seat: int, accepted: int | None) -> None:
    """
    A server: says what its seat holds, then does what it is told on its control connection.
    """
    handoff.send(os.pread(seat, 8, 0))
    order = control.recv(64)
    if order == b"raise":
        raise ZeroDivisionError("the server's own mistake")
    if order == b"signal":
        # Whoever runs the tests may have a handler of its own.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
    if order == b"descriptors":
        control.send(repr(sorted(map(int, os.listdir("/proc/self/fd")))).encode())
    if order == b"accepted":
        control.send(b"-" if accepted is None else os.pread(accepted, 64, 0))
    if order == b"tidied":
        control.send(b"%d" % len(TIDIED))
    if order == b"signals":
        control.send(repr((signal.getsignal(signal.SIGCHLD), signal.set_wakeup_fd(-1))).encode())


class NurseryTests(SynchronousTestCase):
    """
    An agent, played against by the test as the stack.
    """

    def setUp(self) -> None:
        """
        Fork an agent.
        """
        self.errors, errors = os.pipe()
        self.addCleanup(os.close, self.errors)
        self.stack, agents = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.sockets = [self.stack]
        self.agent = os.fork()
        if self.agent == 0:
            self._be(agents, errors)
        agents.close()
        os.close(errors)
        self.reaped = False
        self.launches = 0
        self.addCleanup(self._clean)

    def _be(self, agents: socket.socket, errors: int) -> None:
        status = 1
        try:
            signal.alarm(60)
            self.stack.close()
            os.dup2(errors, 2)
            os.close(errors)
            # As Python itself has it: a line is written when it is complete.
            sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
            Nursery(agents, serverMain, lambda: TIDIED.append(None)).run()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)

    def _clean(self) -> None:
        for each in self.sockets:
            each.close()
        if not self.reaped:
            os.kill(self.agent, signal.SIGKILL)
            os.waitpid(self.agent, 0)

    def test_turn(self) -> None:
        """
        The agent's turn comes before it forks: a server does not inherit what is past.
        """
        self.hear(Ready)
        for least in (1, 2):
            _, _, control = self.launch(0, b"tidied")
            self.waitFor(control)
            self.assertGreaterEqual(int(control.recv(16)), least)
            self.hear(Ended)

    def waitFor(self, descriptor: int | socket.socket) -> None:
        """
        Wait until there is something to read.
        """
        ready = select.select([descriptor], [], [], PATIENCE)[0]
        self.assertTrue(ready, "not a word")

    def hear(self, kind: Any) -> Any:
        """
        Return what the agent says next, which must be a C{kind}.
        """
        self.waitFor(self.stack)
        received = receiveRecord(self.stack, kind)
        assert received is not None
        return received[0]

    def launch(self, seat: int, order: bytes = b"", *others: int) -> tuple[Launched, socket.socket, socket.socket]:
        """
        Have a server made, and tell it something.
        """
        handoff, serversHandoff = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        control, serversControl = socket.socketpair()
        self.sockets += [handoff, control]
        self.launches += 1
        memory = os.memfd_create("seat")
        os.write(memory, b"%d" % seat)
        needed = (serversHandoff.fileno(), serversControl.fileno(), memory)
        sendRecord(self.stack, Launch(self.launches), (*needed, *others))
        os.close(memory)
        serversHandoff.close()
        serversControl.close()
        if order:
            control.send(order)
        return self.hear(Launched), handoff, control

    def word(self, end: socket.socket) -> str:
        """
        Return what a server says next.
        """
        self.waitFor(end)
        return end.recv(4096).decode()

    def printed(self) -> str:
        """
        Return what agent and servers have written as errors, when all have ended.
        """
        octets = b""
        while True:
            self.waitFor(self.errors)
            more = os.read(self.errors, 65536)
            octets += more
            if not more:
                return octets.decode()

    def endOfAgent(self) -> int:
        """
        Let go of the agent, and return how it ended.
        """
        self.stack.close()
        self.reaped = True
        return os.waitstatus_to_exitcode(os.waitpid(self.agent, 0)[1])

    def test_launch(self) -> None:
        """
        A server has its seat and its two ends; the agent says that it is there, and how it ended.
        """
        self.hear(Ready)
        launched, handoff, control = self.launch(3)
        self.assertEqual(launched.number, 1)
        self.assertEqual(self.word(handoff), "3")
        os.kill(launched.pid, 0)
        control.close()
        self.assertEqual(self.hear(Ended), Ended(1, "ended by itself"))

    def test_signal(self) -> None:
        """
        A server that a signal ends is reported so.
        """
        self.hear(Ready)
        self.launch(0, b"signal")
        self.assertEqual(self.hear(Ended), Ended(1, "killed by signal 15 (SIGTERM)"))

    def test_fault(self) -> None:
        """
        A server that raises writes its traceback and ends with status 70 (EX_SOFTWARE); the agent goes on.
        """
        self.hear(Ready)
        self.launch(0, b"raise")
        self.assertEqual(self.hear(Ended), Ended(1, "ended with exit status 70"))
        _, handoff, control = self.launch(1)
        self.assertEqual(self.word(handoff), "1")
        control.close()
        self.hear(Ended)
        self.assertEqual(self.endOfAgent(), 0)
        printed = self.printed()
        self.assertIn("ZeroDivisionError: the server's own mistake", printed)
        self.assertEqual(printed.count("Traceback"), 1)

    def test_several(self) -> None:
        """
        Servers that end at the same time are all reported, each by its own launch.
        """
        self.hear(Ready)
        controls = [self.launch(member)[2] for member in range(5)]
        for control in controls:
            control.close()
        ended = {self.hear(Ended).number for _ in controls}
        self.assertEqual(ended, {1, 2, 3, 4, 5})

    def test_descriptors(self) -> None:
        """
        A server has its two ends and its seat, what the agent itself was given, and nothing
        of the agent's or of other servers.
        """
        self.hear(Ready)
        self.launch(0)
        _, handoff, control = self.launch(1, b"descriptors")
        self.word(handoff)
        first = eval(self.word(control))
        self.hear(Ended)
        for member in range(2, 6):
            self.launch(member)
        _, handoff, control = self.launch(6, b"descriptors")
        self.word(handoff)
        self.assertEqual(eval(self.word(control)), first)

    def test_accepted(self) -> None:
        """
        A server is given the accepted key files, where there are some; the agent keeps nothing of them.
        """
        self.hear(Ready)
        accepted = os.memfd_create("accepted")
        self.addCleanup(os.close, accepted)
        os.write(accepted, b"certificates")
        for others, expected in (((accepted,), "certificates"), ((), "-")):
            _, handoff, control = self.launch(0, b"accepted", *others)
            self.word(handoff)
            self.assertEqual(self.word(control), expected)
            self.hear(Ended)

    def test_signals(self) -> None:
        """
        A server has its signals as a new process has them.
        """
        self.hear(Ready)
        _, handoff, control = self.launch(0, b"signals")
        self.word(handoff)
        self.assertEqual(self.word(control), repr((signal.SIG_DFL, -1)))

    def test_stackGone(self) -> None:
        """
        The agent ends without a word when the stack has gone; its servers outlive it.
        """
        self.hear(Ready)
        _, handoff, control = self.launch(0)
        self.assertEqual(self.word(handoff), "0")
        self.assertEqual(self.endOfAgent(), 0)
        control.send(b"descriptors")
        self.assertTrue(self.word(control))
        self.assertEqual(self.printed(), "")

    def test_stackGoneSuddenly(self) -> None:
        """
        Nor is it an error where the stack had not read what the agent said.
        """
        self.waitFor(self.stack)
        self.assertEqual(self.endOfAgent(), 0)
        self.assertEqual(self.printed(), "")

    def test_endsMissing(self) -> None:
        """
        Where a server's ends did not arrive, that launch has ended, and the agent goes on.
        """
        self.hear(Ready)
        sendRecord(self.stack, Launch(9))
        self.assertEqual(self.hear(Ended), Ended(9, "its process could not be created: Too many open files"))
        self.assertEqual(self.word(self.launch(2)[1]), "2")


class BeginningTests(SynchronousTestCase):
    """
    What the stack says first.
    """

    def setUp(self) -> None:
        """
        Make the pair.
        """
        self.stack, self.agents = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(self.stack.close)
        self.addCleanup(self.agents.close)

    def test_heard(self) -> None:
        """
        It is what the stack has said.
        """
        beginning = Beginning(ServerParameters(), 600)
        sendRecord(self.stack, beginning)
        self.assertEqual(hearBeginning(self.agents), beginning)
        self.stack.close()
        self.assertIsNone(hearBeginning(self.agents))

    def test_otherBuild(self) -> None:
        """
        A stack of another build has no agent in us, and learns of which build we are.
        """
        for said in (b"0 1.0\n{}", b'{"slots": 600}'):
            self.stack.send(said)
            self.assertIsNone(hearBeginning(self.agents))
            self.assertTrue(self.stack.recv(100).startswith(f"{VERSION} {__version__}\n".encode()))


class ForkFailureTests(SynchronousTestCase):
    """
    The agent where the system gives no process.
    """

    def test_noProcess(self) -> None:
        """
        The launch has ended, its ends are closed, and the agent goes on.
        """
        stack, agents = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours, servers = socket.socketpair()
        for each in (stack, agents, ours):
            self.addCleanup(each.close)
        sendRecord(stack, Launch(1), (servers.fileno(),) * 3)
        servers.close()

        def fork() -> int:
            raise OSError(11, "Resource temporarily unavailable")

        self.patch(os, "fork", fork)
        nothing: Callable[..., None] = lambda *arguments: None  # noqa: E731
        self.assertTrue(Nursery(agents, nothing)._obey())
        expected = Ended(1, "its process could not be created: Resource temporarily unavailable")
        self.assertEqual(receiveRecord(stack, Ended), (expected, []))
        self.assertEqual(ours.recv(1), b"")
