"""
Tests for L{sslpool.keydb.accepted}.
"""

from __future__ import annotations

import os

from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb import accepted
from sslpool.keydb.accepted import AcceptedFile, AcceptedKeys, readAccepted, succeeding, writeAccepted
from sslpool.keydb.keyfiles import KeyFiles

FIRST = KeyFiles("/etc/gskadm/Database.kdb", b"first" * 1000, b"stash")
SECOND = KeyFiles("/etc/gskadm/Database.kdb", b"second")


class AcceptedTests(SynchronousTestCase):
    """
    Accepted key files.
    """

    def test_memory(self) -> None:
        """
        What is written is read again, as often as one likes, and cannot be changed.
        """
        parts = [AcceptedFile(FIRST, frozenset(("A", "B"))), AcceptedFile(SECOND, frozenset())]
        descriptor = writeAccepted(parts)
        self.addCleanup(os.close, descriptor)
        self.assertEqual(readAccepted(descriptor), parts)
        self.assertEqual(readAccepted(descriptor), parts)
        self.assertRaises(PermissionError, os.pwrite, descriptor, b"x", 0)
        self.assertRaises(PermissionError, os.ftruncate, descriptor, 0)

    def test_once(self) -> None:
        """
        A server lets go of it when it has looked, or when that has failed; there may be none.
        """
        before = sorted(os.listdir("/proc/self/fd"))
        keys = AcceptedKeys(writeAccepted([AcceptedFile(FIRST, frozenset("A"))]))
        with keys as parts:
            self.assertEqual([part.files for part in parts], [FIRST])
        self.assertEqual(sorted(os.listdir("/proc/self/fd")), before)
        with keys as parts:
            self.assertEqual(parts, [])
        with self.assertRaises(ZeroDivisionError), AcceptedKeys(writeAccepted([])):
            raise ZeroDivisionError
        self.assertEqual(sorted(os.listdir("/proc/self/fd")), before)

    def test_cutOff(self) -> None:
        """
        Less than the table says is noticed.
        """
        descriptor = os.memfd_create("test")
        self.addCleanup(os.close, descriptor)
        os.write(descriptor, bytes([0, 0, 0, 0, 0, 0, 0, 9]))
        self.assertRaises(ValueError, readAccepted, descriptor)

    def test_succession(self) -> None:
        """
        Labels that are kept stay with the file that they are served from; files that serve nothing are let go.
        """
        one = succeeding([], FIRST, "AB", "")
        two = succeeding(one, SECOND, "B", "A")
        self.assertEqual(two, [AcceptedFile(SECOND, frozenset("B")), AcceptedFile(FIRST, frozenset("A"))])
        three = succeeding(two, SECOND, "", "AB")
        self.assertEqual([part.labels for part in three], [frozenset(), frozenset("B"), frozenset("A")])
        self.assertEqual(succeeding(three, FIRST, "AB", ""), one)

    def test_bounded(self) -> None:
        """
        There are never more than some.
        """
        self.patch(accepted, "MOST_FILES", 2)
        parts = [AcceptedFile(FIRST, frozenset(label)) for label in "ABC"]
        self.assertEqual(len(succeeding(parts, SECOND, "", "ABC")), 2)
