"""
Tests for L{sslpool.control.claim}.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import stat

from twisted.trial.unittest import SynchronousTestCase

from sslpool.control import presence
from sslpool.control.claim import Claim
from sslpool.messages import OperatorError


class ClaimCase(SynchronousTestCase):
    """
    Tests with a run directory.
    """

    def setUp(self) -> None:
        """
        Choose a directory that is not there yet.
        """
        self.directory = self.mktemp()
        self.path = os.path.join(self.directory, "TCPIP.sock")

    def claim(self) -> Claim:
        """
        Return a claim, which is released at the end.
        """
        claim = Claim(self.path, "TCPIP")
        self.addCleanup(claim.release)
        return claim

    def messageOf(self, claim: Claim) -> str:
        """
        Return the message with which a claim is refused.
        """
        return str(self.assertRaises(OperatorError, claim.take))


class ClaimTests(ClaimCase):
    """
    L{Claim} lets one process serve a stack.
    """

    def leaveSocket(self) -> None:
        """
        Leave a socket behind as a dead stack does.
        """
        os.mkdir(self.directory)
        # The address of a socket is short; this process's path of temporary files may not be.
        place = os.open(self.directory, os.O_DIRECTORY)
        try:
            with socket.socket(socket.AF_UNIX) as listening:
                listening.bind(f"/proc/self/fd/{place}/TCPIP.sock")
        finally:
            os.close(place)

    def test_directory(self) -> None:
        """
        A missing directory is made, with those above it, open to all for reading whatever the umask.
        """
        above = self.directory
        self.directory = os.path.join(above, "run")
        self.path = os.path.join(self.directory, "TCPIP.sock")
        old = os.umask(0o077)
        try:
            self.claim().take()
        finally:
            os.umask(old)
        modes = [stat.S_IMODE(os.stat(each).st_mode) for each in (above, self.directory)]
        self.assertEqual(modes, [0o755, 0o755])

    def test_onlyOne(self) -> None:
        """
        A second claim is refused as long as the first is held.
        """
        first, second = self.claim(), self.claim()
        first.take()
        self.assertEqual(self.messageOf(second), f"SSLP408E Stack TCPIP is already running: it holds {self.path}")
        first.release()
        second.take()

    def test_staleSocket(self) -> None:
        """
        The socket of a dead stack is removed.
        """
        self.leaveSocket()
        self.claim().take()
        self.assertFalse(os.path.lexists(self.path))

    def test_liveSocket(self) -> None:
        """
        The socket of a running stack is left alone.
        """
        self.leaveSocket()
        self.claim().take()
        os.mkfifo(self.path)
        self.assertIn("SSLP408E", self.messageOf(self.claim()))
        self.assertTrue(os.path.lexists(self.path))

    def test_noSocket(self) -> None:
        """
        What is no socket is not removed, and the claim is free again.
        """
        os.mkdir(self.directory)
        with open(self.path, "w") as file:
            file.write("precious")
        self.assertIn("other than a socket is in the way", self.messageOf(self.claim()))
        self.assertTrue(os.path.exists(self.path))
        os.unlink(self.path)
        self.claim().take()

    def test_lockFile(self) -> None:
        """
        Nobody else can open the lock's file, hence nobody can hold the lock in our
        place; a link in its place is not followed.
        """
        self.claim().take()
        self.assertEqual(stat.S_IMODE(os.stat(f"{self.path}.lock").st_mode) & 0o077, 0)
        other = os.path.join(self.directory, "OTHER.sock")
        os.symlink("/nowhere", f"{other}.lock")
        self.assertIn("SSLP410E", self.messageOf(Claim(other, "OTHER")))

    def test_writableByOthers(self) -> None:
        """
        A directory in which others may put files is refused, unless it is sticky.
        """
        os.mkdir(self.directory)
        os.chmod(self.directory, 0o777)
        self.assertIn("others may write to", self.messageOf(self.claim()))
        os.chmod(self.directory, 0o1777)
        self.claim().take()

    def test_ofAnotherUser(self) -> None:
        """
        A directory of another user is refused.
        """
        os.mkdir(self.directory)
        owner = os.stat(self.directory).st_uid
        if owner == 0:
            os.chown(self.directory, 12345, -1)
        else:
            self.patch(os, "geteuid", lambda: owner + 1)
        self.assertIn("belongs to another user", self.messageOf(self.claim()))

    def test_notADirectory(self) -> None:
        """
        A file in the place of the directory is a clear error.
        """
        with open(self.directory, "w"):
            pass
        self.assertIn("SSLP411E", self.messageOf(self.claim()))


class RemovedTests(ClaimCase):
    """
    What somebody has removed under a running stack.
    """

    def setUp(self) -> None:
        """
        Hold the claim.
        """
        super().setUp()
        self.held = self.claim()
        self.held.take()
        self.patch(presence, "ANSWER_TIMEOUT", 0.2)

    def modeOf(self, path: str) -> int:
        """
        Return the permissions of a file.
        """
        return stat.S_IMODE(os.stat(path).st_mode)

    def test_nothing(self) -> None:
        """
        Where nothing is missing nothing happens; nor without the claim.
        """
        self.assertEqual(list(self.held.tend()), [])
        self.assertEqual(list(self.claim().tend()), [])

    def test_lock(self) -> None:
        """
        A lock that was removed does not let another one in, is made again, and holds.
        """
        lock = f"{self.path}.lock"
        os.unlink(lock)
        self.assertIn("SSLP408E", self.messageOf(self.claim()))
        os.unlink(lock)
        self.assertEqual(list(self.held.tend()), [lock])
        self.assertEqual((self.modeOf(lock), list(self.held.tend())), (0o600, []))
        self.patch(presence.Presence, "take", lambda self: True)
        self.assertIn("SSLP408E", self.messageOf(self.claim()))

    def test_lockLeft(self) -> None:
        """
        A lock's file that somebody has made anew is taken, once nobody holds it.
        """
        lock = f"{self.path}.lock"
        os.unlink(lock)
        with open(lock, "w") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            self.assertIn("SSLP408E", str(self.assertRaises(OperatorError, list, self.held.tend())))
            self.assertFalse(self.held.holds())
        self.assertEqual(list(self.held.tend()), [lock])
        self.assertTrue(self.held.holds())

    def test_directory(self) -> None:
        """
        A directory that was removed is made again as it was, with the lock, and lets nobody else in.
        """
        os.chmod(self.directory, 0o710)
        self.held.release()
        self.held.take()
        shutil.rmtree(self.directory)
        self.assertIn("SSLP408E", self.messageOf(self.claim()))
        shutil.rmtree(self.directory)
        self.assertEqual(list(self.held.tend()), [self.directory, f"{self.path}.lock"])
        self.assertEqual((self.modeOf(self.directory), list(self.held.tend())), (0o710, []))

    def test_directoryMoved(self) -> None:
        """
        A directory that was moved away, with another one in its place, is used as ours was.
        """
        os.rename(self.directory, f"{self.directory}.old")
        os.mkdir(self.directory, 0o700)
        self.assertEqual(list(self.held.tend()), [self.directory, f"{self.path}.lock"])
        self.assertEqual(self.modeOf(self.directory), 0o755)

    def test_age(self) -> None:
        """
        What cleans up by age finds the directory locked, as tmpfiles.d(5) asks for, as long as one of
        its stacks runs, and the one that was made again too.
        """
        other = Claim(os.path.join(self.directory, "OTHER.sock"), "OTHER")
        self.addCleanup(other.release)
        other.take()
        self.held.release()
        self.assertFalse(self.isOld())
        shutil.rmtree(self.directory)
        list(other.tend())
        self.assertFalse(self.isOld())
        other.release()
        self.assertTrue(self.isOld())

    def isOld(self) -> bool:
        """
        Tell whether the directory can be cleaned up.
        """
        directory = os.open(self.directory, os.O_RDONLY)
        try:
            fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            os.close(directory)

    def test_unsafe(self) -> None:
        """
        A directory in its place in which others may put files is not used.
        """
        os.rename(self.directory, f"{self.directory}.old")
        os.mkdir(self.directory)
        os.chmod(self.directory, 0o777)
        self.assertIn("others may write", str(self.assertRaises(OperatorError, list, self.held.tend())))
        self.assertEqual(os.listdir(self.directory), [])

    def test_link(self) -> None:
        """
        A link in its place leads to a directory that is used as it is: the permissions of ours are
        not given to whatever it leads to.
        """
        os.rename(self.directory, f"{self.directory}.old")
        os.mkdir(f"{self.directory}.other", 0o750)
        os.symlink(os.path.abspath(f"{self.directory}.other"), self.directory)
        self.assertEqual(list(self.held.tend()), [self.directory, f"{self.path}.lock"])
        self.assertEqual(self.modeOf(f"{self.directory}.other"), 0o750)

    def test_foreignLink(self) -> None:
        """
        Another user's link to a directory of ours is not followed.
        """
        os.rename(self.directory, f"{self.directory}.old")
        os.mkdir(f"{self.directory}.other")
        os.symlink(os.path.abspath(f"{self.directory}.other"), self.directory)
        os.lchown(self.directory, 54321, -1)
        self.assertIn("another user", str(self.assertRaises(OperatorError, list, self.held.tend())))
        self.assertEqual(os.listdir(f"{self.directory}.other"), [])

    test_foreignLink.skip = None if os.geteuid() == 0 else "only root can make another user's link"  # type: ignore[attr-defined]
