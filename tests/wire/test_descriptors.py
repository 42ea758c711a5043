"""
Tests for L{sslpool.wire.descriptors}.
"""

from __future__ import annotations

import os
import socket

from twisted.trial.unittest import SynchronousTestCase

from sslpool.wire.descriptors import receiveDescriptors
from tests.openfiles import openDescriptors


class ReceiveDescriptorsTests(SynchronousTestCase):
    """
    Tests for L{receiveDescriptors}.
    """

    def setUp(self) -> None:
        """
        Make a pair whose receiving end does not block.
        """
        self.ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(self.ours.close)
        self.addCleanup(self.theirs.close)
        self.ours.setblocking(False)

    def receive(self, count: int, most: int) -> list[int]:
        """
        Send some descriptors and return those that came, to be closed at the end.
        """
        socket.send_fds(self.theirs, [b"x"], [self.theirs.fileno()] * count)
        message, came = receiveDescriptors(self.ours, 16, most)
        for each in came:
            self.addCleanup(os.close, each)
        self.assertEqual(message, b"x")
        return came

    def test_none(self) -> None:
        """
        A message may come without any.
        """
        self.theirs.send(b"x")
        self.assertEqual(receiveDescriptors(self.ours, 16, 1), (b"x", []))

    def test_one(self) -> None:
        """
        A descriptor is not inherited by programs that are started.
        """
        [came] = self.receive(1, 1)
        self.assertFalse(os.get_inheritable(came))
        self.assertTrue(os.path.sameopenfile(came, self.theirs.fileno()))

    def test_tooMany(self) -> None:
        """
        Of an odd number or an even one, those without room are dropped by the kernel: none is open
        that is not returned.
        """
        for most in (1, 2, 3):
            before = openDescriptors()
            came = self.receive(9, most)
            self.assertEqual(len(came), most)
            self.assertEqual(openDescriptors() - before, set(came))

    def test_truncated(self) -> None:
        """
        Of a message that is too long its beginning comes, with the descriptor.
        """
        socket.send_fds(self.theirs, [b"long"], [self.theirs.fileno()])
        message, [came] = receiveDescriptors(self.ours, 2, 1)
        self.addCleanup(os.close, came)
        self.assertEqual(message, b"lo")

    def test_otherKind(self) -> None:
        """
        Credentials are not taken for descriptors.
        """
        self.ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.theirs.send(b"x")
        self.assertEqual(receiveDescriptors(self.ours, 16, 8), (b"x", []))

    def test_nothing(self) -> None:
        """
        Where nothing is there yet, it says so.
        """
        self.assertRaises(BlockingIOError, receiveDescriptors, self.ours, 16, 1)

    def test_gone(self) -> None:
        """
        The end is an empty message; who has gone without reading what was sent has reset the pair.
        """
        self.theirs.close()
        self.assertEqual(receiveDescriptors(self.ours, 16, 1), (b"", []))
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(near.close)
        near.send(b"x")
        far.close()
        self.assertRaises(ConnectionResetError, receiveDescriptors, near, 16, 1)
