"""
Tests for L{sslpool.commands.guidance}.
"""

from __future__ import annotations

import re
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands import vmssl
from sslpool.commands.gskkyman.main import Gskkyman
from sslpool.commands.guidance import helpLines, messageLines, topicLines
from sslpool.commands.invocation import ShellOptions
from sslpool.commands.netstat import main as sslnetstat
from sslpool.commands.pool import main as sslpool
from sslpool.commands.pool.main import PoolOptions
from sslpool.commands.ssladmin import main as ssladmin
from sslpool.commands.vmssl import VmsslOptions
from sslpool.messages import CATALOGUE, OperatorError
from sslpool.tap import Options as tap


class HelpTests(SynchronousTestCase):
    """
    What HELP says.
    """

    def test_commands(self) -> None:
        """
        Every command is there with its abbreviation, other spellings of one are not.
        """
        for grammar in (ssladmin.PROGRAM.grammar, sslnetstat.PROGRAM.grammar):
            lines = helpLines(grammar)
            listed = " ".join(" ".join(lines[lines.index("Commands:") : lines.index("", 3)]).split())
            for form in grammar.forms:
                shown = f" {form.spelling} {form.does} " in f"{listed} "
                self.assertEqual(shown, bool(form.does), form.spelling)

    def test_options(self) -> None:
        """
        Options that go with no command are not there.
        """
        self.assertIn("SSLserver", "\n".join(helpLines(ssladmin.PROGRAM.grammar)))
        self.assertNotIn("SSLserver", "\n".join(helpLines(sslnetstat.PROGRAM.grammar)))

    def test_width(self) -> None:
        """
        It keeps to 80 columns, and so does every message's explanation.
        """
        lines = helpLines(ssladmin.PROGRAM.grammar) + helpLines(sslnetstat.PROGRAM.grammar)
        for messageId in CATALOGUE:
            lines += messageLines(messageId)[1:]
        self.assertLessEqual(max(map(len, lines)), 80)

    def test_usage(self) -> None:
        """
        So does what --help says, of each operation too, and HELP of the programs that have no commands.
        """
        gskkyman = Gskkyman()
        programs = [ShellOptions.of(each) for each in (ssladmin.PROGRAM, sslnetstat.PROGRAM, sslnetstat.OBEYFILE)]
        whole = [*programs, PoolOptions(), VmsslOptions(), gskkyman, tap()]
        texts = [sslpool.HELP, vmssl.helpText(), *(options.getUsage(80) for options in whole)]
        operations: list[Any] = list(Gskkyman.subCommands)
        for name, _, kind, _ in operations:
            operation = kind()
            operation.parent, gskkyman.subCommand = gskkyman, name
            texts.append(operation.getUsage(80))
        self.assertEqual([line for text in texts for line in text.splitlines() if len(line) > 80], [])

    def test_message(self) -> None:
        """
        A message id in any case gives text, explanation and action.
        """
        lines = messageLines("sslp405e")
        self.assertEqual(lines[0], "SSLP405E Internal error; see the stack's log")
        self.assertTrue(any(line.startswith("Explanation The stack could not") for line in lines))
        self.assertTrue(any(line.startswith("Action ") for line in lines))

    def test_placeholders(self) -> None:
        """
        What is filled in stands in braces with its name only, however it is formatted.
        """
        wrong = [name for name in CATALOGUE if re.search(r"{\w+[^\w}]", messageLines(name)[0])]
        self.assertEqual(wrong, [])
        formatted = [name for name, message in CATALOGUE.items() if re.search(r"{\w+[!:]", message.text)]
        self.assertTrue(formatted)
        self.assertTrue(all("{" in messageLines(name)[0] for name in formatted))

    def test_unknownMessage(self) -> None:
        """
        For another word there is no help.
        """
        for word in ("bogus", "query bogus", "SSLP999E"):
            error = self.assertRaises(OperatorError, topicLines, ssladmin.PROGRAM.grammar, word)
            self.assertEqual(str(error), f"SSLP431E There is no help for {word}")

    def test_topics(self) -> None:
        """
        Every command has a page: its syntax, what it does, its options.
        """
        for grammar in (ssladmin.PROGRAM.grammar, sslnetstat.PROGRAM.grammar):
            for form in grammar.forms:
                if form.does:
                    lines = topicLines(grammar, form.title)
                    text = " ".join(" ".join(lines).split())
                    self.assertIn(form.syntax(grammar.program), text)
                    self.assertIn(form.does, text)
                    target = "SSLserver userid|ALL the server; default ALL "
                    self.assertIn("Options: TCPserver userid", text.replace(target, ""))
                    self.assertLessEqual(max(map(len, lines)), 80)

    def test_family(self) -> None:
        """
        Words that begin several commands show all of them.
        """
        text = "\n".join(topicLines(ssladmin.PROGRAM.grammar, "q st"))
        self.assertIn("SSLADMIN Query STatus SUMmary", text)
        self.assertIn("SSLADMIN Query STatus DETails", text)
        self.assertNotIn("SESSions", text)
        self.assertTrue(topicLines(ssladmin.PROGRAM.grammar, "sslp405e")[0].startswith("SSLP405E "))
