"""
Tests for L{sslpool.stack.scratch}.
"""

from __future__ import annotations

import os
import stat

from twisted.trial.unittest import SynchronousTestCase

from sslpool.stack.scratch import Scratch


class ScratchTests(SynchronousTestCase):
    """
    A directory for the life of a stack.
    """

    def test_life(self) -> None:
        """
        Only its user may enter it, and it is removed with everything in it.
        """
        scratch = Scratch("test")
        self.assertEqual(stat.S_IMODE(os.stat(scratch.path).st_mode), 0o700)
        self.assertIn("sslpool-test-", scratch.path)
        with open(os.path.join(scratch.path, "file"), "w"):
            pass
        scratch.startService()
        scratch.stopService()
        self.assertFalse(os.path.exists(scratch.path))

    def test_kept(self) -> None:
        """
        Files that are kept are made again with their permissions, one by one or with the directory; others are not.
        """
        scratch = Scratch("test")
        self.addCleanup(scratch.remove)
        path = os.path.join(scratch.path, "keys")
        with open(path, "w") as file:
            file.write("keys")
        os.chmod(path, 0o600)
        self.assertEqual(list(scratch.tend()), [])
        scratch.keep()
        self.assertEqual(list(scratch.tend()), [])
        os.unlink(path)
        self.assertEqual(list(scratch.tend()), [path])
        scratch.remove()
        self.assertEqual(list(scratch.tend()), [scratch.path, path])
        self.assertEqual([stat.S_IMODE(os.stat(each).st_mode) for each in (scratch.path, path)], [0o700, 0o600])
        with open(path) as file:
            self.assertEqual(file.read(), "keys")

    def test_neverStarted(self) -> None:
        """
        It can be removed without having been started, and twice.
        """
        scratch = Scratch("test")
        scratch.remove()
        scratch.remove()
        self.assertFalse(os.path.exists(scratch.path))
