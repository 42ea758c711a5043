"""
Tests for L{sslpool.keydb.passwordprompts}.
"""

from __future__ import annotations

import getpass
from collections.abc import Sequence

from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb import passwordprompts
from sslpool.keydb.files import PRIVATE, writeNew
from sslpool.keydb.passwordprompts import newPasswordFor, passwordFor, passwordIn
from tests.keydb.refusals import refused


class FileTests(SynchronousTestCase):
    """
    Passwords in files.
    """

    def test_firstLine(self) -> None:
        """
        The first line is the password, blanks included, however it ends.
        """
        for content in (b" a b ", b" a b \n", b" a b \r\nmore\n"):
            path = self.mktemp()
            writeNew(path, content, PRIVATE)
            self.assertEqual(passwordIn(path), " a b ")
            self.assertEqual(passwordFor("it", path, "--x"), " a b ")
            self.assertEqual(newPasswordFor("it", path, "--x"), " a b ")

    def test_octets(self) -> None:
        """
        Octets that are not UTF-8 are kept.
        """
        path = self.mktemp()
        writeNew(path, b"\xff\xfe", PRIVATE)
        self.assertEqual(passwordIn(path).encode("utf-8", "surrogateescape"), b"\xff\xfe")

    def test_empty(self) -> None:
        """
        A file whose first line is empty is refused.
        """
        path = self.mktemp()
        writeNew(path, b"\nsecret", PRIVATE)
        with refused("SSLP321E"):
            passwordIn(path)


class TerminalTests(SynchronousTestCase):
    """
    Passwords from the terminal.
    """

    def answer(self, answers: Sequence[str]) -> list[str]:
        """
        Be a terminal that gives C{answers}; return the prompts to come.
        """
        prompts: list[str] = []
        rest = iter(answers)

        def ask(prompt: str) -> str:
            prompts.append(prompt)
            try:
                return next(rest)
            except StopIteration:
                raise EOFError from None

        self.patch(passwordprompts, "isTerminal", lambda: True)
        self.patch(getpass, "getpass", ask)
        return prompts

    def test_once(self) -> None:
        """
        An existing password is asked for once.
        """
        prompts = self.answer(["secret"])
        self.assertEqual(passwordFor("Database.kdb", None, "--x"), "secret")
        self.assertEqual(prompts, ["Enter password for Database.kdb: "])

    def test_twice(self) -> None:
        """
        A new password is asked for twice, and must be the same.
        """
        prompts = self.answer(["secret", "secret", "secret", "secert"])
        self.assertEqual(newPasswordFor("it", None, "--x"), "secret")
        self.assertEqual(len(prompts), 2)
        with refused("SSLP327E"):
            newPasswordFor("it", None, "--x")

    def test_nothing(self) -> None:
        """
        An empty line and the end of input are no password.
        """
        self.answer([""])
        for _ in range(2):
            with refused("SSLP321E"):
                passwordFor("it", None, "--x")

    def test_noTerminal(self) -> None:
        """
        Without a file and a terminal there is a message, and no prompt.
        """
        prompts = self.answer(["secret"])
        self.patch(passwordprompts, "isTerminal", lambda: False)
        for function in (passwordFor, newPasswordFor):
            with refused("SSLP326E"):
                function("it", None, "--password-file")
        self.assertEqual(prompts, [])
