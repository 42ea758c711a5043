# -*- test-case-name: tests.commands.gskkyman.test_dialogue -*-
"""
The Database Menu of C{gskkyman}, where its dialogue begins.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from functools import partial

from sslpool.commands.gskkyman.dialogue import Back, Prompter, Talk
from sslpool.commands.gskkyman.displaying import Displayed
from sslpool.commands.gskkyman.examining import Rehearse, unrehearsed
from sslpool.commands.gskkyman.inputfiles import readInput
from sslpool.commands.gskkyman.managementmenu import ManagementMenu
from sslpool.commands.gskkyman.questions import (
    GROUP,
    askExpiry,
    askOne,
    askOpened,
    askPassword,
    foundDatabase,
    newDatabase,
)
from sslpool.commands.gskkyman.workbench import Workbench, createParameters, deleteDatabase
from sslpool.keydb import sealing
from sslpool.keydb.database import Database
from sslpool.keydb.files import stashPath
from sslpool.keydb.tables import RECORD_LENGTH
from sslpool.messages import said


class DatabaseMenu:
    """
    The Database Menu.

    @param talk: says and asks.
    @param cost: what each guess of a new password shall cost.
    @param rehearse: as of L{Workbench}.
    """

    def __init__(self, talk: Prompter, cost: sealing.Cost = sealing.STRONG, rehearse: Rehearse = unrehearsed) -> None:
        self._talk = talk
        self._cost = cost
        self._rehearse = rehearse

    def _management(self, database: Database) -> ManagementMenu:
        work = Workbench(database, rehearse=self._rehearse, remark=lambda text: self._talk.say("", text))
        return ManagementMenu(self._talk, work)

    def run(self) -> Talk[None]:
        """
        Show the menu until the user exits.
        """
        items = (
            ("Create new database", self._create),
            ("Open database", self._open),
            ("Change database password", self._changePassword),
            ("Change database record length", self._changeRecordLength),
            ("Delete database", self._delete),
            ("Create key parameter file", self._parameters),
            ("Display certificate file (Binary or Base64 ASN.1 DER)", self._display),
        )
        while True:
            with suppress(Back):
                yield from self._talk.offer("Database Menu", items, prompt="Enter option number")

    def open(self, path: str) -> Talk[None]:
        """
        Open one key database; then go on with the menu.
        """
        yield from self._talk.attempt(partial(self._opened, path))
        yield from self.run()

    def _opened(self, path: str) -> Talk[None]:
        password = yield from self._talk.needSecret(f"Enter password for {path}")
        with Database.open(path, password) as database:
            yield from self._management(database).run()

    def _create(self) -> Talk[None]:
        talk = self._talk
        path = newDatabase((yield from talk.need("Enter key database name")))
        password = yield from talk.needNewSecret("Enter database password")
        expires = yield from askExpiry(talk)
        length = yield from talk.number(
            f"Enter database record length (press ENTER to use {RECORD_LENGTH})", RECORD_LENGTH
        )
        with Database.create(os.path.abspath(path), password, expires, self._cost, length) as database:
            yield from talk.done(said("SSLP300I", path=database.path))
            yield from self._management(database).run()

    def _open(self) -> Talk[None]:
        with (yield from askOpened(self._talk)) as database:
            yield from self._management(database).run()

    def _changePassword(self) -> Talk[None]:
        talk = self._talk
        with (yield from askOpened(talk, allowExpired=True)) as database:
            password = yield from talk.needNewSecret("Enter new database password")
            expires = yield from askExpiry(talk)
            database.changePassword(password, expires, self._cost)
            stash = stashPath(database.path)
            invalid = [said("SSLP328W", stash=stash)] if os.path.lexists(stash) else []
            yield from talk.done(said("SSLP302I", path=database.path), *invalid)

    def _changeRecordLength(self) -> Talk[None]:
        with (yield from askOpened(self._talk)) as database:
            work = Workbench(database)
            present = database.recordLength
            length = yield from self._talk.number(f"Enter database record length (now {present})", present)
            yield from self._talk.done(work.setRecordLength(length))

    def _delete(self) -> Talk[None]:
        talk = self._talk
        path = foundDatabase((yield from talk.need("Enter key database name")))
        password = yield from talk.needSecret("Enter database password")
        with Database.open(path, password, allowExpired=True) as database:
            count = len(database.records())
        talk.say("", f"{path} holds certificates: {count}. They and their private keys will be deleted.")
        if (yield from talk.yes("Delete the key database?")):
            yield from talk.done(deleteDatabase(path, password))

    def _parameters(self) -> Talk[None]:
        group = yield from askOne(self._talk, GROUP)
        file = yield from self._talk.need("Enter key parameter file name")
        yield from self._talk.done(createParameters(group, file))

    def _display(self) -> Talk[None]:
        given = readInput((yield from self._talk.need("Enter certificate file name")))
        displayed = Displayed.of(given, (yield from askPassword(self._talk, given, withKeys=False)))
        yield from self._talk.done(*displayed.lines(time.time()), "")
