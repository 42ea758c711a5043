"""
Tests for L{sslpool.observe.twistdfile}.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path
from typing import cast

from twisted.logger import ILogObserver, Logger, LogPublisher, formatEvent, textFileLogObserver
from twisted.python.logfile import LogFile
from twisted.trial.unittest import SynchronousTestCase

from sslpool.observe.twistdfile import TwistdFile


class TwistdFileTests(SynchronousTestCase):
    """
    L{TwistdFile} makes the log of twistd again.
    """

    def setUp(self) -> None:
        """
        Log to a file as twistd does.
        """
        self.directory = self.mktemp()
        os.mkdir(self.directory)
        self.path = Path(self.directory, "twistd.log")
        self.written = LogFile.fromFullPath(str(self.path))
        self.addCleanup(lambda: self.written.close())
        self.path.chmod(0o640)
        self.said: list[str] = []
        heard = cast(ILogObserver, lambda event: self.said.append(formatEvent(event)))
        publisher = LogPublisher(textFileLogObserver(self.written), heard)
        self.logger = Logger(observer=publisher)
        self.file = TwistdFile(publisher)
        self.file.log = self.logger
        self.logger.info("one")

    def test_there(self) -> None:
        """
        A file that is there is left alone, and so is one that a link leads to.
        """
        self.file.reopen()
        self.path.rename(f"{self.path}.place")
        self.path.symlink_to(os.path.abspath(f"{self.path}.place"))
        self.file.reopen()
        self.assertEqual(self.said, ["one"])

    def test_moved(self) -> None:
        """
        One that was moved is made again with its permissions, and said; no line is lost.
        """
        moved = self.path.rename(f"{self.path}.1")
        self.logger.info("two")
        self.file.reopen()
        self.logger.info("three")
        self.assertEqual([each[:9] for each in self.said], ["one", "two", "SSLP671W ", "three"])
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o640)
        self.assertIn("two", moved.read_text())
        self.assertNotIn("three", moved.read_text())
        self.assertIn("three", self.path.read_text())

    def test_replaced(self) -> None:
        """
        What somebody has put in its place, as logrotate does with C{create}, is gone on with.
        """
        self.path.rename(f"{self.path}.1")
        self.path.write_text("")
        self.path.chmod(0o600)
        self.file.reopen()
        self.logger.info("three")
        self.assertIn("three", self.path.read_text())
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)

    def test_directoryGone(self) -> None:
        """
        So it is where the directory was removed.
        """
        shutil.rmtree(self.directory)
        self.file.reopen()
        self.logger.info("three")
        self.assertIn("three", self.path.read_text())

    def test_inTheWay(self) -> None:
        """
        What is no file is said once and left alone, and the old file is gone on with until it has gone.
        """
        moved = self.path.rename(f"{self.path}.1")
        os.mkfifo(self.path)
        for _ in range(2):
            self.file.reopen()
        self.assertEqual([each[:9] for each in self.said], ["one", "SSLP631W "])
        self.assertIn("SSLP631W", moved.read_text())
        self.path.unlink()
        self.file.reopen()
        self.assertIn("SSLP671W", self.path.read_text())

    def test_rotation(self) -> None:
        """
        A rotation for which there was no room has closed the file: another one is made when there is.
        """

        def full() -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        patch = self.patch(self.written, "_openFile", full)
        self.assertRaises(OSError, self.written.rotate)
        patch.restore()
        self.file.reopen()
        self.logger.info("three")
        self.assertIn("three", self.path.read_text())

    def test_none(self) -> None:
        """
        Without such a file there is nothing to do.
        """
        TwistdFile(LogPublisher()).reopen()
