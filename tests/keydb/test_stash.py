"""
Tests for L{sslpool.keydb.stash}.
"""

from __future__ import annotations

import os
import stat

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.sealing import newMasterKey
from sslpool.keydb.stash import readStash, writeStash
from sslpool.messages import OperatorError
from tests.keydb.refusals import refused, unprivileged


class StashTests(SynchronousTestCase):
    """
    The file that holds the master key.
    """

    def setUp(self) -> None:
        self.path = self.mktemp() + ".kdb"
        with open(self.path, "wb"):
            pass

    def test_roundTrip(self) -> None:
        """
        The master key comes back; the file is for owner and group.
        """
        master = newMasterKey()
        stash = writeStash(self.path, master)
        self.assertEqual(readStash(self.path), master)
        self.assertEqual(stat.S_IMODE(os.stat(stash).st_mode), 0o640)

    def test_missing(self) -> None:
        """
        Without a stash file there is a message that names it.
        """
        with refused("SSLP323E"):
            readStash(self.path)

    def test_unreadable(self) -> None:
        """
        A stash file that this user may not read is said to be so.
        """
        os.chmod(writeStash(self.path, newMasterKey()), 0)
        with unprivileged(self.path), refused("SSLP313E"):
            readStash(self.path)

    @settings(max_examples=50)
    @given(st.binary(max_size=80), st.booleans())
    def test_garbage(self, content: bytes, marked: bool) -> None:
        """
        Whatever is in the file, the worst is a message.
        """
        with open(self.path.replace(".kdb", ".sth"), "wb") as file:
            file.write((b"sslpool stash 1 " if marked else b"") + content)
        try:
            self.assertIsInstance(readStash(self.path), bytes)
        except OperatorError as error:
            self.assertEqual(error.said.id, "SSLP324E")
