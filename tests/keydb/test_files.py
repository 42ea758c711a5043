"""
Tests for L{sslpool.keydb.files}.
"""

from __future__ import annotations

import os
import stat

from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb import files
from sslpool.keydb.files import PRIVATE, SHARED
from tests.keydb.refusals import refused, unprivileged


def modeOf(path: str) -> int:
    """
    Return the permission bits of C{path}.
    """
    return stat.S_IMODE(os.stat(path).st_mode)


class ReadingTests(SynchronousTestCase):
    """
    Why a file cannot be read.
    """

    def test_contents(self) -> None:
        """
        A file's contents are returned.
        """
        path = self.mktemp()
        files.writeNew(path, b"contents", PRIVATE)
        self.assertEqual(files.readFile(path), b"contents")

    def test_missing(self) -> None:
        """
        A missing file, and a link that leads nowhere, are said to be missing.
        """
        path = self.mktemp()
        with refused("SSLP311E"):
            files.readFile(path)
        os.symlink("nowhere", path)
        with refused("SSLP311E"):
            files.readFile(path)

    def test_directory(self) -> None:
        """
        Directories and FIFOs are refused without opening them.
        """
        path = self.mktemp()
        os.mkfifo(path)
        for other in (os.curdir, path):
            with refused("SSLP312E"):
                files.readFile(other)

    def test_noPermission(self) -> None:
        """
        A file that this user may not read is said to be so.
        """
        path = self.mktemp()
        files.writeNew(path, b"contents", 0)
        with unprivileged(path), refused("SSLP313E"):
            files.readFile(path)

    def test_impossibleName(self) -> None:
        """
        A name with a NUL is an operator's error.
        """
        with refused("SSLP313E"):
            files.readFile("a\0b")

    def test_large(self) -> None:
        """
        A file larger than a certificate ever is is not read to its end.
        """
        path = self.mktemp()
        files.writeNew(path, b"x" * (files.LARGEST + 1), PRIVATE)
        with refused("SSLP349E"):
            files.readFile(path)


class WritingTests(SynchronousTestCase):
    """
    Files have their final permissions whatever the umask is.
    """

    def setUp(self) -> None:
        self.path = self.mktemp()
        self.addCleanup(os.umask, os.umask(0o777))

    def test_create(self) -> None:
        """
        A new file is empty and has its mode.
        """
        files.createFile(self.path, SHARED)
        self.assertEqual(modeOf(self.path), 0o640)

    def test_writeNew(self) -> None:
        """
        A new file has its mode; a file that exists is not touched.
        """
        files.writeNew(self.path, b"1", PRIVATE)
        self.assertEqual(modeOf(self.path), 0o600)
        with refused("SSLP310E"):
            files.writeNew(self.path, b"2", PRIVATE)
        self.assertEqual(files.readFile(self.path), b"1")

    def test_link(self) -> None:
        """
        A link is never followed to create a file elsewhere.
        """
        elsewhere = self.mktemp()
        os.symlink(os.path.abspath(elsewhere), self.path)
        with refused("SSLP310E"):
            files.createFile(self.path, SHARED)
        self.assertFalse(os.path.exists(elsewhere))

    def test_replace(self) -> None:
        """
        Replacing gives the new contents, the mode and the group of the other file, and leaves nothing else behind.
        """
        files.writeNew(self.path, b"1", PRIVATE)
        if os.geteuid() == 0:
            os.chown(self.path, -1, 12345)
        target = self.path + ".sth"
        for content in (b"2", b"3"):
            files.replaceFile(target, content, SHARED, groupOf=self.path)
            self.assertEqual(files.readFile(target), content)
            self.assertEqual(modeOf(target), 0o640)
            self.assertEqual(os.stat(target).st_gid, os.stat(self.path).st_gid)
        directory = os.path.dirname(os.path.abspath(self.path))
        self.assertEqual(len(os.listdir(directory)), 2)

    def test_failedReplace(self) -> None:
        """
        When replacing fails, what was there stays and nothing is left behind.
        """
        os.mkdir(self.path)
        with refused("SSLP314E"):
            files.replaceFile(self.path, b"1", SHARED, groupOf=self.path)
        self.assertEqual(os.listdir(os.path.dirname(os.path.abspath(self.path))), [os.path.basename(self.path)])

    def test_noDirectory(self) -> None:
        """
        A missing directory is said to be the reason.
        """
        with refused("SSLP314E"):
            files.createFile(os.path.join(self.path, "Database.kdb"), SHARED)

    def test_stashPath(self) -> None:
        """
        The stash is beside its file, with its own ending.
        """
        self.assertEqual(files.stashPath("/etc/gskadm/Database.kdb"), "/etc/gskadm/Database.sth")
        self.assertEqual(files.stashPath("/etc/a.b/server.p12"), "/etc/a.b/server.sth")
