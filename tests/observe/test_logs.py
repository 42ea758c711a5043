# -*- test-case-name: tests.observe.test_logs -*-
"""
Tests for L{sslpool.observe.logs}, L{sslpool.observe.jsonlines} and L{sslpool.observe.choices}.
"""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.logger import Logger, LogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from sslpool.messages import OperatorError, Said, said
from sslpool.messages.announce import announce, announceFault, announceSaid
from sslpool.observe.bounded import Bounds
from sslpool.observe.choices import Habits, chooseLogs
from sslpool.observe.jsonlines import JsonLog, plain
from sslpool.observe.keylog import KeyFile
from sslpool.observe.logs import HELD, MOST_HELD, Entry, ILog, Logs
from sslpool.server.console import LONGEST_LINE, Console
from sslpool.wire.member import WriteConsole
from tests.neighbours import FakePool


@implementer(ILog)
class KeptLog:
    """
    Keeps entries.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.closed = False
        self.reopened = 0

    def write(self, entries: Sequence[Entry]) -> None:
        """
        Keep them.
        """
        self.entries += entries

    def reopen(self) -> None:
        """
        Count.
        """
        self.reopened += 1

    def close(self) -> None:
        """
        Take note.
        """
        self.closed = True


class LogsTests(SynchronousTestCase):
    """
    From events to entries.
    """

    def setUp(self) -> None:
        """
        Have a log that keeps entries, and a publisher of events.
        """
        publisher = LogPublisher()
        self.clock = Clock()
        self.logs = Logs(KeyFile("."), self.clock, "SSLDCSSM", publisher)
        self.log = Logger(observer=publisher)
        self.kept = KeptLog()
        self.logs.use([self.kept])
        self.logs.wire(FakePool(["SSL00001", "SSL00002"]))
        self.logs.startService()

    def entries(self) -> list[Entry]:
        """
        Return what has been logged, when nothing is held back any more.
        """
        self.clock.advance(HELD)
        return self.kept.entries

    def test_agent(self) -> None:
        """
        The agent has a console as servers have.
        """
        announce(self.log, "SSLP101I", server="SSLDCSSM", pid=1)
        self.assertEqual([entry.server for entry in self.entries()], ["SSLDCSSM"])

    def test_order(self) -> None:
        """
        Lines of a server come late, and stand where they belong; a console that is closed has what has come.
        """
        announce(self.log, "SSLP106I", server="SSL00001", pid=17)
        before = self.logs._held[0].when - 0.1
        self.logs.lines("SSL00001", [before], ["earlier"])
        self.assertEqual(self.kept.entries, [])
        self.assertEqual([entry.text[:8] for entry in self.entries()], ["earlier", "SSLP106I"])
        self.logs.lines("SSL00001", [1.0], ["x"])
        self.assertRaises(OperatorError, self.logs.deliver, "SSL00001")
        self.assertEqual(self.kept.entries[-1].text, "x")

    def test_burst(self) -> None:
        """
        Not more is held back than there is room for.
        """
        self.logs.lines("SSL00001", [1.0] * MOST_HELD, ["x"] * MOST_HELD)
        self.assertEqual((len(self.kept.entries), self.clock.getDelayedCalls()), (MOST_HELD, []))

    def test_message(self) -> None:
        """
        A message has its id, its fields and its server.
        """
        announce(self.log, "SSLP106I", server="SSL00001", pid=17)
        (entry,) = self.entries()
        self.assertEqual((entry.messageId, entry.server, entry.level), ("SSLP106I", "SSL00001", "info"))
        self.assertEqual(entry.fields, {"server": "SSL00001", "pid": "17"})
        self.assertGreater(entry.when, 1_700_000_000)

    def test_filledIn(self) -> None:
        """
        A message that was filled in elsewhere is about the server that it names first.
        """
        announceSaid(self.log, said("SSLP106I", server="SSL00002", pid=1))
        announceSaid(self.log, said("SSLP106I", server="MALLORY", pid=1))
        self.assertEqual([entry.server for entry in self.entries()], ["SSL00002", ""])
        self.assertEqual(self.entries()[0].fields, {"server": "SSL00002", "pid": "1"})

    def test_namedElsewhere(self) -> None:
        """
        What an administrator did has who it was, what, and the server that it was done to.
        """
        announce(self.log, "SSLP412I", caller="ALICE (uid 7)", command="STOP", server="SSL00002")
        announceSaid(self.log, said("SSLP112E", server="SSL00001"))
        first, second = self.entries()
        self.assertEqual(first.fields, {"caller": "ALICE (uid 7)", "command": "STOP", "server": "SSL00002"})
        self.assertEqual([entry.server for entry in (first, second)], ["SSL00002", "SSL00001"])

    def test_failure(self) -> None:
        """
        A fault has its traceback; what is for developers only is left out.
        """
        self.log.debug("for developers")
        self.log.failure("fault", Failure(ZeroDivisionError("unforeseen")))
        (entry,) = self.entries()
        self.assertIn("ZeroDivisionError: unforeseen", entry.text)
        self.assertEqual(entry.level, "critical")

    def test_lines(self) -> None:
        """
        Lines of a server's console come with their ids; nobody else has a console.
        """
        failed = said("SSLP642W", number=1, client="", local="", reason="no", name="-", version="-")
        self.logs.lines("SSL00001", [1.0, 2.0], [failed, "  0000 dump"])
        self.logs.lines("SSL00001", [3.0], [said("SSLP112E", server="SSL00002")])
        self.logs.lines("MALLORY", [1.0], ["x"])
        found = [(each.when, each.level, each.messageId, each.traced) for each in self.entries()]
        traced = [(1.0, "warn", "SSLP642W", True), (2.0, "info", "", True), (3.0, "error", "SSLP112E", True)]
        self.assertEqual(found, traced)
        self.assertEqual(self.entries()[2].fields, {"server": "SSL00002"})

    def test_stopped(self) -> None:
        """
        A service that has stopped hears nothing more.
        """
        self.logs.stopService()
        self.log.info("later")
        self.assertEqual((self.entries(), self.kept.closed), ([], True))

    def test_reopen(self) -> None:
        """
        All logs are asked to make again what is missing, and that is said.
        """
        self.logs.log = self.log
        self.logs.reopen("SIGUSR1")
        self.assertEqual([entry.messageId for entry in self.entries()], ["SSLP672I"])
        self.assertEqual(self.kept.reopened, 1)

    def test_noConsoles(self) -> None:
        """
        Where no consoles are kept, none can be closed.
        """
        for call in (lambda: self.logs.deliver("SSL00001"), lambda: self.logs.read("SSL00001", 0)):
            self.assertEqual(self.assertRaises(OperatorError, call).said.id, "SSLP632E")


class JsonTests(SynchronousTestCase):
    """
    The log for programs.
    """

    def test_lines(self) -> None:
        """
        Each entry is an object on a line of its own, whatever it holds; what is empty is left out.
        """
        path = self.mktemp()
        log = JsonLog(path, "TCPIP", Bounds())
        verifyObject(ILog, log)
        first = Entry(1.5, "info", "two\nlines", "SSLP001I", "", {"x": "\ud800"})
        log.write([first, Entry(2, "warn", "é", server="S")])
        log.close()
        self.assertEqual([json.loads(line) for line in Path(path).read_text("utf-8").splitlines()], [
            {"time": "1970-01-01T00:00:01.500Z", "level": "info", "stack": "TCPIP", "messageId": "SSLP001I",
             "text": "two\nlines", "fields": {"x": "\ud800"}},
            {"time": "1970-01-01T00:00:02.000Z", "level": "warn", "stack": "TCPIP", "server": "S", "text": "é"},
        ])  # fmt: skip

    def test_zone(self) -> None:
        """
        Times have the offset of the time zone that the process has.
        """
        self.addCleanup(time.tzset)
        before = os.environ.pop("TZ", None)
        self.addCleanup(lambda: os.environ.pop("TZ") if before is None else os.environ.update(TZ=before))
        os.environ["TZ"] = "<+0545>-5:45"
        time.tzset()
        self.assertEqual(plain(Entry(1.5, "info", "text"), "TCPIP")["time"], "1970-01-01T05:45:01.500+05:45")

    def logged(self, use: Callable[[Logs, Logger], object]) -> list[dict[str, object]]:
        """
        Return what comes to a log for programs while C{use} makes use of all logs.
        """
        path, publisher = self.mktemp(), LogPublisher()
        logs = Logs(KeyFile("."), Clock(), "SSLDCSSM", publisher)
        logs.wire(FakePool(["SSL00001"]))
        logs.use([JsonLog(path, "TCPIP", Bounds())])
        logs.startService()
        use(logs, Logger(observer=publisher))
        logs.stopService()
        return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]

    def test_console(self) -> None:
        """
        A message that a server writes on its console has its id, its level and its fields; one that was too
        long has its id and its level, and what was shown of it.
        """
        failed = {"client": "192.0.2.1:4711", "local": "127.0.0.1:443", "reason": "no", "name": "-", "version": "-"}
        long = said("SSLP647I", number=2, what="x" * LONGEST_LINE)

        def use(logs: Logs, log: Logger) -> None:
            def send(times: list[float], lines: list[Said | str]) -> Deferred[object]:
                sent = {"server": "SSL00001", "times": times, "lines": lines}
                logs.lines(**WriteConsole.parseArguments(WriteConsole.makeArguments(sent, None), None))
                return succeed(None)

            console = Console(Clock(), lambda: 1.5, send)
            console.writeAll((said("SSLP642W", number=1, **failed), "  0000 dump", long))
            console.flush()

        common = {"time": "1970-01-01T00:00:01.500Z", "stack": "TCPIP", "server": "SSL00001"}
        text = "SSLP642W Connection 1: handshake of 192.0.2.1:4711 with 127.0.0.1:443 failed: no; "
        self.assertEqual(self.logged(use), [
            {**common, "level": "warn", "messageId": "SSLP642W", "fields": {"number": "1", **failed},
             "text": f"{text}server name -, version -"},
            {**common, "level": "info", "text": "  0000 dump"},
            {**common, "level": "info", "messageId": "SSLP647I", "text": str(long)[:LONGEST_LINE]},
        ])  # fmt: skip

    def test_fault(self) -> None:
        """
        A fault of ours that is about a server has the server.
        """
        failure = Failure(ZeroDivisionError("unforeseen"))
        (line,) = self.logged(lambda logs, log: announceFault(log, "a test was run", failure, "SSL00001"))
        self.assertEqual((line["messageId"], line["server"], line["level"]), ("SSLP198E", "SSL00001", "critical"))
        self.assertEqual(line["fields"], {"activity": "a test was run", "server": "SSL00001"})

    def test_unwritable(self) -> None:
        """
        A log that cannot be written says so once.
        """
        log = JsonLog("/dev/full", "TCPIP", Bounds())
        heard: list[str] = []
        publisher = LogPublisher(lambda event: heard.append(event["messageId"]))  # type: ignore[arg-type]
        log.log = Logger(observer=publisher)
        for _ in range(3):
            log.write([Entry(1, "info", "x")])
        self.assertEqual(heard, ["SSLP631W"])


class ChoiceTests(SynchronousTestCase):
    """
    What C{--log} asks for.
    """

    def choose(self, *choices: str) -> Logs:
        """
        Choose logs.
        """
        logs = Logs(KeyFile("."), Clock(), "SSLDCSSM", LogPublisher())
        self.directory = self.mktemp()
        chooseLogs(logs, choices, Habits("TCPIP", self.directory))
        for each in logs._logs:
            self.addCleanup(each.close)
        return logs

    def kinds(self, logs: Logs) -> list[str]:
        """
        Return the kinds of logs.
        """
        return [type(each).__name__ for each in logs._logs]

    def test_default(self) -> None:
        """
        Without a choice there are consoles.
        """
        self.assertEqual(self.kinds(self.choose()), ["Consoles"])
        self.assertTrue(os.path.isdir(self.directory))

    def test_choices(self) -> None:
        """
        Each choice adds one; none alone is no log.
        """
        path, place = os.path.abspath(self.mktemp()), self.mktemp()
        self.assertEqual(self.kinds(self.choose(f"json:{path}", f"console:{place}")), ["JsonLog", "Consoles"])
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertFalse(os.path.exists(self.directory))
        self.assertTrue(os.path.isdir(place))
        self.assertEqual(self.kinds(self.choose("none")), [])

    def test_mistakes(self) -> None:
        """
        What is not understood, or cannot be had, is an error of the operator's.
        """
        pipe = self.mktemp()
        os.mkfifo(pipe)
        for choice, messageId in (
            ("xml:file", "SSLP635E"),
            ("json", "SSLP635E"),
            ("", "SSLP635E"),
            ("journal:/nowhere/socket", "SSLP633E"),
            ("json:/dev/null/x", "SSLP633E"),
            (f"json:{pipe}", "SSLP633E"),
        ):
            self.assertEqual(self.assertRaises(OperatorError, self.choose, choice).said.id, messageId, choice)
        self.assertRaises(OperatorError, self.choose, "console", "console")
