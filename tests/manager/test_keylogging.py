# -*- test-case-name: tests.manager.test_keylogging -*-
"""
Tests for L{sslpool.manager.keylogging}.
"""

from __future__ import annotations

from twisted.logger import capturedLogs
from zope.interface import implementer

from sslpool.interfaces import IKeyFile
from tests.doubles.servers import STEP
from tests.logs import texts
from tests.manager.test_administration import AdministrationCase


@implementer(IKeyFile)
class File:
    """
    Writes down what it is told.
    """

    def __init__(self) -> None:
        self.opened: list[tuple[str, bool]] = []
        self.closed = 0

    def open(self, name: str, anywhere: bool) -> str:
        """
        Write it down.
        """
        self.opened.append((name, anywhere))
        return f"/consoles/{name}"

    def write(self, line: str) -> None:
        """
        Nothing.
        """

    def reopen(self) -> None:
        """
        Nothing.
        """

    def close(self) -> int:
        """
        Count.
        """
        self.closed += 1
        return 5


class KeyLogTests(AdministrationCase):
    """
    KEYLOG.
    """

    def setUp(self) -> None:
        """
        Have a file.
        """
        self.file = File()
        super().setUp()

    def makeKeyFile(self) -> IKeyFile:
        """
        Return that file.
        """
        return self.file

    def begin(self, text: str = "192.0.2.1 KEYLOG keys 60") -> list[str]:
        """
        Have keys logged.
        """
        return self.told(self.administration.trace(None, text.split(), "ALICE", False))

    def test_begin(self) -> None:
        """
        Servers are told; who asked for what is in the log and in the answer.  The trace stays as it is.
        """
        with capturedLogs() as events:
            messages = self.begin()
        expected = "SSLP624W ALICE started a key log of connections 192.0.2.1 in /consoles/keys for 60 s"
        self.assertEqual((messages, texts(events)), ([expected], [expected]))
        self.assertEqual(self.file.opened, [("keys", False)])
        self.assertEqual(self.starter.servers[0].link.calls[-1], ("setKeyLog", "192.0.2.1", 60))
        self.assertEqual(self.administration.traces("SSL00001")[0].trace, "NOTRACE, KEYLOG 192.0.2.1 for 60 s")

    def test_withTrace(self) -> None:
        """
        A kind of trace before KEYLOG is switched on as well.
        """
        messages = self.begin("CONN DATA 192.0.2.1 KEYLOG keys 60")
        self.assertEqual(messages[1], "SSLP621I SSL00001 traces CONNECTIONS DATA 192.0.2.1 20")

    def test_ends(self) -> None:
        """
        It ends by itself, and that is in the log.
        """
        self.begin()
        with capturedLogs() as events:
            self.clock.advance(60)
        self.assertEqual(texts(events), ["SSLP625I The key log /consoles/keys has ended; lines: 5"])
        self.assertEqual(self.file.closed, 1)
        self.assertEqual(self.administration.traces("SSL00001")[0].trace, "NOTRACE")

    def test_startedLater(self) -> None:
        """
        A server that is started meanwhile is told, and logs for the rest of the time; one that is started afterwards
        does not.
        """
        self.begin()
        self.clock.advance(20)
        self.told(self.administration.start("SSL00002"))
        self.spend(3 * STEP)
        self.assertIn(("setKeyLog", "192.0.2.1", 40), self.starter.servers[1].link.calls)
        self.clock.advance(40)
        self.told(self.administration.start("SSL00003"))
        self.spend(3 * STEP)
        self.assertNotIn("setKeyLog", [call[0] for call in self.starter.servers[2].link.calls])

    def test_another(self) -> None:
        """
        Servers that another key log leaves out do not go on into its file.
        """
        self.begin()
        self.told(self.administration.trace("SSL00002", ["ALL", "KEYLOG", "others", "60"], "ALICE", False))
        self.assertEqual(self.starter.servers[0].link.calls[-1], ("setKeyLog", "ALL", 0))
        self.assertEqual(self.administration.traces("SSL00001")[0].trace, "NOTRACE")

    def test_noTrace(self) -> None:
        """
        NOTRACE ends it, here and in the servers.
        """
        self.begin()
        self.told(self.administration.endTrace(None))
        self.assertIn(("setKeyLog", "ALL", 0), self.starter.servers[0].link.calls)
        self.assertEqual(self.file.closed, 1)
        self.clock.advance(100)
        self.assertEqual(self.file.closed, 1)

    def test_former(self) -> None:
        """
        Processes that have been replaced and still have sessions begin and end with the others.
        """
        self.fill(0, 1)
        self.told(self.administration.restart("SSL00001"))
        self.spend(4 * STEP)
        self.begin()
        self.told(self.administration.endTrace(None))
        for server in self.starter.servers[:2]:
            asked = [call for call in server.link.calls if call[0] == "setKeyLog"]
            self.assertEqual(asked, [("setKeyLog", "192.0.2.1", 60), ("setKeyLog", "ALL", 0)])

    def test_unreachable(self) -> None:
        """
        A server that does not answer is named.
        """
        self.starter.servers[0].link.failure = ConnectionError("Connection timed out")
        self.assertEqual(self.begin()[1], "DTCSSL2421E SSL00001: Communication error: Connection timed out")
