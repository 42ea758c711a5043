"""
Tests for L{sslpool.passwordfile}.
"""

from __future__ import annotations

import os
import stat

from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import OperatorError
from sslpool.passwordfile import parseAccounts, readAccounts, setPassword, shortcoming


class AccountsTests(SynchronousTestCase):
    """
    A password file.
    """

    def setUp(self) -> None:
        """
        Choose a name.
        """
        self.path = self.mktemp()

    def refused(self) -> str:
        """
        Return why the file cannot be used.
        """
        error: OperatorError = self.assertRaises(OperatorError, readAccounts, self.path)
        return str(error)

    def test_passwords(self) -> None:
        """
        Each user's password is admitted, and no other; a new one replaces the old one.
        """
        setPassword(self.path, "OPER", b"old")
        setPassword(self.path, "OPER", b"secret")
        setPassword(self.path, "MAINT", b"other")
        accounts = readAccounts(self.path)
        self.assertEqual(sorted(accounts), ["MAINT", "OPER"])
        tried = (b"secret", b"old", b"other", b"")
        self.assertEqual([accounts["OPER"].admits(each) for each in tried], [True, False, False, False])
        with open(self.path, encoding="ascii") as file:
            self.assertNotIn("secret", file.read())

    def test_permissions(self) -> None:
        """
        The file is private from the beginning, and is refused when it is not.
        """
        setPassword(self.path, "OPER", b"secret")
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o600)
        for mode in (0o640, 0o602):
            os.chmod(self.path, mode)
            self.assertIn("others can read or write it", self.refused())
            self.assertRaises(OperatorError, setPassword, self.path, "OPER", b"other")

    def test_noFile(self) -> None:
        """
        A link, a pipe or a directory is refused at once; a file that is missing has no passwords.
        """
        self.assertEqual(readAccounts(self.path), {})
        for make in (os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/null", path)):
            make(self.path)
            self.refused()
            self.path = self.mktemp()

    def test_malformed(self) -> None:
        """
        A line that is no entry is named by its number, and not quoted.
        """
        good = f"OPER scrypt {'00' * 16} {'00' * 32}\n"
        self.assertEqual(list(parseAccounts(f"# a comment\n\n{good}")), ["OPER"])
        for text in (
            "OPER secret",
            good.replace("OPER", "oper"),
            good.replace("00", "0g", 1),
            good.replace("00", "", 1),
        ):
            error = self.assertRaises(ValueError, parseAccounts, f"# a comment\n{text}")
            self.assertEqual(str(error), "line 2 is not an entry")
        self.assertRaises(ValueError, parseAccounts, good * 2)

    def test_shortcoming(self) -> None:
        """
        It is said why nobody can log in.
        """
        self.assertEqual(shortcoming(self.path, ()), "the OBEY list is empty")
        self.assertEqual(shortcoming(self.path, {"OPER"}), f"{self.path} does not exist or is empty")
        setPassword(self.path, "MAINT", b"secret")
        self.assertIn("no password for a user ID", shortcoming(self.path, {"OPER"}) or "")
        self.assertIsNone(shortcoming(self.path, {"MAINT"}))
        os.chmod(self.path, 0o644)
        self.assertIn("SSLP650E", shortcoming(self.path, {"MAINT"}) or "")
