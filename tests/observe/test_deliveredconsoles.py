# -*- test-case-name: tests.observe.test_deliveredconsoles -*-
"""
Tests for L{sslpool.observe.deliveredconsoles} and L{sslpool.observe.console}.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from pathlib import Path

from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sslpool.interfaces import IConsoles
from sslpool.messages import OperatorError, said
from sslpool.observe.bounded import Bounds
from sslpool.observe.console import DELIVERED
from sslpool.observe.deliveredconsoles import Consoles
from sslpool.observe.logs import Entry, ILog, lineEntry
from tests.logs import texts

NOON = 1_795_608_000.0
"""
2026-11-25 12:00:00 UTC, a Wednesday.
"""

BANNER = "******** Console of {}, Wednesday 2026-11-25 UTC ********\n"


class ConsolesTests(SynchronousTestCase):
    """
    The consoles of a stack.
    """

    def setUp(self) -> None:
        """
        Have consoles, and the time zone UTC.
        """
        before = os.environ.get("TZ")
        self.addCleanup(self.zone, before)
        self.zone("UTC")
        self.directory = self.mktemp()
        self.now = NOON
        self.consoles = self.make()

    def zone(self, name: str | None) -> None:
        """
        Take a time zone.
        """
        if name is None:
            os.environ.pop("TZ", None)
        else:
            os.environ["TZ"] = name
        time.tzset()

    def make(self, bounds: Bounds | None = None, stamp: str = "ON") -> Consoles:
        """
        Make consoles.
        """
        consoles = Consoles(self.directory, "TCPIP", "TCPMAINT", bounds or Bounds(), stamp, lambda: self.now)
        self.addCleanup(consoles.close)
        return consoles

    def delivered(self, consoles: Consoles) -> tuple[str, int]:
        """
        Have the stack's console closed, which has lines; return where it is and how many.
        """
        delivered = consoles.deliver("TCPIP")
        assert delivered is not None
        return delivered

    def text(self, name: str) -> str:
        """
        Return what a console has.
        """
        return Path(self.directory, f"{name}.console").read_text("utf-8")

    def test_interfaces(self) -> None:
        """
        They are a log, and can be delivered.
        """
        verifyObject(ILog, self.consoles)
        verifyObject(IConsoles, self.consoles)

    def test_whose(self) -> None:
        """
        The stack's console has all but lines of traces; a server's has what is about the server, and these.
        """
        self.consoles.write([Entry(NOON, "info", "SSLP001I about the stack")])
        self.consoles.write([Entry(NOON + 1, "info", "SSLP100I SSL00001 is there", server="SSL00001")])
        traced = lineEntry("SSL00001", NOON + 2, said("SSLP645I", number=1, step="so"))
        self.consoles.write([traced, lineEntry("SSL00002", NOON, "x")])
        stack = BANNER.format("TCPIP") + "12:00:00 SSLP001I about the stack\n12:00:01 SSLP100I SSL00001 is there\n"
        self.assertEqual(self.text("TCPIP"), stack)
        first = BANNER.format("SSL00001") + "12:00:01 SSLP100I SSL00001 is there\n12:00:02 SSLP645I Connection 1: so\n"
        self.assertEqual(self.text("SSL00001"), first)
        self.assertEqual(self.text("SSL00002"), BANNER.format("SSL00002") + "12:00:00 x\n")

    def test_midnight(self) -> None:
        """
        A banner stands where a date begins; every line of a text has its time.
        """
        self.consoles.write([Entry(NOON, "info", "before")])
        self.consoles.write([Entry(NOON + 12 * 3600, "info", "after\nthat")])
        lines = self.text("TCPIP").splitlines()
        self.assertEqual(lines[1:], [
            "12:00:00 before",
            "******** Console of TCPIP, Thursday 2026-11-26 UTC ********",
            "00:00:00 after",
            "00:00:00 that",
        ])  # fmt: skip

    def test_zone(self) -> None:
        """
        The time is that of the zone that the process has.
        """
        self.zone("EST5EDT")
        self.consoles.write([Entry(NOON, "info", "text")])
        self.assertIn("2026-11-25 EST ****", self.text("TCPIP"))
        self.assertIn("\n07:00:00 text\n", self.text("TCPIP"))

    def test_milliseconds(self) -> None:
        """
        On request the time is to the millisecond, which is never rounded up into the next second.
        """
        self.make(stamp="MS").write([Entry(NOON + 0.0625, "info", "text"), Entry(NOON + 0.99999, "info", "later")])
        self.assertEqual(self.text("TCPIP").splitlines()[1:], ["12:00:00.062 text", "12:00:00.999 later"])

    def test_unstamped(self) -> None:
        """
        Without time stamps a line begins with its text.
        """
        self.make(stamp="OFF").write([Entry(NOON, "info", "text")])
        self.assertEqual(self.text("TCPIP"), BANNER.format("TCPIP") + "text\n")

    def test_bounded(self) -> None:
        """
        A console that would be too large is put aside; the next one begins with a banner.
        """
        consoles = self.make(Bounds(size=200, keep=1))
        for number in range(9):
            consoles.write([Entry(NOON, "info", f"line {number} " + "x" * 40)])
        names = sorted(os.listdir(self.directory))
        self.assertEqual(names, ["TCPIP.console", "TCPIP.console.1"])
        for name in names:
            text = Path(self.directory, name).read_text("utf-8")
            self.assertTrue(text.startswith(BANNER.format("TCPIP")), text)
            self.assertEqual(text.count("****\n"), 1)
            self.assertLessEqual(len(text), 200 + len(BANNER))

    def test_deliver(self) -> None:
        """
        A console that is closed is handed to its owner with what was put aside, and read in
        order; another one is begun.
        """
        consoles = self.make(Bounds(size=4096, keep=9))
        for number in range(100):
            consoles.write([Entry(NOON, "info", f"line {number:03} " + "é" * 40)])
        path, lines = self.delivered(consoles)
        self.assertEqual(lines, 100)
        owner = os.path.join(self.directory, "TCPMAINT")
        self.assertEqual(path, os.path.join(owner, "TCPIP.20261125-120000.console"))
        self.assertEqual(stat.S_IMODE(os.stat(owner).st_mode), 0o700)
        read, offset = "", 0
        while text := consoles.read("TCPIP", offset):
            self.assertTrue(text.endswith("\n"))
            read += text
            offset += len(text.encode())
        numbers = [int(line.split()[2]) for line in read.splitlines() if "line" in line]
        self.assertEqual(numbers, list(range(100)))
        consoles.write([Entry(NOON + 1, "info", "next")])
        self.assertEqual(self.text("TCPIP"), BANNER.format("TCPIP") + "12:00:01 next\n")
        self.assertNotIn("next", consoles.read("TCPIP", 0))
        again, lines = self.delivered(consoles)
        self.assertEqual((os.path.basename(again), lines), ("TCPIP.20261125-120000-2.console", 1))

    def test_deliverNothing(self) -> None:
        """
        A console without lines is not delivered.
        """
        self.assertIsNone(self.consoles.deliver("SSL00001"))
        self.assertEqual(self.consoles.read("SSL00001", 0), "")

    def test_last(self) -> None:
        """
        Where the lines are that were delivered last is known as long as they are there; then there are none to read.
        """
        self.assertEqual(self.consoles.last("TCPIP"), "")
        self.consoles.write([Entry(NOON, "info", "text")])
        path, _ = self.delivered(self.consoles)
        self.assertIsNone(self.consoles.deliver("TCPIP"))
        self.assertEqual((self.consoles.last("TCPIP"), self.consoles.read("TCPIP", 0)[-5:]), (path, "text\n"))
        os.unlink(path)
        self.assertEqual((self.consoles.last("TCPIP"), self.consoles.read("TCPIP", 0)), ("", ""))

    def test_gone(self) -> None:
        """
        A console that is gone is said to be, once and with its lines, whosever it is; what is written then is
        another one.
        """
        for userid in ("TCPIP", "SSLDCSSM", "SSL00001"):
            server = "" if userid == "TCPIP" else userid
            entry = Entry(NOON, "info", "text", server=server, traced=bool(server))
            self.consoles.write([entry, entry])
            shutil.rmtree(self.directory)
            gone = self.assertRaises(OperatorError, self.consoles.deliver, userid).said
            path = os.path.join(self.directory, f"{userid}.console")
            self.assertEqual(gone, said("SSLP189E", server=userid, lines=2, path=path))
            self.assertIsNone(self.consoles.deliver(userid))
            self.consoles.write([entry])
            delivered = self.consoles.deliver(userid)
            assert delivered is not None
            self.assertEqual(delivered[1], 1)

    def test_reopened(self) -> None:
        """
        A console that was created again without a line is gone as well, and there is nothing to deliver.
        """
        self.consoles.write([Entry(NOON, "info", "text")])
        shutil.rmtree(self.directory)
        self.consoles.reopen()
        self.assertEqual(self.text("TCPIP"), "")
        self.assertEqual(self.assertRaises(OperatorError, self.consoles.deliver, "TCPIP").said.id, "SSLP189E")
        self.assertIsNone(self.consoles.deliver("TCPIP"))
        self.consoles.write([Entry(NOON, "info", "next")])
        self.assertEqual(self.delivered(self.consoles)[1], 1)

    def test_writtenAgain(self) -> None:
        """
        Lines of a file that was gone before the next ones came do not count with these.
        """
        self.consoles.write([Entry(NOON, "info", "text")] * 3)
        os.unlink(os.path.join(self.directory, "TCPIP.console"))
        self.consoles.write([Entry(NOON, "info", "next")])
        self.assertEqual(self.delivered(self.consoles)[1], 1)

    def test_deliveredBounded(self) -> None:
        """
        Only so many closed consoles are kept.
        """
        for number in range(DELIVERED + 3):
            self.now = NOON + number
            self.consoles.write([Entry(self.now, "info", "text")])
            last, _ = self.delivered(self.consoles)
        kept = sorted(os.listdir(os.path.join(self.directory, "TCPMAINT")))
        self.assertEqual(len(kept), DELIVERED)
        self.assertEqual(kept[-1], os.path.basename(last))

    def close(self, count: int, moment: float = NOON) -> list[str]:
        """
        Close so many consoles of the stack at once; return where they are, the oldest first.
        """
        self.now = moment
        paths = []
        for _ in range(count):
            self.consoles.write([Entry(moment, "info", "text")])
            paths.append(self.delivered(self.consoles)[0])
        return paths

    def kept(self) -> set[str]:
        """
        Return where the consoles are that are kept.
        """
        owner = os.path.join(self.directory, "TCPMAINT")
        return {os.path.join(owner, name) for name in os.listdir(owner)}

    def test_deliveredAtOnce(self) -> None:
        """
        Of more than are kept, all closed within a second, those that were closed last are kept; no
        name comes again.  So it is when another stack goes on.
        """
        paths = self.close(3 * DELIVERED)
        self.assertEqual(len(set(paths)), 3 * DELIVERED)
        self.assertEqual(self.kept(), set(paths[-DELIVERED:]))
        self.consoles = self.make()
        paths += self.close(DELIVERED // 2)
        self.assertEqual(self.kept(), set(paths[-DELIVERED:]))

    def test_clockBack(self) -> None:
        """
        After the clock was set back, the consoles that were closed since then are kept, though their
        dates are before those of all others.
        """
        paths = self.close(DELIVERED)
        paths += [path for number in range(5) for path in self.close(2, NOON - 3600 + number)]
        self.assertEqual(self.kept(), set(paths[-DELIVERED:]))

    def test_others(self) -> None:
        """
        What is not a closed console of the userid is left alone.
        """
        self.close(1)
        others = {
            os.path.join(self.directory, "TCPMAINT", name)
            for name in ("TCPIP.console", "TCPIP.notes.console", "TCPIP2.20261125-120000.console")
        }
        for path in others:
            Path(path).touch()
        self.close(2 * DELIVERED)
        self.assertLessEqual(others, self.kept())

    def test_deliveredAfterClockSet(self) -> None:
        """
        After the clock was set back the console that is delivered is kept, though its date is
        before those of all others.
        """
        for number in range(DELIVERED):
            self.now = NOON + number
            self.consoles.write([Entry(self.now, "info", "text")])
            self.delivered(self.consoles)
        self.now = NOON - 3600
        self.consoles.write([Entry(self.now, "info", "text")])
        last, _ = self.delivered(self.consoles)
        self.assertTrue(os.path.exists(last))
        self.assertEqual(len(os.listdir(os.path.dirname(last))), DELIVERED)

    def test_unwritable(self) -> None:
        """
        That a console cannot be written is said once for each reason, and nothing else happens.
        """
        os.mkdir(os.path.join(self.directory, "TCPIP.console"))
        with capturedLogs() as events:
            for _ in range(3):
                self.consoles.write([Entry(NOON, "info", "text")])
        (text,) = texts(events)
        self.assertTrue(text.startswith("SSLP631W The log "), text)

    def test_directory(self) -> None:
        """
        A directory that cannot be made is an error of the operator's.
        """
        Path(self.directory, "file").write_text("")
        self.directory = os.path.join(self.directory, "file", "below")
        self.assertEqual(self.assertRaises(OperatorError, self.make).said.id, "SSLP633E")
