"""
Tests for L{sslpool.commands.pool.password}.
"""

from __future__ import annotations

import io
import os
import sys

from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.pool.password import givePassword
from sslpool.messages import OperatorError
from sslpool.passwordfile import PASSWORD_FILE, readAccounts


class PasswordTests(SynchronousTestCase):
    """
    C{sslpool password}.
    """

    def setUp(self) -> None:
        """
        Make a configuration directory.
        """
        self.directory = self.mktemp()
        os.mkdir(self.directory)

    def type(self, text: str) -> None:
        """
        Make standard input what is typed.
        """
        self.patch(sys, "stdin", io.StringIO(text))

    def test_given(self) -> None:
        """
        The password on standard input is that of the user ID.
        """
        self.type("secret\n")
        self.assertEqual(givePassword(["oper"], self.directory, True).id, "SSLP652I")
        accounts = readAccounts(os.path.join(self.directory, PASSWORD_FILE))
        self.assertTrue(accounts["OPER"].admits(b"secret"))

    def test_refused(self) -> None:
        """
        Without a user ID, with more than one, with an empty password, or without a terminal nothing is made.
        """
        for words, text, fromInput, expected in [
            ([], "x\n", True, "SSLP424E"),
            (["!"], "x\n", True, "SSLP424E"),
            (["A", "B"], "x\n", True, "SSLP421E"),
            (["A"], "\n", True, "SSLP321E"),
            (["A"], "x\n", False, "SSLP326E"),
        ]:
            self.type(text)
            error = self.assertRaises(OperatorError, givePassword, words, self.directory, fromInput)
            self.assertEqual(error.said.id, expected)
        self.assertEqual(os.listdir(self.directory), [])
