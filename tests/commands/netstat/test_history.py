"""
Tests for L{sslpool.commands.netstat.history}: C{sslnetstat} with HISTORY and ROLLBACK, as users run it.
"""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.guidance import topicLines
from sslpool.commands.netstat.main import OBEYFILE, PROGRAM
from sslpool.commands.options import Options
from sslpool.commands.prompt import candidates
from sslpool.commands.syntax import Misuse
from tests.commands.programs import ProgramCase


class HistoryTests(ProgramCase):
    """
    With a running stack.
    """

    program = "sslnetstat"

    async def test_list(self) -> None:
        """
        The list is the same in each manner.
        """
        for words in (("obeyfile", "--history"), ("OBEYFILE (HIST",), ("obeyfile", "(", "history", ")")):
            outcome = await self.run_(*words)
            self.assertEqual((outcome.code, outcome.error), (0, ""))
            lines = outcome.output.splitlines()
            self.assertEqual(lines[0], "Configurations of stack TCPIP, the newest first; number 2 is in effect")
            self.assertTrue(lines[2].endswith("  OBEY by TCPMAINT"), lines)

    async def test_one(self) -> None:
        """
        With a number it is that configuration, beside the one in effect; in JSON with its texts.
        """
        outcome = await self.run_("obeyfile", "1", "--history")
        self.assertEqual((outcome.code, outcome.error), (0, ""))
        self.assertEqual(outcome.output.splitlines()[-1], "-SSLLIMITS MAXSESSIONS 2000")
        self.assertEqual((await self.run_("obeyfile (history 1 tcp tcpip")).output, outcome.output)
        [record] = json.loads((await self.run_("obeyfile", "--history", "1", "--json")).output)
        self.assertEqual((record["number"], record["files"]), (1, {"PROFILE.TCPIP": "SSLSERVERID *\n"}))

    async def test_rollback(self) -> None:
        """
        ROLLBACK goes back, to a number or without; with TEST it is only asked.  The stack knows who asks.
        """
        for words in (
            ("obeyfile", "--rollback"),
            ("obeyfile", "--rollback", "1"),
            ("obeyfile (rollback 1",),
            ("obeyfile 1 (roll test",),
            ("obeyfile (test roll 1",),
        ):
            outcome = await self.run_(*words)
            self.assertEqual((outcome.code, outcome.error), (0, ""))
            self.assertIn("SSLP080I Configuration 1 is in effect again", outcome.output)
        self.assertEqual([each[:2] for each in self.pool.calls], [("rollback", None), ("rollback", 1), ("rollback", 1)])
        self.assertEqual(len({each[2] for each in self.pool.calls} - {""}), 1)

    async def test_authority(self) -> None:
        """
        Both are for those who may OBEY: texts may hold passwords.
        """
        self.authority.uid = lambda: -1
        for option, command in (("--history", "OBEYFILE (HISTORY"), ("--rollback", "OBEYFILE (ROLLBACK")):
            outcome = await self.run_("obeyfile", option)
            self.assertEqual((outcome.code, outcome.output), (1, ""))
            self.assertIn(f"is not authorized to use {command}", outcome.error)
        self.assertEqual(self.pool.calls, [])


class GrammarTests(SynchronousTestCase):
    """
    What is understood.
    """

    def refused(self, *words: str) -> str:
        """
        Return why it is not.
        """
        return str(self.assertRaises(Misuse, PROGRAM.grammar.parse, words, Options()).said)

    def test_refused(self) -> None:
        """
        A file is needed without these options, and is none with them.
        """
        for text, expected in {
            "obeyfile": "SSLP422E OBEYFILE needs an operand: file | fn [ft [fm]]",
            "obeyfile (test": "SSLP422E OBEYFILE needs an operand: file | fn [ft [fm]]",
            "obeyfile x (history": "SSLP424E HISTORY needs the number of a configuration; found x",
            "obeyfile 0 (rollback": "SSLP424E ROLLBACK needs the number of a configuration; found 0",
            "obeyfile 1 2 (rollback": "SSLP424E ROLLBACK needs the number of a configuration; found 1 2",
            "obeyfile (rollback x": "SSLP424E ROLLBACK needs the number of a configuration; found x",
            "obeyfile 1 (history 2": "SSLP424E HISTORY needs the number of a configuration; found 1 2",
            "obeyfile x (test 2": "SSLP423E 2 is not an option",
            "level (rollback 2": "SSLP423E 2 is not an option",
            "obeyfile (history rollback": "SSLP426E ROLLBACK does not apply to OBEYFILE (HISTORY",
            "obeyfile 1 (history test": "SSLP426E TEST does not apply to OBEYFILE (HISTORY",
            "obey x (history": "SSLP426E HISTORY does not apply to OBEY",
            "conn (rollback": "SSLP426E ROLLBACK does not apply to CONN",
        }.items():
            self.assertEqual(self.refused(text), expected)

    def test_syntax(self) -> None:
        """
        What is wrong with one of the three is shown with its own syntax; HELP shows all.
        """
        misuse = self.assertRaises(Misuse, PROGRAM.grammar.parse, ["obeyfile x (rollback"], Options())
        self.assertEqual(misuse.syntax, "SSLNETSTAT OBEYFILE [number] (ROLLback [TCPserver userid] [TEST] [)]")
        misuse = self.assertRaises(Misuse, PROGRAM.grammar.parse, ["obeyfile (test"], Options())
        self.assertEqual(misuse.syntax, "SSLNETSTAT OBEYFILE file | fn [ft [fm]] [( [TCPserver userid] [TEST] [)]]")
        misuse = self.assertRaises(Misuse, OBEYFILE.grammar.parse, ["(rollback x"], Options())
        self.assertEqual(misuse.syntax, "OBEYFILE [number] (ROLLback [TCPserver userid] [TEST] [)]")
        for topic in ("obeyfile", "OBEYFILE (HISTORY"):
            lines = [line for line in topicLines(PROGRAM.grammar, topic) if line.startswith("SSLNETSTAT")]
            self.assertEqual(len(lines), 3, lines)

    def test_completion(self) -> None:
        """
        A prompt offers both behind the parenthesis.
        """
        self.assertEqual(candidates(PROGRAM.grammar, "obeyfile (h", list), ["HISTORY"])
        self.assertEqual(candidates(PROGRAM.grammar, "obeyfile 1 (ro", list), ["ROLLBACK"])
