"""
Tests for L{sslpool.commands.pool.report}.
"""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.pool.check import Sizing, Verdict
from sslpool.commands.pool.report import WIDTH, summary, verdictJson, verdictLines
from sslpool.messages import CATALOGUE, Finding, Said, finding
from sslpool.planning.sizing import PoolSize

FOUND = (
    finding("SSLP202E", "A.DATA", 3, statement="HOSTNAME", found="end of line", expected="a name"),
    finding("SSLP200I", "A.DATA", 7, what="TRACE"),
    finding("SSLP217W", "PROFILE.TCPIP", 0),
)


def verdict(
    findings: tuple[Finding, ...] = (),
    steps: tuple[Finding, ...] = (),
    starts: bool = True,
    sizing: Sizing | None = None,
    without: tuple[str, ...] = (),
) -> Verdict:
    """
    Return a verdict about the directory C{conf}.
    """
    return Verdict("conf", "TCPIP", findings, steps, bool(steps), starts, sizing, without)


class ReportTests(SynchronousTestCase):
    """
    The report for people.
    """

    def test_findings(self) -> None:
        """
        Below each file's name: position, id and text, what it means and what to do next; then a summary.
        """
        self.assertEqual(
            verdictLines(verdict(FOUND, starts=False)),
            [
                "A.DATA",
                "  A.DATA:3: SSLP202E HOSTNAME: found end of line, expected a name",
                "    A word of the statement or tag is missing, or is not valid here.",
                "    Next: Write what is expected.",
                "  A.DATA:7: SSLP200I TRACE is not used here",
                "    On z/VM it is for something that does not exist here. It was read and has",
                "    no effect.",
                "    Next: None. You may remove it.",
                "",
                "PROFILE.TCPIP",
                "  PROFILE.TCPIP: SSLP217W No PORT entry has SECURE",
                "    The stack would not listen on any port.",
                "    Next: Add an entry such as 8443 TCP WEBSERV SECURE WEBCERT to the PORT",
                "    statement.",
                "",
                "conf: 1 error, 1 warning, 1 remark. Stack TCPIP would not start.",
            ],
        )

    def test_none(self) -> None:
        """
        Without findings there is one line.
        """
        self.assertEqual(verdictLines(verdict()), ["conf: no findings. Stack TCPIP would start."])

    def test_without(self) -> None:
        """
        What an error costs with which the stack starts all the same is in the summary and in the document.
        """
        self.assertEqual(
            summary(verdict(without=("port 443",))), "conf: no findings. Stack TCPIP would start without port 443."
        )
        several = verdict(without=("port 443", "port 993", "label OTHER"))
        self.assertIn(" would start without port 443, port 993 and label OTHER.", summary(several))
        self.assertEqual(json.loads(verdictJson(several))["without"], ["port 443", "port 993", "label OTHER"])

    def test_steps(self) -> None:
        """
        Of a plan the steps are listed, and the summary does not count them as findings.
        """
        lines = verdictLines(verdict(steps=FOUND[2:]))
        self.assertIn("  1. No PORT entry has SECURE", lines)
        self.assertEqual(lines[-1], "conf: no findings. Stack TCPIP would start after 1 more step of the plan.")

    def test_sizing(self) -> None:
        """
        The recommendation and the comparison stand before the summary.
        """
        messages = (Said("SSLP550I", wording="For 1"), Said("SSLP552W", wording="Too small"))
        lines = verdictLines(verdict(sizing=Sizing(1, PoolSize(1, 1, 1), None, messages)))
        texts = list(map(str, messages))
        self.assertEqual([line for line in lines if line in texts], texts)
        self.assertTrue(any(line.startswith("    Next: Change HIGH") for line in lines))

    def test_width(self) -> None:
        """
        No message of the catalogue makes a line that is too wide.
        """
        findings = tuple(Finding(Said(each.id, wording=each.text), "PROFILE.TCPIP", 1) for each in CATALOGUE.values())
        self.assertTrue(all(len(line) <= WIDTH for line in verdictLines(verdict(findings))))


class JsonTests(SynchronousTestCase):
    """
    The report as JSON.
    """

    def test_document(self) -> None:
        """
        Everything that the report for people says is in it.
        """
        sizing = Sizing(1, PoolSize(1, 100, 100), None, (Said("SSLP550I", wording="x"),))
        shown = verdict(FOUND[:1], FOUND[2:], sizing=sizing)
        document = json.loads(verdictJson(shown))
        self.assertEqual(document["summary"], summary(shown))
        self.assertEqual((document["starts"], document["plan"], document["stack"]), (True, True, "TCPIP"))
        [found] = document["findings"]
        self.assertEqual((found["id"], found["severity"], found["file"], found["line"]), ("SSLP202E", "E", "A.DATA", 3))
        self.assertEqual(found["text"], "HOSTNAME: found end of line, expected a name")
        self.assertEqual(found["action"], "Write what is expected.")
        self.assertEqual([each["id"] for each in document["steps"]], ["SSLP217W"])
        self.assertEqual(document["sizing"]["recommended"], {"servers": 1, "maxSessions": 100, "maxPerServer": 100})
