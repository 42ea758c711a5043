# -*- test-case-name: tests.observe.test_keylog -*-
"""
Tests for L{sslpool.observe.keylog}.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sslpool.interfaces import IKeyFile
from sslpool.messages import OperatorError
from sslpool.observe import keylog
from sslpool.observe.keylog import KeyFile


class KeyFileTests(SynchronousTestCase):
    """
    The file of a key log.
    """

    def setUp(self) -> None:
        """
        Have a directory.
        """
        self.directory = os.path.abspath(self.mktemp())
        os.mkdir(self.directory)
        self.file = KeyFile(self.directory)
        self.addCleanup(self.file.close)

    def test_write(self) -> None:
        """
        Lines go to a new file that only its owner may read, whatever the umask.
        """
        verifyObject(IKeyFile, self.file)
        before = os.umask(0)
        try:
            path = self.file.open("keys", anywhere=False)
        finally:
            os.umask(before)
        self.file.write("CLIENT_RANDOM 00 11")
        self.assertEqual(self.file.close(), 1)
        self.file.write("late")
        self.assertEqual(Path(path).read_text("ascii"), "CLIENT_RANDOM 00 11\n")
        self.assertEqual((path, stat.S_IMODE(os.stat(path).st_mode)), (os.path.join(self.directory, "keys"), 0o600))

    def test_refused(self) -> None:
        """
        No file is overwritten and no link followed; a directory is for the stack's own user to name.
        """
        Path(self.directory, "there").write_text("old")
        os.symlink(os.path.join(self.directory, "target"), os.path.join(self.directory, "link"))
        for name, anywhere in (
            ("there", True),
            ("link", True),
            ("../keys", False),
            (os.path.join(self.directory, "keys"), False),
            ("missing/keys", False),
            (os.path.join(self.directory, "missing", "keys"), True),
            (".", True),
        ):
            error = self.assertRaises(OperatorError, self.file.open, name, anywhere)
            self.assertEqual(error.said.id, "SSLP626E", name)
        self.assertEqual(sorted(os.listdir(self.directory)), ["link", "there"])
        self.assertEqual(Path(self.directory, "there").read_text(), "old")
        self.file.open(os.path.join(self.directory, "keys"), anywhere=True)

    def test_bounded(self) -> None:
        """
        The file does not grow for ever.
        """
        self.patch(keylog, "LARGEST", 30)
        path = self.file.open("keys", anywhere=False)
        for _ in range(10):
            self.file.write("x" * 9)
        self.assertEqual((os.stat(path).st_size, self.file.close()), (30, 3))
