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

    def test_neverStarted(self) -> None:
        """
        It can be removed without having been started, and twice.
        """
        scratch = Scratch("test")
        scratch.remove()
        scratch.remove()
        self.assertFalse(os.path.exists(scratch.path))
