"""
Tests for L{sslpool.keydb.readablepaths}.
"""

from __future__ import annotations

import os
import shutil

from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.readablepaths import ReadablePaths, authorities, directoriesOf


class ReachTests(SynchronousTestCase):
    """
    A key file in a directory, and what it leads to.
    """

    def setUp(self) -> None:
        """
        Make two directories with a file each.
        """
        self.base = os.path.realpath(self.mktemp())
        for name in ("live", "archive", "staples"):
            os.makedirs(os.path.join(self.base, name))
        self.keyFile = self.path("live", "key.pem")
        self.write(self.path("archive", "key1.pem"))

    def path(self, *names: str) -> str:
        """
        Return a path below the base.
        """
        return os.path.join(self.base, *names)

    def write(self, path: str) -> None:
        """
        Make a file.
        """
        with open(path, "w", encoding="ascii"):
            pass

    def test_plain(self) -> None:
        """
        A key file needs its own directory, also before it is there.
        """
        self.assertEqual(directoriesOf(self.keyFile), [self.path("live")])
        self.write(self.keyFile)
        self.assertEqual(directoriesOf(self.keyFile), [self.path("live")])

    def test_links(self) -> None:
        """
        Links of key file, stash and OCSP responses need the directories that they lead to as well.
        """
        os.symlink(self.path("archive", "key1.pem"), self.keyFile)
        os.symlink("../staples/response", self.path("live", "LABEL.ocsp"))
        expected = [self.path("live"), self.path("archive"), self.path("staples")]
        self.assertEqual(directoriesOf(self.keyFile), expected)

    def test_renewed(self) -> None:
        """
        A renewed file, and one in a directory below, can be read as before.
        """
        self.write(self.keyFile)
        reach = ReadablePaths(self.keyFile)
        os.unlink(self.keyFile)
        self.assertEqual(reach.left(), "")
        os.mkdir(self.path("live", "..2026"))
        self.write(self.path("live", "..2026", "key.pem"))
        os.symlink("..2026/key.pem", self.keyFile)
        self.assertEqual(reach.left(), "")

    def test_replaced(self) -> None:
        """
        A directory in the place of another is another one, and so is the one that a link leads to now.
        """
        reach = ReadablePaths(self.keyFile)
        os.rename(self.path("live"), self.path("old"))
        self.assertEqual(reach.left(), "")
        shutil.copytree(self.path("old"), self.path("live"))
        self.assertEqual(reach.left(), self.path("live"))
        reach = ReadablePaths(self.keyFile)
        os.symlink(self.path("archive", "key1.pem"), self.keyFile)
        self.assertEqual(reach.left(), self.path("archive"))

    def test_authorities(self) -> None:
        """
        The system's authorities are where distributions have them, or where the TLS library's variables say.
        """
        self.assertIn("/etc/ssl/certs", authorities({}))
        self.assertEqual(authorities({"SSL_CERT_DIR": "/a:/b", "SSL_CERT_FILE": "/c/d.pem"}), ["/a", "/b", "/c"])

    def test_nothing(self) -> None:
        """
        Without a key file there is nothing to be read, and nothing is missed.
        """
        reach = ReadablePaths("")
        self.assertEqual((reach.directories, reach.left()), ([], ""))
