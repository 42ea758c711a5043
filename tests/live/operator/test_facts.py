"""
The comparing itself: a changed word fails, and a mark stands for nothing but what it is for.
"""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.live.operator import transcript
from tests.live.operator.facts import Facts
from tests.live.programs import Outcome

BEGUN = datetime(2026, 3, 5, 7, 30, 20, tzinfo=UTC).timestamp()
"""
When the tests of this module begin: 12:30:20 in their zone.
"""
NOW = BEGUN + 40


class FactsTests(SynchronousTestCase):
    """
    L{Facts}.
    """

    def setUp(self) -> None:
        self.facts = Facts(BEGUN)

    def marked(self, text: str) -> str:
        """
        Return what stands for a text forty seconds later.
        """
        return self.facts.marked(text, NOW)

    def same(self, *texts: str) -> None:
        """
        Nothing stands for any of them.
        """
        for text in texts:
            self.assertEqual(self.marked(text), text)

    def test_zone(self) -> None:
        """
        It is noon, and never the hour of UTC.
        """
        self.assertEqual(self.facts.zone, "NOON-5")
        self.assertEqual(Facts(BEGUN + 10 * 3600).zone, "NOON+5")
        self.assertEqual(Facts(BEGUN + 5 * 3600).zone, "NOON+1")

    def test_moments(self) -> None:
        """
        A moment between the beginning and now, in noon's zone or, which is said, in UTC.
        """
        self.assertEqual(self.marked("since 2026-03-05 12:30:59"), "since ‹a moment of today›")
        self.assertEqual(self.marked("since 2026-03-05 07:30:59"), "since ‹a moment of today, UTC›")
        self.assertEqual(self.marked("12:30:21 SSLP001I"), "‹moment› SSLP001I")
        self.assertEqual(self.marked("A.20260305-123025.console"), "A.‹a moment, packed›.console")
        self.assertEqual(self.marked(f'"since": {BEGUN + 0.25}'), '"since": ‹epoch›')
        self.assertEqual(self.marked("Console, Thursday 2026-03-05 NOON"), "Console, ‹day› NOON")

    def test_otherMoments(self) -> None:
        """
        Nothing stands for a moment before the beginning or after now, or for what is written in another way.
        """
        self.same("2026-03-05 12:30:18", "2026-03-05 12:31:01", "2026-03-06 12:31:30", "2025-03-05 12:30:30")
        self.same("12:30:18", "12:31:01", "20260305-123118", f"{BEGUN - 2}", f"{NOW + 2}", "Friday 2026-03-05")
        self.same("2026-3-5 12:30:30", "2026-03-05T12:30:30", "12:30", "2026-13-45 12:30:30", "12:30:30.5")

    def test_later(self) -> None:
        """
        What ends as many days after the beginning as the test knows.
        """
        self.assertEqual(self.marked("until 2026-03-06 12:30:30"), "until ‹a moment tomorrow›")
        self.same("2026-06-03 12:30:30", "2026-06-03")
        self.facts.days(90)
        self.assertEqual(self.marked("until 2026-06-03 12:30:30"), "until ‹moment in 90 days›")
        self.assertEqual(self.marked("until 2026-06-03 07:30:30"), "until ‹moment in 90 days, UTC›")
        self.assertEqual(self.marked("WEB  2026-06-03  89"), "WEB  ‹+90 days›  89")
        self.same("2026-06-02", "2026-06-04", "2026-06-03 12:31:01")

    def test_durations(self) -> None:
        """
        An age or a duration that is not longer than the test.
        """
        self.assertEqual(self.marked("up 00:00:40"), "up ‹passed›")
        self.assertEqual(self.marked("ready in 40000 ms"), "ready in ‹n› ms")
        self.assertEqual(self.marked("14 sent, 1.5 seconds"), "14 sent, ‹n› seconds")
        self.same("up 00:00:41", "40001 ms", "40.1 seconds", "86400 seconds", "5 s", "5 msec", "-5 ms")

    def test_ports(self) -> None:
        """
        The ports that the test knows, and no other number.
        """
        self.facts.port(40123, "web")
        self.assertEqual(self.marked("*..40123 [::]:40123 PORT 40123,"), "*..‹web› [::]:‹web› PORT ‹web›,")
        self.same("40124", "140123", "401234", "x40123", "40123x", "-40123")

    def test_processes(self) -> None:
        """
        The processes that the test knows, where a process is named, and no other number.
        """
        self.facts.pid(600, "p1a")
        self.assertEqual(self.marked('process 600, "pid": 600'), 'process ‹p1a›, "pid": ‹p1a›')
        self.same("process 601", "process 6000", "MAXPERSSLSERVER 600", "pid: 600")

    def test_both(self) -> None:
        """
        A process that has the number of a port.
        """
        self.facts.port(40123, "web")
        self.facts.pid(40123, "p1a")
        self.assertEqual(self.marked("process 40123, port 40123"), "process ‹p1a›, port ‹web›")
        self.assertEqual(self.marked("A    Pid\n-  -----\nA  40123\n"), "A    Pid\n-  -----\nA  ‹p1a›\n")

    def test_columns(self) -> None:
        """
        The column of process ids in a table has the same width whatever the ids have.
        """
        tables = []
        for pid in (7, 600, 27480, 4194303):
            facts = Facts(BEGUN)
            facts.pid(pid, "p1a")
            width = max(len(str(pid)), 3)
            rows = (("Server", "Pid"), ("------", "-" * width), ("A     ", str(pid)), ("B     ", "-"))
            table = "".join(f"{name}  {number.rjust(width)}  now\n" for name, number in rows)
            table = table.replace("-  now", "-  ---", 1)
            tables.append(facts.marked(f"{table}\nPid 600\n", NOW))
        self.assertEqual(set(tables[1:]), {tables[0]})
        self.assertIn("\nA       ‹p1a›  now\nB           -  now\n", tables[0])

    def test_unknownProcess(self) -> None:
        """
        A process that the test does not know stays in its column.
        """
        self.assertIn("27481", self.marked("A    Pid\n-  -----\nA  27481\n"))

    def test_texts(self) -> None:
        """
        What the test has made: a path, and a digest that may stand in two lines.
        """
        self.facts.text("/tmp/live1", "~")
        self.facts.digest("AA:BB:CC:DD", "WEB")
        self.assertEqual(self.marked("/tmp/live1/run AA:BB:CC:DD"), "~/run ‹digest of WEB›:‹its rest›")
        self.assertEqual(self.marked("AA:BB\nCC:DD"), "‹digest of WEB›\n‹its rest›")
        self.same("/tmp/live2/run", "AA:BC")

    def test_marks(self) -> None:
        """
        An answer that has a mark is none.
        """
        self.assertRaises(AssertionError, self.marked, "up ‹passed›")


class TranscriptTests(SynchronousTestCase):
    """
    The transcript, and its comparing.
    """

    def setUp(self) -> None:
        self.directory = tempfile.mkdtemp()
        self.addCleanup(os.rmdir, self.directory)
        self.patch(transcript, "EXPECTED", Path(self.directory))
        self.patch(os, "environ", {key: value for key, value in os.environ.items() if key != transcript.WRITE})

    def expect(self, text: str) -> None:
        """
        Write expectations.
        """
        path = Path(self.directory, "part.txt")
        path.write_text(text, "utf-8")
        self.addCleanup(path.unlink)

    def test_answer(self) -> None:
        """
        Output, errors and exit status are told apart.
        """
        seen = transcript.answer("ssladmin q", Outcome(1, "out\n", "wrong\n  next\n"))
        self.assertEqual(seen, "\n$ ssladmin q\nout\n! wrong\n!   next\n[exit 1]\n")
        self.assertEqual(transcript.answer("true", Outcome(0, "", "")), "\n$ true\n")
        self.assertEqual(transcript.answer("echo -n", Outcome(0, "a", "")), "\n$ echo -n\na\n[no newline]\n")

    def test_console(self) -> None:
        """
        A text of several lines has several on the console.
        """
        self.assertEqual(transcript.console(["SSLP1 a\n  b", "SSLP2"]), "> SSLP1 a\n>   b\n> SSLP2\n")

    def test_ambiguous(self) -> None:
        """
        Output that looks like a part of the transcript is refused.
        """
        for line in ("! wrong", "$ ls", "[exit 1]", "> SSLP001I", "# note", "[no newline]"):
            self.assertRaises(AssertionError, transcript.answer, "echo", Outcome(0, f"{line}\n", ""))

    def test_same(self) -> None:
        """
        What is expected passes.
        """
        self.expect("$ ls\na\n")
        transcript.compare("part.txt", "$ ls\na\n")

    def test_changed(self) -> None:
        """
        A changed word, exit status, or error instead of output fails with a diff that shows it.
        """
        self.expect("$ ls\nSSL00001 is Active\nb\n")
        for seen, shown in (
            ("$ ls\nSSL00001 is Stopped\nb\n", "-SSL00001 is Active\n+SSL00001 is Stopped\n"),
            ("$ ls\nSSL00001 is Active\nb\n[exit 1]\n", "+[exit 1]"),
            ("$ ls\nSSL00001 is Active\n! b\n", "-b\n+! b"),
            ("$ ls\nSSL00001 is Active \nb\n", "+SSL00001 is Active "),
            ("$ ls\nSSL00001 is Active\nb", "+[no newline]"),
        ):
            failure = self.assertRaises(AssertionError, transcript.compare, "part.txt", seen)
            self.assertIn(shown, str(failure))

    def test_missing(self) -> None:
        """
        Without a file of expectations everything is new.
        """
        self.assertRaises(AssertionError, transcript.compare, "part.txt", "$ ls\n")

    def test_written(self) -> None:
        """
        The expectations are written where that is asked for, and only then.
        """
        self.expect("old\n")
        os.environ[transcript.WRITE] = "yes"
        transcript.compare("part.txt", "new\n")
        self.assertEqual(Path(self.directory, "part.txt").read_text("utf-8"), "new\n")
