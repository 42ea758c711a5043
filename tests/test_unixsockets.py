"""
Tests for L{sslpool.unixsockets}, over real sockets.
"""

from __future__ import annotations

import os
import shutil
import socket
import stat
import tempfile
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import TestCase

from sslpool.unixsockets import UnixListener, clear, identityOf


class ListenerTests(TestCase):
    """
    A socket at a path.
    """

    def setUp(self) -> None:
        """
        Listen.
        """
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.path = os.path.join(self.directory, "socket")
        self.listener = UnixListener(reactor, self.path, Factory.forProtocol(Protocol), 0o640)
        self.listener.open()
        self.addCleanup(self.listener.close)

    def assertReached(self) -> None:
        """
        Whoever connects to the path is let in, and its mode is right.
        """
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(self.path)
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o640)

    def test_there(self) -> None:
        """
        One that is there is left alone.
        """
        before = identityOf(self.path)
        self.assertFalse(self.listener.tend())
        self.assertEqual(identityOf(self.path), before)

    async def test_removed(self) -> None:
        """
        One that was removed is made again, and removed at the end.
        """
        os.unlink(self.path)
        self.assertTrue(self.listener.tend())
        self.assertReached()
        self.assertFalse(self.listener.tend())
        await self.listener.close()
        self.assertFalse(os.path.lexists(self.path))

    def test_otherSocket(self) -> None:
        """
        A socket that somebody has put in its place gives way.
        """
        os.unlink(self.path)
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(self.path)
        self.assertTrue(self.listener.tend())
        self.assertReached()

    async def test_otherFile(self) -> None:
        """
        A file in its place is not removed, now and at the end; when it has gone there is a socket.
        """
        os.unlink(self.path)
        Path(self.path).write_text("precious")
        error = self.assertRaises(FileExistsError, self.listener.tend)
        self.assertIn("other than a socket", str(error))
        os.unlink(self.path)
        self.assertTrue(self.listener.tend())
        os.unlink(self.path)
        Path(self.path).write_text("precious")
        await self.listener.close()
        self.assertTrue(os.path.exists(self.path))

    def test_noDirectory(self) -> None:
        """
        As long as the directory is missing, that is the reason.
        """
        shutil.rmtree(self.directory)
        error = self.assertRaises(FileNotFoundError, self.listener.tend)
        self.assertEqual(error.filename, self.path)

    def test_longPath(self) -> None:
        """
        So does a path that is longer than paths of sockets can be, for which the system has no number.
        """
        listener = UnixListener(reactor, f"/tmp/{'x' * 120}", Factory.forProtocol(Protocol), 0o600)
        error = self.assertRaises(OSError, listener.open)
        self.assertEqual(error.strerror, "AF_UNIX path too long")

    async def test_closedWithout(self) -> None:
        """
        A listener whose directory was removed is closed all the same, with its descriptor.
        """
        shutil.rmtree(self.directory)
        port = self.listener._port
        assert port is not None
        descriptor = port.fileno()
        await self.listener.close()
        self.assertRaises(OSError, os.fstat, descriptor)
        self.assertFalse(self.listener.tend())


class ClearTests(TestCase):
    """
    L{clear}.
    """

    def test_nothing(self) -> None:
        """
        Where nothing is there is nothing to do.
        """
        path = self.mktemp()
        clear(path)
        self.assertIsNone(identityOf(path))
