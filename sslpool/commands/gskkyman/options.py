# -*- test-case-name: tests.commands.gskkyman.test_main -*-
"""
What the operations of C{gskkyman} have in common on the command line.  A command's own process.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from typing import NoReturn

from twisted.python import usage

from sslpool import __version__
from sslpool.commands.gskkyman.questions import DIRECTORY
from sslpool.commands.gskkyman.workbench import Workbench
from sslpool.commands.outcome import messagesRecord
from sslpool.commands.shelloptions import AnywhereOptions
from sslpool.keydb.database import Database
from sslpool.keydb.files import stashPath
from sslpool.keydb.generation import DAYS
from sslpool.keydb.passwordprompts import passwordFor
from sslpool.messages import Said, operatorError
from sslpool.tls.labels import rehearse

DATABASE = f"{DIRECTORY}/Database.kdb"
_DAY = 86400.0


class GskkymanOptions(usage.Options):
    """
    What the command and its operations have in common.
    """

    def opt_version(self) -> NoReturn:
        """
        Display the version and exit.
        """
        print(f"gskkyman (sslpool) {__version__}")
        sys.exit(0)


class DatabaseOptions(GskkymanOptions, AnywhereOptions):
    """
    What is said about one key database.

    @cvar operands: what follows the options.
    """

    operands = ""
    optParameters: list[list[str | None]] = [["database", "d", DATABASE, "The key database"]]

    def getSynopsis(self) -> str:
        """
        Return the line that says how the operation is called.
        """
        assert self.parent is not None
        return f"Usage: gskkyman {self.parent.subCommand} [options] {self.operands}".rstrip()

    def parseArgs(self, *given: str) -> None:
        """
        Take the operands by their names in C{operands}, in lower case; one in brackets may be missing (C{None}).
        """
        names = self.operands.split()
        if not sum("[" not in name for name in names) <= len(given) <= len(names):
            raise usage.UsageError("Wrong number of arguments.")
        self.update(zip_longest((name.strip("[]").lower() for name in names), given))

    @property
    def path(self) -> str:
        """
        The name of the key database.
        """
        return str(self["database"])


class Operation(DatabaseOptions):
    """
    What every operation is told: which key database, and how to open it.

    @ivar problems: the messages about what was not done while the rest was.
    @ivar remarks: those about what was done and may not be meant.
    """

    optParameters: list[list[str | None]] = [
        ["password-file", "p", None, "A file with the password on its first line; - for standard input"]
    ]
    optFlags: list[list[str | None]] = [["json", "j", "Show the result as JSON"]]
    problems: tuple[Said, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.remarks: list[Said] = []

    @contextmanager
    def opened(self) -> Iterator[Workbench]:
        """
        Open the key database: with the password file if one is named, else with
        the stash file if there is one, else with a password from the terminal.
        """
        isStashed = self["password-file"] is None and os.path.lexists(stashPath(self.path))
        with Database.openStashed(self.path) if isStashed else self.openedByPassword() as database:
            yield Workbench(database, rehearse=rehearse, remark=self.remarks.append)

    def openedByPassword(self, allowExpired: bool = False) -> Database:
        """
        Open the key database with its password.
        """
        return Database.open(self.path, self.password(), allowExpired)

    def password(self) -> str:
        """
        Return the key database's password: from the file, or from the terminal.

        @raise sslpool.messages.OperatorError: SSLP311E there is no key database, or there is no password.
        """
        if not os.path.lexists(self.path):
            raise operatorError("SSLP311E", path=self.path)
        return passwordFor(self.path, self["password-file"], "--password-file")

    def lines(self) -> list[str]:
        """
        Do it, and return the lines to show, or one JSON text.

        @raise OperatorError: it was not done.
        """
        done = [*self.perform(), *self.remarks]
        return [json.dumps(self.shown(done), indent=2)] if self["json"] else list(map(str, done))

    def shown(self, done: Sequence[Said | str]) -> object:
        """
        Return what JSON shows.

        @param done: the lines that are shown without it.
        """
        return messagesRecord(each for each in (*done, *self.problems) if isinstance(each, Said))

    def perform(self) -> Sequence[Said | str]:
        """
        Do it, and return the messages or lines to show.

        @raise OperatorError: it was not done.
        """
        raise AssertionError(f"{type(self).__name__} does not say what it does")


class LabelOperation(Operation):
    """
    An operation on one certificate.
    """

    optParameters = [["label", "l", None, "The label of the certificate"]]

    @property
    def label(self) -> str:
        """
        The label.
        """
        return str(self["label"])

    def postOptions(self) -> None:
        """
        @raise usage.UsageError: there is no label.
        """
        if self["label"] is None:
            raise usage.UsageError("--label is required.")


class Open(DatabaseOptions):
    """
    Open a key database in the dialogue.
    """


def daysIn(text: str) -> int:
    """
    Return a number of days.

    @raise sslpool.messages.OperatorError: SSLP352E, it is none.
    """
    if not (text.isdecimal() and int(text[:6]) in DAYS):
        raise operatorError("SSLP352E", days=text)
    return int(text)


def expiryIn(days: str | None) -> float | None:
    """
    Return when a password expires that is valid for some days, in seconds since the epoch.
    """
    return None if days is None else time.time() + daysIn(days) * _DAY
