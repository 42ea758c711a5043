"""
Tests for L{sslpool.observe.linefile} and L{sslpool.observe.remarks}.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path

from twisted.internet.task import Clock
from twisted.logger import Logger, LogPublisher
from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import Said, said
from sslpool.observe.bounded import Bounds
from sslpool.observe.deliveredconsoles import Consoles
from sslpool.observe.jsonlines import JsonLog
from sslpool.observe.keylog import KeyFile
from sslpool.observe.linefile import LineFile, makeDirectory
from sslpool.observe.logs import HELD, Entry, Logs
from sslpool.observe.remarks import REPORT_INTERVAL, Remarks
from tests.neighbours import FakePool

FULL = os.strerror(errno.ENOSPC)


class FullDisk:
    """
    A file system that takes so many octets, in place of C{os.write}.

    @ivar room: how many it takes; C{None} where there is no end.
    """

    def __init__(self) -> None:
        self.room: int | None = None
        self._write = os.write

    def write(self, descriptor: int, octets: bytes) -> int:
        """
        Write what there is room for.
        """
        if self.room is None:
            return self._write(descriptor, octets)
        if not self.room:
            raise OSError(errno.ENOSPC, FULL)
        part = octets[: self.room]
        self.room -= len(part)
        return self._write(descriptor, part)


class LogCase(SynchronousTestCase):
    """
    Tests with a directory of logs, a disk that can be full, and what is said.
    """

    def setUp(self) -> None:
        """
        Have them.
        """
        self.directory = os.path.abspath(self.mktemp())
        makeDirectory(self.directory)
        self.path = os.path.join(self.directory, "log")
        self.disk = FullDisk()
        self.patch(os, "write", self.disk.write)
        self.said: list[Said] = []
        publisher = LogPublisher(lambda event: self.said.append(Said(event["messageId"], event["fields"])))  # type: ignore[arg-type]
        self.log = Logger(observer=publisher)
        self.now = 100.0

    def remarks(self) -> Remarks:
        """
        Return remarks by a clock of the test's own.
        """
        return Remarks(lambda: self.now)

    def content(self) -> str:
        """
        Return what is in the file.
        """
        return Path(self.path).read_text("utf-8")


class FileTests(LogCase):
    """
    One file.
    """

    def setUp(self) -> None:
        """
        Have a file with a line.
        """
        super().setUp()
        self.file = LineFile(self.path)
        self.addCleanup(self.file.close)
        self.assertTrue(self.file.write("one\n"))

    def test_moved(self) -> None:
        """
        A file that was moved away is made again with the next line, for its owner only.
        """
        os.rename(self.path, f"{self.path}.old")
        self.assertTrue(self.file.write("two\n"))
        self.assertEqual((self.content(), Path(f"{self.path}.old").read_text()), ("two\n", "one\n"))
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o600)
        self.assertTrue(self.file.condition.again)

    def test_replaced(self) -> None:
        """
        What somebody has put in its place, as logrotate does with C{create}, is gone on with.
        """
        os.unlink(self.path)
        Path(self.path).write_text("their line without an end")
        self.assertTrue(self.file.write("two\n"))
        self.assertEqual(self.content(), "their line without an end\ntwo\n")

    def test_directoryGone(self) -> None:
        """
        A directory that was removed is made again with the file; those above it as the run
        directory is, whatever the umask.
        """
        path = os.path.join(self.directory, "run", "logs", "log")
        file = LineFile(path)
        self.addCleanup(file.close)
        before = os.umask(0o077)
        try:
            self.assertTrue(file.write("one\n"))
        finally:
            os.umask(before)
        modes = [stat.S_IMODE(os.stat(os.path.join(self.directory, each)).st_mode) for each in ("run", "run/logs")]
        self.assertEqual(modes, [0o755, 0o700])
        for each in (path, os.path.dirname(path)):
            os.remove(each) if os.path.isfile(each) else os.rmdir(each)
        self.assertTrue(file.write("two\n"))
        self.assertEqual(Path(path).read_text(), "two\n")

    def test_reopen(self) -> None:
        """
        It can be made again without a line, and a file that is there stays.
        """
        self.file.reopen()
        self.assertFalse(self.file.condition.again)
        os.unlink(self.path)
        self.file.reopen()
        self.assertEqual((self.content(), self.file.condition.again), ("", True))

    def test_reopenInVain(self) -> None:
        """
        What is in the way then is taken for what it is.
        """
        os.unlink(self.path)
        os.mkdir(self.path)
        self.file.reopen()
        self.assertEqual(self.file.condition.failed, os.strerror(errno.EISDIR))

    def test_pipe(self) -> None:
        """
        Nothing but a file is written to: a pipe that nobody reads would have the stack wait.
        """
        os.unlink(self.path)
        os.mkfifo(self.path)
        reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        self.assertFalse(self.file.write("two\n"))
        self.assertEqual(self.file.condition.failed, "it is not a regular file")
        os.unlink(self.path)
        self.assertTrue(self.file.write("three\n"))
        self.assertEqual(self.content(), "three\n")

    def test_foreignDirectory(self) -> None:
        """
        A directory that another user has put where ours was is not written to.
        """
        os.rename(self.directory, f"{self.directory}.old")
        os.mkdir(self.directory)
        self.patch(os, "geteuid", lambda: 12345)
        if os.stat(self.directory).st_uid == 0:
            os.chown(self.directory, 54321, -1)
        for _ in range(2):
            self.assertFalse(self.file.write("two\n"))
            self.assertIn("another user", self.file.condition.failed)
        self.assertEqual(os.listdir(self.directory), [])

    def test_full(self) -> None:
        """
        Of a line that there was no room for nothing remains, whole ones before it stay, and
        those that are lost are counted.
        """
        self.disk.room = 7
        self.assertFalse(self.file.write("two\nthree\nfour\n"))
        self.assertEqual((self.content(), self.file.condition.lost), ("one\ntwo\n", 2))
        self.assertFalse(self.file.write("five\n"))
        self.disk.room = None
        self.assertTrue(self.file.write("six\n"))
        self.assertEqual((self.content(), self.file.condition.lost), ("one\ntwo\nsix\n", 3))

    def test_torn(self) -> None:
        """
        Where the part cannot be taken back, the next line begins on a line of its own.
        """

        def refuse(descriptor: int, length: int) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        self.patch(os, "ftruncate", refuse)
        self.disk.room = 2
        self.assertFalse(self.file.write("two\n"))
        self.disk.room = None
        self.assertTrue(self.file.write("three\n"))
        self.assertEqual(self.content(), "one\ntw\nthree\n")


class RemarkTests(LogCase):
    """
    What is said.
    """

    def setUp(self) -> None:
        """
        Have a JSON log.
        """
        super().setUp()
        self.json = JsonLog(self.path, "TCPIP", Bounds())
        self.json.log = self.log
        self.json._remarks = self.remarks()
        self.addCleanup(self.json.close)

    def write(self, *texts: str) -> None:
        """
        Write entries.
        """
        for text in texts:
            self.json.write([Entry(1.0, "info", text)])

    def test_full(self) -> None:
        """
        Events around a full disk: every line parses, it is said once that there is no room, and
        once how many lines are lost.
        """
        self.write("one")
        self.disk.room = 20
        self.write("two", "three", "four")
        self.disk.room = None
        self.write("five", "six")
        self.assertEqual([json.loads(line)["text"] for line in self.content().splitlines()], ["one", "five", "six"])
        lost = said("SSLP670W", path=self.path, count=3, reason=FULL)
        self.assertEqual(self.said, [said("SSLP631W", path=self.path, reason=FULL), lost])

    def test_flapping(self) -> None:
        """
        A disk that is full every other line does not fill the logs with that.
        """
        for _ in range(50):
            self.disk.room = 20
            self.write("x")
            self.disk.room = None
            self.write("y")
        self.assertEqual(len(self.said), 3)
        self.now += REPORT_INTERVAL
        self.write("z")
        self.assertEqual(self.said[3:], [said("SSLP670W", path=self.path, count=49, reason=FULL)])

    def test_moved(self) -> None:
        """
        A file that is made again is named, with a line or when it is asked for.
        """
        again = said("SSLP671W", path=self.path)
        self.write("one")
        os.unlink(self.path)
        self.write("two")
        self.assertEqual(self.said, [again])
        os.unlink(self.path)
        self.json.reopen()
        self.assertEqual(self.said, [again, again])
        self.assertEqual(self.content(), "")

    def test_again(self) -> None:
        """
        The same trouble is said again when it comes again, though no line was lost the first time.
        """
        self.write("one")
        for _ in range(2):
            os.unlink(self.path)
            os.mkdir(self.path)
            self.json.reopen()
            self.json.reopen()
            os.rmdir(self.path)
            self.write("two")
        self.assertEqual([each.id for each in self.said], ["SSLP631W", "SSLP671W"] * 2)

    def test_saidInItself(self) -> None:
        """
        What is said may itself come to the log that it is about; there is no end of it all the same.
        """
        reasons = iter(range(1000))

        def write(descriptor: int, octets: bytes) -> int:
            raise OSError(errno.EIO, f"reason {next(reasons)}")

        self.json.log = Logger(observer=LogPublisher(lambda event: self.write("said")))  # type: ignore[arg-type]
        self.write("one")
        self.patch(os, "write", write)
        self.write("two", "three")
        self.assertEqual(next(reasons), 4)


class ConsoleTests(LogCase):
    """
    Consoles.
    """

    def test_everything(self) -> None:
        """
        A console that was removed with its directory begins with a banner again; one on a full
        disk counts what is lost.
        """
        consoles = Consoles(self.directory, "TCPIP", "TCPMAINT", Bounds())
        consoles.log, consoles._remarks = self.log, self.remarks()
        self.addCleanup(consoles.close)
        path = os.path.join(self.directory, "TCPIP.console")
        consoles.write([Entry(1.0, "info", "one")])
        os.unlink(path)
        os.rmdir(self.directory)
        consoles.write([Entry(1.0, "info", "two")])
        self.disk.room = 3
        consoles.write([Entry(1.0, "info", "three")])
        self.disk.room = None
        consoles.write([Entry(1.0, "info", "four")])
        lines = Path(path).read_text().splitlines()
        self.assertEqual([line[:8] for line in lines[:1]], ["********"])
        self.assertEqual([line.split()[-1] for line in lines if "****" not in line], ["two", "four"])
        self.assertEqual([each.id for each in self.said], ["SSLP671W", "SSLP631W", "SSLP670W"])
        os.unlink(path)
        consoles.reopen()
        self.assertTrue(os.path.exists(path))


class KeyLogTests(LogCase):
    """
    Key logs.
    """

    def setUp(self) -> None:
        """
        Have one.
        """
        super().setUp()
        self.keys = KeyFile(self.directory)
        self.keys.log, self.keys._remarks = self.log, self.remarks()
        self.addCleanup(self.keys.close)
        self.assertEqual(self.keys.open("log", anywhere=False), self.path)

    def test_removed(self) -> None:
        """
        A key log that was removed is made again; where somebody's file is in its place, that gets no keys.
        """
        self.keys.write("one")
        os.unlink(self.path)
        self.keys.write("two")
        self.assertEqual(self.content(), "two\n")
        os.unlink(self.path)
        Path(self.path).write_text("")
        self.keys.write("three")
        self.assertEqual((self.content(), self.keys.close()), ("", 2))
        self.assertEqual([each.id for each in self.said], ["SSLP671W", "SSLP631W"])

    def test_full(self) -> None:
        """
        After a full disk the same file is gone on with.
        """
        self.disk.room = 2
        self.keys.write("one")
        self.disk.room = None
        self.keys.write("two")
        self.assertEqual((self.content(), self.keys.close()), ("two\n", 1))
        self.assertEqual([each.id for each in self.said], ["SSLP631W", "SSLP670W"])


class TwistdTests(LogCase):
    """
    The log of twistd itself.
    """

    def test_broken(self) -> None:
        """
        Where it cannot be written, the others say so once, without a traceback for each event, and
        how many lines it lacks when it can.
        """
        self.breakWith(OSError(errno.EIO, "Input/output error"))

    def test_closed(self) -> None:
        """
        So it is where twistd itself has closed its file in vain.
        """
        self.breakWith(ValueError("I/O operation on closed file"))

    def breakWith(self, error: Exception) -> None:
        """
        Have it broken for three events.
        """
        trouble = [error]

        def twistd(event: object) -> None:
            if trouble:
                raise trouble[0]

        publisher, clock = LogPublisher(twistd), Clock()  # type: ignore[arg-type]
        logs = Logs(KeyFile(self.directory), clock, "SSLDCSSM", publisher)
        logs.log = Logger(observer=publisher)
        logs._remarks = self.remarks()
        kept = JsonLog(self.path, "TCPIP", Bounds())
        logs.use([kept])
        logs.wire(FakePool())
        logs.startService()
        self.addCleanup(logs.stopService)
        log = Logger(observer=publisher)
        for number in range(3):
            log.info("event {number}", number=number)
        trouble.clear()
        log.info("event 3")
        log.info("event 4")
        clock.advance(HELD)
        heard = [json.loads(line) for line in self.content().splitlines()]
        self.assertEqual([each for each in heard if "Traceback" in each["text"]], [])
        self.assertEqual([each["messageId"] for each in heard if "messageId" in each], ["SSLP631W", "SSLP670W"])
        self.assertEqual(len(heard), 7)
