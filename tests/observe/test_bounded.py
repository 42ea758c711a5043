# -*- test-case-name: tests.observe.test_bounded -*-
"""
Tests for L{sslpool.observe.bounded}.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from sslpool.observe.bounded import BoundedFile, Bounds
from sslpool.observe.linefile import makeDirectory


class FileTests(SynchronousTestCase):
    """
    A file of a bounded size.
    """

    def setUp(self) -> None:
        """
        Have a directory.
        """
        self.directory = self.mktemp()
        makeDirectory(self.directory)
        self.path = os.path.join(self.directory, "log")

    def content(self) -> dict[str, str]:
        """
        Return what each file in the directory holds.
        """
        return {each.name: each.read_text("utf-8") for each in Path(self.directory).iterdir()}

    def test_bounded(self) -> None:
        """
        When the file would be too large another is begun; the oldest goes.
        """
        file = BoundedFile(self.path, Bounds(size=10, keep=2))
        for text in ("1234567\n", "a\n", "b\n", "c" * 20 + "\n", "d\n"):
            self.assertTrue(file.write(text))
        file.close()
        self.assertEqual(self.content(), {"log": "d\n", "log.1": "c" * 20 + "\n", "log.2": "b\n"})

    def test_keepNone(self) -> None:
        """
        Where no old one is kept, there is only the one.
        """
        file = BoundedFile(self.path, Bounds(size=4, keep=0))
        for text in ("one\n", "two\n"):
            file.write(text)
        file.close()
        self.assertEqual(self.content(), {"log": "two\n"})

    def test_goesOn(self) -> None:
        """
        A file that is there is gone on with, and its size counts.
        """
        Path(self.path).write_text("12345678\n")
        file = BoundedFile(self.path, Bounds(size=10, keep=1))
        self.assertTrue(file.begins("xyz"))
        file.write("xyz\n")
        file.close()
        self.assertEqual(self.content(), {"log": "xyz\n", "log.1": "12345678\n"})

    def test_permissions(self) -> None:
        """
        Files and directory are for their owner only, from the beginning.
        """
        before = os.umask(0)
        try:
            file = BoundedFile(self.path, Bounds())
            file.write("x\n")
        finally:
            os.umask(before)
        file.close()
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(self.directory).st_mode), 0o700)

    def test_link(self) -> None:
        """
        A symbolic link is not followed.
        """
        other = os.path.join(self.directory, "other")
        os.symlink(other, self.path)
        file = BoundedFile(self.path, Bounds())
        self.assertFalse(file.write("x\n"))
        self.assertTrue(file.condition.failed)
        self.assertFalse(os.path.exists(other))

    def test_failure(self) -> None:
        """
        What cannot be written is said, and tried again the next time.
        """
        Path(self.path).touch()
        file = BoundedFile(os.path.join(self.path, "log"), Bounds())
        self.assertFalse(file.write("one\n"))
        self.assertEqual((file.condition.failed, file.condition.lost), ("Not a directory", 1))
        os.unlink(self.path)
        self.assertTrue(file.write("two\n"))
        self.assertEqual(file.condition.failed, "")
        file.close()
