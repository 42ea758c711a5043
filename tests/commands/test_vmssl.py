"""
Tests for L{sslpool.commands.vmssl}.
"""

from __future__ import annotations

import contextlib
import io
import re

from twisted.python.usage import UsageError
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.vmssl import VmsslOptions, helpText, main, twistdArguments
from sslpool.config.vmssl import OPERANDS, SPELLINGS
from sslpool.tap import Options

TWISTD = ["--nodaemon", "--pidfile=", "sslpool"]


class ArgumentTests(SynchronousTestCase):
    """
    From the command line of VMSSL to that of twistd.
    """

    def test_apart(self) -> None:
        """
        Operands and options may stand in any order; one hyphen belongs to an operand.
        """
        for line in (
            "KEYFILE a.pem --listen :1 PROTOCOL -TLSV1_3 --connect=:2",
            "--connect :2 KEYFILE a.pem PROTOCOL --listen=:1 -TLSV1_3",
        ):
            arguments = twistdArguments(line.split())
            self.assertEqual(arguments[:3], TWISTD)
            self.assertEqual(
                sorted(arguments[3:]), ["--connect=:2", "--listen=:1", "--vmssl=KEYFILE a.pem PROTOCOL -TLSV1_3"]
            )

    def test_understood(self) -> None:
        """
        C{twistd sslpool} has every option of VMSSL, and takes an empty list of operands as one.
        """
        options = Options()
        for name in VmsslOptions():
            self.assertIn(name, options)
        options.parseOptions(twistdArguments(["--config", "d"])[3:])
        self.assertEqual((options["vmssl"], options["config"]), ("", "d"))

    def test_wrong(self) -> None:
        """
        Options that there are not, or without their value, are refused.
        """
        for line in (["--servers", "5"], ["--config"], ["--max-per-server", "x"]):
            self.assertRaises(UsageError, twistdArguments, line)


class MainTests(SynchronousTestCase):
    """
    The program, as far as it runs no server.
    """

    def outcome(self, *words: str) -> tuple[int, str, str]:
        """
        Return exit status, output and errors.
        """
        with contextlib.redirect_stdout(io.StringIO()) as output, contextlib.redirect_stderr(io.StringIO()) as errors:
            code = main(words)
        return code, output.getvalue(), errors.getvalue()

    def test_help(self) -> None:
        """
        HELP, and a command line without a word, tell the operands; with an id it explains a message.
        """
        for words in ((), ("help",), ("--help",), ("?",)):
            self.assertEqual(self.outcome(*words), (0, helpText() + "\n", ""))
        self.assertIn("SSLP251E {found} is not an operand of VMSSL", self.outcome("HELP", "sslp251e")[1])
        self.assertEqual(self.outcome("help", "SSLP000E")[0], 2)

    def test_helpIsWhole(self) -> None:
        """
        HELP has every operand, with its shortest spelling in capitals, and every option, and nothing else.
        """
        text = helpText()
        shown = dict(re.findall(r"^  (([A-Z]+)[a-z]*)\b", text, re.MULTILINE))
        self.assertEqual([name.upper() for name in shown], list(OPERANDS))
        for name, shortest in shown.items():
            self.assertEqual(SPELLINGS.get(shortest), name.upper())
            self.assertNotIn(shortest[:-1], SPELLINGS)
        self.assertEqual(set(re.findall(r"^  --([a-z-]+) ", text, re.MULTILINE)), set(VmsslOptions()))
        self.assertLess(max(map(len, text.splitlines())), 80)

    def test_blanks(self) -> None:
        """
        A path with blanks stays one word on the way to twistd.
        """
        self.assertIn('--vmssl=FIPS KEYFILE "my keys.pem"', twistdArguments(["FIPS", "KEYFILE", "my keys.pem"]))

    def test_wrong(self) -> None:
        """
        A wrong option is a message, and exit code 2.
        """
        code, output, errors = self.outcome("--bogus", "x")
        self.assertEqual((code, output), (2, ""))
        self.assertTrue(errors.startswith("SSLP429E option --bogus not recognized"), errors)
