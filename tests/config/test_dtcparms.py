"""
Tests for L{sslpool.config.dtcparms}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.dtcparms import KEPT_TAGS, UNUSED_TAGS, USED_TAGS, Entry, parseDtcparms
from sslpool.config.tokens import Findings
from tests.config.support import idsAndLines
from tests.growth import assertLinear


def read(text: str) -> tuple[list[Entry], list[tuple[str, int]]]:
    """
    Return the entries of a text, and id and line of each finding.
    """
    findings = Findings()
    return parseDtcparms("F", text, findings), idsAndLines(findings)


class EntryTests(SynchronousTestCase):
    """
    Entries, tags and values.
    """

    def test_values(self) -> None:
        """
        A value goes on over line ends and comments until the next tag, and colons in it are not tags.
        """
        entries, found = read(
            ".* x\n:nick.web :Type.Server\n:admin_id_list.A\n  B\n.* C\n D :address.[::1]:80\n:command.run :x a.b"
        )
        [entry] = entries
        self.assertEqual((entry.nick, entry.kind, entry.position.line), ("WEB", "SERVER", 2))
        self.assertEqual(entry.value("ADMIN_ID_LIST"), "A B D")
        self.assertEqual([word.position.line for word in entry.tags["ADMIN_ID_LIST"].words()], [3, 4, 6])
        self.assertEqual(entry.value("ADDRESS"), "[::1]:80")
        self.assertEqual(entry.value("COMMAND"), "run :x a.b")
        self.assertEqual(found, [])

    def test_folding(self) -> None:
        """
        Values fold to upper case unless C{:mixedcaseparms.YES}; paths, addresses and commands never do.
        """
        [entry] = read(":nick.a :type.server :parms.x y :address./run/App :command.Run :stack.tcpip")[0]
        self.assertEqual(
            (entry.value("PARMS"), entry.value("ADDRESS"), entry.value("COMMAND")), ("X Y", "/run/App", "Run")
        )
        [entry] = read(":nick.a :type.server :parms.x y :mixedcaseparms.yes :stack.tcpip")[0]
        self.assertEqual((entry.value("PARMS"), entry.name("STACK")), ("x y", "TCPIP"))
        self.assertTrue(KEPT_TAGS <= USED_TAGS)
        self.assertEqual(USED_TAGS & set(UNUSED_TAGS), set())

    def test_nothing(self) -> None:
        """
        Where a value is missing, the finding says so.
        """
        findings = Findings()
        parseDtcparms("F", ":nick. :type.server", findings)
        self.assertEqual([each.said.fields["found"] for each in findings.all()], ["nothing"])

    def test_absent(self) -> None:
        """
        A tag without a value is as good as none, and its place is the entry.
        """
        [entry] = read("\n:nick.a :type.server :stack.\n")[0]
        self.assertIsNone(entry.value("STACK"))
        self.assertIsNone(entry.value("FOR"))
        self.assertEqual(entry.place("FOR").line, 2)

    def test_unused(self) -> None:
        """
        Tags of z/VM that have no effect here are information, with the reason.
        """
        for tag, reason in UNUSED_TAGS.items():
            findings = Findings()
            [entry] = parseDtcparms("F", f":nick.a :type.server\n:{tag}.on", findings)
            self.assertEqual(entry.value(tag), "ON")
            [found] = findings.all()
            self.assertEqual(str(found), f"F:2: SSLP203I :{tag.lower()}. has no effect: {reason}")

    def test_wrong(self) -> None:
        """
        What is wrong is reported with its line, and the other entries are read.
        """
        for text, expected in [
            ("text", [("SSLP230E", 1)]),
            (":type.server", [("SSLP230E", 1)]),
            (":nick.a", [("SSLP231E", 1)]),
            (":nick.a :type.servant", [("SSLP202E", 1)]),
            (":nick.a b :type.server", [("SSLP202E", 1)]),
            (":nick. :type.server", [("SSLP202E", 1)]),
            (":nick.a :type.server\n:adress.x", [("SSLP232E", 2)]),
            (":nick.a :type.server\n:stack.\0", [("SSLP202E", 2)]),
            (":nick.a :type.server :for.x\n:for.y", [("SSLP207W", 2)]),
            (":nick.a :type.server :mixedcaseparms.maybe", [("SSLP202E", 1)]),
            (":nick.a :type.server :timestamp.maybe", [("SSLP202E", 1)]),
            (":nick.a :type.server\n:nick.A :type.server", [("SSLP233W", 2)]),
            (":nick.a :type.server\n:nick.A :type.class", []),
        ]:
            entries, found = read(f"{text}\n:nick.last :type.server")
            self.assertEqual((found, entries[-1].nick), (expected, "LAST"), text)

    def test_large(self) -> None:
        """
        Nothing takes more than linear time.
        """
        for begin, text in ("", ":nick.a :type.server\n"), ("", " :a"), (":", "a"), (":nick.a\n", "x\n"):
            assertLinear(lambda size, begin=begin, text=text: read(begin + text * size), 20_000)  # type: ignore[misc]
