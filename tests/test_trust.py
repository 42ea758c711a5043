"""
Tests for L{sslpool.trust}.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
import tempfile

from twisted.trial.unittest import SynchronousTestCase

from sslpool import trust
from sslpool.trust import Untrusted, believedAt, named, peerUid, verifyListener

MALLORY, SERVICE = 54321, 43210
ROOT = None if os.geteuid() == 0 else "only root can make what is another user's"


class PathTests(SynchronousTestCase):
    """
    L{believedAt} follows a path.
    """

    def setUp(self) -> None:
        """
        Make a directory below C{/tmp}, as C{place}, with a file in it.
        """
        self.place = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.place)
        os.chmod(self.place, 0o755)
        self.path = self.make("run/TCPIP.sock")

    def make(self, path: str, owner: int = -1) -> str:
        """
        Make a file, with its directory, which gets the owner, and return its path.
        """
        whole = os.path.join(self.place, path)
        directory = os.path.dirname(whole)
        os.makedirs(directory, exist_ok=True)
        with open(whole, "w"):
            pass
        os.chown(directory, owner, -1)
        os.chown(whole, owner, -1)
        return whole

    def refused(self, path: str, messageId: str, culprit: str) -> Untrusted:
        """
        A path is refused, for one file on it.
        """
        error: Untrusted = self.assertRaises(Untrusted, believedAt, path)
        self.assertEqual((error.id, error.errno), (messageId, errno.EACCES))
        self.assertTrue(str(error).startswith(f"{messageId} {path} is not used: "), str(error))
        self.assertIn(culprit, error.reason)
        return error

    def test_own(self) -> None:
        """
        Where nobody else has a hand in it, root and ourselves are believed.
        """
        self.assertEqual(believedAt(self.path), {0, os.geteuid()})

    def test_nothingThere(self) -> None:
        """
        What is missing is missing, and not refused.
        """
        self.assertRaises(FileNotFoundError, believedAt, f"{self.path}x")
        self.assertRaises(NotADirectoryError, believedAt, f"{self.path}/x")

    def test_writable(self) -> None:
        """
        A directory to which others can write, wherever on the way it is, is refused with its mode.
        """
        for mode in (0o775, 0o757):
            for directory in (os.path.dirname(self.path), self.place):
                os.chmod(directory, mode)
                error = self.refused(self.path, "SSLP661E", directory)
                self.assertIn(f"its mode is {mode:o}", error.reason)
                self.assertFalse(error.foreign)
                os.chmod(directory, 0o755)

    def test_sticky(self) -> None:
        """
        A sticky directory is accepted where what is in it is ours.
        """
        os.chmod(self.place, 0o1777)
        self.assertEqual(believedAt(self.path), {0, os.geteuid()})

    def test_given(self) -> None:
        """
        Whoever was given a directory, in one to which nobody else can write, is believed there.
        """
        path = self.make("service/TCPIP.sock", SERVICE)
        self.assertEqual(believedAt(path), {0, os.geteuid(), SERVICE})

    def test_shared(self) -> None:
        """
        In a directory where anybody can make entries, another user's directory is refused.
        """
        os.chmod(self.place, 0o1777)
        path = self.make("mallory/TCPIP.sock", MALLORY)
        error = self.refused(path, "SSLP660E", os.path.dirname(path))
        self.assertIn(f"belongs to another user, uid {MALLORY}", error.reason)
        self.assertTrue(error.foreign)

    def test_socketOfAnother(self) -> None:
        """
        So is another user's file in a directory of ours, sticky or not.
        """
        os.chown(self.path, MALLORY, -1)
        self.refused(self.path, "SSLP660E", self.path)
        os.chmod(os.path.dirname(self.path), 0o1777)
        self.refused(self.path, "SSLP660E", self.path)

    def test_links(self) -> None:
        """
        Links are followed as the kernel does, and whoever could have made one has a say.
        """
        service = self.make("service/TCPIP.sock", SERVICE)
        os.makedirs(f"{self.place}/a/b")
        os.symlink("../../service", f"{self.place}/a/b/relative")
        os.symlink(f"{self.place}/a/b/relative", f"{self.place}/absolute")
        for link in ("a/b/relative", "absolute"):
            self.assertEqual(believedAt(f"{self.place}/{link}/TCPIP.sock"), {0, os.geteuid(), SERVICE})
        os.chmod(f"{self.place}/a", 0o777)
        self.refused(f"{self.place}/absolute/TCPIP.sock", "SSLP661E", f"{self.place}/a")
        self.assertIn(SERVICE, believedAt(service))

    def test_foreignLink(self) -> None:
        """
        Another user's link below C{/tmp} is refused, also where it leads to what is ours.
        """
        os.chmod(self.place, 0o1777)
        link = f"{self.place}/link"
        os.symlink(os.path.dirname(self.path), link)
        self.assertEqual(believedAt(f"{link}/TCPIP.sock"), {0, os.geteuid()})
        os.lchown(link, MALLORY, -1)
        self.refused(f"{link}/TCPIP.sock", "SSLP660E", link)

    def test_upwards(self) -> None:
        """
        Behind a link that leads upwards, what is there counts, and not what was before.
        """
        os.chmod(self.place, 0o1777)
        os.mkdir(f"{self.place}/inner")
        os.symlink("inner/../mallory", f"{self.place}/up")
        path = self.make("mallory/TCPIP.sock", MALLORY)
        self.refused(f"{self.place}/up/TCPIP.sock", "SSLP660E", os.path.dirname(path))

    def test_circle(self) -> None:
        """
        Links in a circle have an end.
        """
        os.symlink("circle", f"{self.place}/circle")
        error = self.assertRaises(OSError, believedAt, f"{self.place}/circle/x")
        self.assertEqual(error.errno, errno.ELOOP)

    def test_namespace(self) -> None:
        """
        Who stands for all users outside of our user namespace is not believed, whatever is his.
        """
        path = self.make("outside/TCPIP.sock", MALLORY)
        self.patch(trust, "_isAnybody", lambda uid: uid == MALLORY)
        self.refused(path, "SSLP660E", path)

    for each in (test_given, test_shared, test_socketOfAnother, test_links, test_foreignLink, test_upwards):
        each.skip = ROOT  # type: ignore[attr-defined]
    test_namespace.skip = ROOT  # type: ignore[attr-defined]


class ListenerTests(SynchronousTestCase):
    """
    The kernel says who listens.
    """

    def test_peerUid(self) -> None:
        """
        The user id is that of the process at the other end.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX)
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        self.assertEqual(peerUid(ours), os.geteuid())

    def test_verify(self) -> None:
        """
        One who is believed passes, another is named.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX)
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        verifyListener(ours, "/run/x", frozenset({os.geteuid()}))
        error = self.assertRaises(Untrusted, verifyListener, ours, "/run/x", frozenset({MALLORY}))
        self.assertEqual((error.id, error.foreign), ("SSLP662E", True))
        self.assertIn(named(os.geteuid()), str(error))

    def test_names(self) -> None:
        """
        A user is named with his number, which is all there is of one without a name.
        """
        self.assertEqual((named(0), named(MALLORY)), ("root (uid 0)", f"uid {MALLORY}"))
