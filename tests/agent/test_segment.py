"""
Tests for L{sslpool.agent.segment}.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from collections.abc import Callable

from twisted.trial.unittest import SynchronousTestCase

from sslpool.agent.segment import SegmentFiles, mapAgent, mapSeat, mapStack
from sslpool.wire.segment import PAGE, KeyFacts, Region, seatSize

SLOTS = 8


class SegmentFileTests(SynchronousTestCase):
    """
    The memory that the processes share.
    """

    def setUp(self) -> None:
        """
        Make a segment.
        """
        self.files = SegmentFiles("TCPIP", SLOTS)
        self.addCleanup(self.files.close)
        self.segment = self.files.segment

    def forked(self, act: Callable[[], object]) -> int:
        """
        Do something in a process of its own; return its exit status: 0 where it raises nothing, 13
        where the system does not permit it.
        """
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                act()
                status = 0
            except (PermissionError, TypeError):
                status = 13
            finally:
                os._exit(status)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def test_files(self) -> None:
        """
        Each part has its full size, is not inherited, can be neither cut short nor enlarged, and is
        named after the stack where the system shows it.
        """
        agent, _ = self.files.newAgent()
        self.addCleanup(os.close, agent)
        parts = [
            (self.files.descriptor, "TCPIP", PAGE),
            (agent, "TCPIP.agent", PAGE),
            (self.files.seat(2), "TCPIP.3", seatSize(SLOTS)),
        ]
        for descriptor, name, size in parts:
            self.assertEqual(os.fstat(descriptor).st_size, size)
            self.assertFalse(os.get_inheritable(descriptor))
            self.assertIn(f"memfd:{name} ", os.readlink(f"/proc/self/fd/{descriptor}"))
            for other in (0, 2 * size):
                self.assertRaises(PermissionError, os.ftruncate, descriptor, other)

    def test_seat(self) -> None:
        """
        What the server of a seat writes the stack reads, and the other way round.
        """
        ours = self.segment.region(255)
        theirs = mapSeat(self.files.seat(255), SLOTS)
        ours.handed = 7
        theirs.region.words[Region.FINISHED] = 3
        theirs.books[1] = 5
        self.assertEqual((theirs.region.handed, ours.sessions), (7, 4))
        self.assertEqual(self.segment.cache(255)[1], 5)

    def test_acrossFork(self) -> None:
        """
        A process that is made later writes to the same memory, and to no other seat's.
        """
        seat = self.files.seat(1)

        def serve() -> None:
            mapSeat(seat, SLOTS).region.words[Region.FINISHED] = 42

        self.assertEqual(self.forked(serve), 0)
        self.assertEqual((self.segment.region(1).finished, self.segment.region(0).finished), (42, 0))

    def test_seals(self) -> None:
        """
        Who has a seat can seal it no further: the next process has to write there.
        """
        for seal in (fcntl.F_SEAL_WRITE, 0x10, fcntl.F_SEAL_GROW):
            self.assertRaises(PermissionError, fcntl.fcntl, self.files.seat(3), fcntl.F_ADD_SEALS, seal)

    def test_stack(self) -> None:
        """
        All read what the stack writes.  Nobody else can write it, however it is tried with its descriptor.
        """
        stack = mapStack(self.files.descriptor)
        self.segment.waiting = True
        self.segment.rotate(forget=True)
        self.assertEqual((stack.waiting, stack.rotations, stack.forgotten), (True, 1, 1))

        def assign() -> None:
            stack.waiting = False

        attempts: list[Callable[[], object]] = [
            assign,
            lambda: mmap.mmap(self.files.descriptor, PAGE),
            lambda: os.pwrite(self.files.descriptor, b"x", 0),
            lambda: fcntl.fcntl(self.files.descriptor, fcntl.F_ADD_SEALS, 0),
        ]
        for attempt in attempts:
            self.assertEqual(self.forked(attempt), 13)
        self.assertTrue(stack.waiting)

    def test_agent(self) -> None:
        """
        What the agent says the stack reads, and can write as little as anybody else; the servers that
        the agent forks do not have it.
        """
        descriptor, ours = self.files.newAgent()
        self.addCleanup(os.close, descriptor)
        agent = mapAgent(descriptor)
        agent.progress = 9
        agent.keys = facts = KeyFacts(2**63 - 1, 1234567, 86400, 400, 3)
        self.assertEqual((ours.progress, ours.keys), (9, facts))

        def assign() -> None:
            ours.progress = 1

        self.assertEqual(self.forked(assign), 13)
        self.assertEqual(self.forked(lambda: mmap.mmap(descriptor, PAGE)), 13)
        self.assertEqual(self.forked(lambda: agent.progress), -11)
        self.assertEqual(ours.progress, 9)
