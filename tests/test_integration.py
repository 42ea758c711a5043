# -*- test-case-name: tests.test_integration -*-
"""
C{make integration}: what it runs, and what its parts make of results.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.integration.closing import page as closing
from tests.integration.closing.page import Lost, lostTable, ours
from tests.integration.ftp import cells as model
from tests.integration.ftp.cells import HOSTS, REQUIRED, REUSE, SIZES, Cell, Known, Result, Route, Told, cells, routes
from tests.integration.ftp.table import WRONG, differences, page, rows, rowsOf, unknown, word
from tests.integration.parts import PARTS, concerned
from tests.live.closings import CLOSE, HALF_CLOSE, Row, Seen, Who
from tests.live.closings import rows as closings
from tests.live.installed import PACKAGES

ROOT = Path(__file__).resolve().parent.parent


class PartTests(SynchronousTestCase):
    """
    The parts.
    """

    def test_modules(self) -> None:
        """
        Their modules are there, and C{make test} does not take them for its own.
        """
        for part in PARTS.values():
            for name in part.modules:
                self.assertIsNotNone(find_spec(name), name)
        self.assertEqual(list((ROOT / "tests" / "integration").rglob("test_*.py")), [])

    def test_packages(self) -> None:
        """
        What they need is known to C{.ci/run}.
        """
        self.assertEqual({package for part in PARTS.values() for package in part.packages} - set(PACKAGES), set())

    def test_files(self) -> None:
        """
        Every pattern is one of files that there are.
        """
        for part in PARTS.values():
            for pattern in part.files:
                self.assertTrue(list(ROOT.glob(pattern)), pattern)

    def test_concerned(self) -> None:
        """
        A part is run for what it is about.
        """
        self.assertEqual(concerned(["README.md", "sslpool/sessions/ftp.py"]), ["closing", "faults", "ftp"])
        self.assertEqual(concerned(["tests/integration/ftp/drivers/basicftp.cjs"]), ["ftp"])
        self.assertEqual(concerned(["README.md", "sslpool/keydb/parsing.py"]), ["faults", "revocation"])
        self.assertEqual(
            concerned(["tests/integration/parts.py"]), ["closing", "extending", "faults", "ftp", "revocation"]
        )
        self.assertEqual(concerned(["README.md"]), [])


def cell(upload: bool = True, over: bool = True, demand: str = REQUIRED, client: str = "curl") -> Cell:
    """
    Return a cell.
    """
    return Cell(1, Route(client, "vsftpd", demand, "IPv4", "IPv6", False), upload, "small", over)


def result(told: Told, there: Known, of: Cell | None = None, kept: bool = True) -> Result:
    """
    Return a result.
    """
    return Result(of or cell(), told, there, kept)


DONE, FAILED = Told(True), Told(False, "522 no")
WHOLE, REFUSED = result(DONE, Known.WHOLE), result(FAILED, Known.UNCHANGED)


class ResultTests(SynchronousTestCase):
    """
    Results, and the table that they make.
    """

    def test_whole(self) -> None:
        """
        The file has arrived and the client knows it.
        """
        self.assertTrue(WHOLE.whole)
        for told, there in ((DONE, Known.CUT), (DONE, Known.EMPTY), (DONE, Known.UNCHANGED), (FAILED, Known.WHOLE)):
            self.assertFalse(result(told, there).whole, (told, there))
        self.assertFalse(result(DONE, Known.WHOLE, kept=False).whole)

    def test_refused(self) -> None:
        """
        Nothing has arrived, and the client knows it.
        """
        self.assertTrue(REFUSED.refused)
        self.assertTrue(result(FAILED, Known.ABSENT, cell(over=False)).refused)
        self.assertTrue(result(FAILED, Known.CUT, cell(upload=False)).refused)
        for there in (Known.WHOLE, Known.EMPTY, Known.CUT, Known.ABSENT, Known.OTHER):
            self.assertFalse(result(FAILED, there).refused, there)
        self.assertFalse(result(FAILED, Known.EMPTY, cell(over=False)).refused)
        self.assertFalse(result(Told(False), Known.UNCHANGED).refused)
        self.assertFalse(result(FAILED, Known.UNCHANGED, kept=False).refused)

    def test_known(self) -> None:
        """
        What a file is.
        """
        for octets, expected in (
            (b"abc", Known.WHOLE),
            (b"ab", Known.CUT),
            (b"", Known.EMPTY),
            (b"old", Known.UNCHANGED),
            (None, Known.ABSENT),
            (b"xyz", Known.OTHER),
        ):
            self.assertIs(model.known(octets, b"abc", b"old"), expected)
        self.assertIs(model.known(b"", b"", b"old"), Known.WHOLE)

    def test_plan(self) -> None:
        """
        Each client goes by all routes that it can go by, and no two cells have the same files.
        """
        plan = list(cells(routes([("a", True), ("b", False)], list(HOSTS)), {"a": (True, False), "b": (False,)}))
        self.assertEqual(len({each.name for each in plan}), len(plan))
        ways = {(each.route.client, each.route.active, each.upload) for each in plan}
        self.assertEqual(
            ways, {("a", active, up) for active in (True, False) for up in (True, False)} | {("b", False, False)}
        )
        self.assertEqual({each.size for each in plan if each.upload}, set(SIZES))
        families = {(each.route.near, each.route.far) for each in plan}
        self.assertEqual(families, {(near, far) for near in HOSTS for far in HOSTS})

    def test_neverEmpty(self) -> None:
        """
        A client that cannot send empty files fetches them.
        """
        plan = list(cells(routes([("a", False)], ["IPv4"]), {"a": (True, False)}, {"a"}))
        self.assertEqual({each.size for each in plan if each.upload}, set(SIZES) - {"empty"})
        self.assertEqual({each.size for each in plan if not each.upload}, set(SIZES))

    def test_words(self) -> None:
        """
        Works, refused, both, neither.
        """
        self.assertEqual(word([WHOLE, WHOLE]), "works")
        self.assertEqual(word([REFUSED, REFUSED]), "refused: `522 no`")
        self.assertEqual(word([WHOLE, REFUSED]), "refused 1 of 2: `522 no`")
        self.assertEqual(word([WHOLE, result(DONE, Known.CUT)]), WRONG)
        self.assertEqual(word([]), "–")

    def test_reasons(self) -> None:
        """
        A reason has nothing that is different each time.
        """
        text = "put: /tmp/live12/c0034: 426 Aborted; 262144 bytes"
        self.assertEqual(model.reason(text), "put: FILE: 426 Aborted; N bytes")

    def test_page(self) -> None:
        """
        A page is read as it was written, and says where it is not true any more of the same version.
        """
        refused = result(FAILED, Known.UNCHANGED, cell(demand=REUSE))
        table = rows([WHOLE, refused], {"curl": "8.1"})
        self.assertEqual(table, [("curl", "8.1", "passive", "works", "–", "refused: `522 no`", "–")])
        text = page("vsftpd 3", table)
        self.assertEqual(rowsOf(text), table)
        self.assertEqual((differences(text, table), unknown(text, table)), ([], []))
        faster = result(Told(False, "reset"), Known.UNCHANGED, cell(demand=REUSE))
        self.assertEqual(differences(text, rows([WHOLE, faster], {"curl": "8.1"})), [])
        other = rows([WHOLE], {"curl": "8.1"})
        self.assertEqual(len(differences(text, other)), 1)
        newer = rows([WHOLE], {"curl": "8.2"})
        self.assertEqual((differences(text, newer), unknown(text, newer)), ([], ["curl 8.2 passive"]))


class ClosingTests(SynchronousTestCase):
    """
    What is made of the ends of sessions.
    """

    def pair(self, who: Who, how: str, moment: str) -> list[Row]:
        """
        Return the rows of both versions.
        """
        name = f"{who.value}: {how}; {moment}"
        return [row for row in closings() if row.name == name]

    def test_fits(self) -> None:
        """
        Ends are patterns, and a number that is not given is any number.
        """
        expected = Seen("END", None, "close_notify, (FIN|RST)", 7)
        self.assertTrue(Seen("END", 3, "close_notify, RST", 7).fits(expected))
        self.assertFalse(Seen("END", 3, "close_notify, RST", 6).fits(expected))
        self.assertFalse(Seen("END", 3, "close_notify, RST, FIN", 7).fits(expected))
        self.assertFalse(Seen("RST", 3, "close_notify, RST", 7).fits(expected))

    def test_words(self) -> None:
        """
        A cell says who sees what, and what is missing.
        """
        [row, _] = self.pair(Who.CLIENT, "FIN", "in mid-answer")
        self.assertEqual(closing.word(row, row.expected), "end; close_notify")
        self.assertEqual(closing.word(row, Seen("END", 0, "FIN", 100_000)), "end; no answer, bare FIN")
        self.assertEqual(
            closing.word(row, Seen("RST", 0, "close_notify, FIN", 150_000)), "reset; answer cut, close_notify"
        )
        [row, _] = self.pair(Who.APPLICATION, HALF_CLOSE, "in mid-upload, which goes on")
        self.assertEqual(
            closing.word(row, Seen("END", 100_000, "close_notify, FIN", 0)), "close_notify; upload cut, end"
        )
        self.assertEqual(closing.word(row, Seen("open", 200_000, "open", 0)), "nothing; nothing")
        [row, _] = self.pair(Who.APPLICATION, CLOSE, "in mid-answer, the client writes on")
        self.assertEqual(closing.word(row, row.expected), "close_notify, reset")
        self.assertEqual(
            closing.word(row, Seen("", 0, "close_notify, late RST", 100_000)), "close_notify, reset much later"
        )

    def test_cells(self) -> None:
        """
        What is not right is in bold; versions are named where they differ, and every time alike.
        """
        rows = self.pair(Who.CLIENT, "RST", "idle")
        right, wrong = Seen("RST", 0, "", 8), Seen("END", 0, "", 8)
        self.assertEqual(closing.cell(rows, [dict.fromkeys(rows, right)]), "reset")
        differing = dict(zip(rows, (right, wrong), strict=True))
        self.assertEqual(closing.cell(rows, [differing]), "TLS 1.2: reset; TLS 1.3: **end**")
        self.assertEqual(closing.cell(rows, [differing, dict.fromkeys(rows, right)]), "reset or **end**")

    def test_lost(self) -> None:
        """
        We are compared with the best of those that have such an end.
        """
        lost = Lost("restart", {"sslpool": 3, "nginx": 2, "stunnel": None})
        self.assertEqual((lost.ours, lost.best), (3, 2))
        self.assertEqual(lostTable([lost]).splitlines()[-1], "| restart | 3 | 2 | – |")

    def test_page(self) -> None:
        """
        The page says of us what the table does.
        """
        expected = {(row.how, row.moment.name, closing.word(row, row.expected)) for row in closings()}
        self.assertEqual(ours((ROOT / "docs" / "closing.md").read_text("utf-8")), expected)
