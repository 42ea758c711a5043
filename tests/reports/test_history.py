"""
Tests for L{sslpool.reports.history}.
"""

from __future__ import annotations

from datetime import UTC

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import said
from sslpool.reports.history import configurationLines, historyLines
from sslpool.reports.units import Times
from sslpool.wire.history import AcceptedRecord, ObeyedText
from sslpool.wire.serial import fromJson, withMessages

TIMES = Times(1_700_000_000.0, UTC)
FILES = {"PROFILE.TCPIP": "SSLSERVERID *\nPORT\n", "A.DTCPARMS": "x\n"}
FIRST = AcceptedRecord(4, 1_700_000_000.0, "START", files=FILES)
CHANGES = tuple(said("SSLP043I", what=f"PORT {port}", before="none", after="WEB") for port in range(1, 8))
SECOND = evolve(
    FIRST,
    number=5,
    how="OBEYFILE EXTRA.TCPIP",
    by="TCPMAINT",
    messages=CHANGES,
    obeyed=(ObeyedText("EXTRA.TCPIP", "PORT 1\n"),),
)


class ListTests(SynchronousTestCase):
    """
    The list.
    """

    def test_list(self) -> None:
        """
        The newest is first; of many messages the first are shown.
        """
        self.assertEqual(
            historyLines("TCPIP", [FIRST, SECOND], TIMES),
            [
                "Configurations of stack TCPIP, the newest first; number 5 is in effect",
                "",
                "    5  2023-11-14 22:13:20  OBEYFILE EXTRA.TCPIP by TCPMAINT",
                *(f"       SSLP043I PORT {port} changed from none to WEB" for port in (1, 2, 3)),
                "       and 4 more messages",
                "",
                "    4  2023-11-14 22:13:20  START",
            ],
        )

    def test_none(self) -> None:
        """
        A stack without a history is said to have none.
        """
        self.assertEqual(historyLines("TCPIP", [], TIMES), ["Stack TCPIP has no history of configurations"])

    def test_notOneMore(self) -> None:
        """
        A single message is not hidden behind a line that says so.
        """
        lines = historyLines("TCPIP", [evolve(SECOND, messages=CHANGES[:4])], TIMES)
        self.assertEqual(len(lines), 7)
        self.assertNotIn("more", lines[-1])

    def test_control(self) -> None:
        """
        What would control the terminal is made visible: the name of a file is the caller's.
        """
        lines = historyLines("TCPIP", [evolve(FIRST, how="OBEYFILE \x1b[2J")], TIMES)
        self.assertEqual(lines[-1], r"    4  2023-11-14 22:13:20  OBEYFILE \x1b[2J")


class OneTests(SynchronousTestCase):
    """
    A single configuration.
    """

    def test_difference(self) -> None:
        """
        It is compared with the one in effect, file by file, and what was obeyed as one text.
        """
        now = evolve(SECOND, files={"PROFILE.TCPIP": "SSLSERVERID *\nPORTS\n", "B.DTCPARMS": "\x1b\n"})
        self.assertEqual(
            configurationLines("TCPIP", FIRST, now, TIMES),
            [
                "Configuration of stack TCPIP",
                "    4  2023-11-14 22:13:20  START",
                "",
                "Number 5, which is in effect, has the lines with -, this one has those with +:",
                "--- B.DTCPARMS, number 5",
                "+++ B.DTCPARMS, number 4",
                "@@ -1 +0,0 @@",
                r"-\x1b",
                "--- PROFILE.TCPIP, number 5",
                "+++ PROFILE.TCPIP, number 4",
                "@@ -1,2 +1,2 @@",
                " SSLSERVERID *",
                "-PORTS",
                "+PORT",
                "--- what was obeyed, number 5",
                "+++ what was obeyed, number 4",
                "@@ -1,2 +0,0 @@",
                "-; OBEY EXTRA.TCPIP",
                "-PORT 1",
                "--- A.DTCPARMS, number 5",
                "+++ A.DTCPARMS, number 4",
                "@@ -0,0 +1 @@",
                "+x",
            ],
        )

    def test_same(self) -> None:
        """
        One with the same texts says so.
        """
        lines = configurationLines("TCPIP", FIRST, evolve(FIRST, number=7), TIMES)
        self.assertEqual(lines[-1], "Its texts are those of number 7, which is in effect.")

    def test_present(self) -> None:
        """
        Of the one in effect the texts are shown, and all messages.
        """
        lines = configurationLines("TCPIP", SECOND, SECOND, TIMES)
        self.assertEqual(len([line for line in lines if "SSLP043I" in line]), 7)
        self.assertEqual(
            lines[-11:],
            [
                "It is in effect.  Its texts:",
                "",
                "=== A.DTCPARMS",
                "x",
                "",
                "=== PROFILE.TCPIP",
                "SSLSERVERID *",
                "PORT",
                "",
                "=== what was obeyed",
                "; OBEY EXTRA.TCPIP",
                "PORT 1",
            ][-11:],
        )

    def test_brief(self) -> None:
        """
        A record without texts is a record still, and comes through JSON with its messages.
        """
        self.assertEqual((SECOND.brief.files, SECOND.brief.obeyed), ({}, ()))
        for record in (SECOND, SECOND.brief):
            self.assertEqual(fromJson(list[AcceptedRecord], *withMessages([record])), [record])
