# -*- test-case-name: tests.commands.gskkyman.test_main -*-
"""
The operations of C{gskkyman} on a key database as a whole.  A command's own process.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from attrs import asdict

from sslpool.commands.gskkyman.formatting import (
    formatDetails,
    formatFacts,
    formatList,
    formatRequests,
    formatRevocations,
    formatTime,
)
from sslpool.commands.gskkyman.options import LabelOperation, Operation, daysIn, expiryIn
from sslpool.commands.gskkyman.workbench import Workbench, deleteDatabase
from sslpool.keydb.database import Database
from sslpool.keydb.files import stashPath
from sslpool.keydb.passwordprompts import newPasswordFor
from sslpool.keydb.records import CertificateRecord, RequestRecord, RevocationRecord, describeRequest
from sslpool.keydb.requests import requestsOf
from sslpool.keydb.revocations import listRevocations
from sslpool.keydb.tables import RECORD_LENGTH
from sslpool.messages import Said, operatorError, said


class Create(Operation):
    """
    Make a key database.
    """

    optFlags = [["stash", "s", "Store the password as well"]]
    optParameters = [
        ["expires", "e", None, "Days until the password expires; the default is never"],
        ["record-length", None, str(RECORD_LENGTH), "The record length"],
    ]

    def perform(self) -> Sequence[Said | str]:
        expires, length = expiryIn(self["expires"]), _lengthIn(self["record-length"])
        password = newPasswordFor(self.path, self["password-file"], "--password-file")
        with Database.create(self.path, password, expires, recordLength=length) as database:
            done = [said("SSLP300I", path=self.path)]
            return [*done, Workbench(database).stash()] if self["stash"] else done


class Stash(Operation):
    """
    Store the password for the servers.  It opens with the password, not with the stash file that is to be replaced.
    """

    def perform(self) -> Sequence[Said | str]:
        with self.openedByPassword() as database:
            return [Workbench(database).stash()]


class Password(Operation):
    """
    Change the password, even one that has expired; say that it is to be stored again where it was stored before.
    """

    optFlags = [["stash", "s", "Store the new password as well"]]
    optParameters = [
        ["new-password-file", "n", None, "A file with the new password on its first line"],
        ["expires", "e", None, "Days until the new password expires; the default is never"],
    ]

    def perform(self) -> Sequence[Said | str]:
        expires = expiryIn(self["expires"])
        with self.openedByPassword(allowExpired=True) as database:
            database.changePassword(
                newPasswordFor(self.path, self["new-password-file"], "--new-password-file"), expires
            )
            return [said("SSLP302I", path=self.path), *self._afterChange(database)]

    def _afterChange(self, database: Database) -> list[Said]:
        if self["stash"]:
            return [Workbench(database).stash()]
        stash = stashPath(self.path)
        return [said("SSLP328W", stash=stash)] if os.path.lexists(stash) else []


class RecordLength(Operation):
    """
    Show or change the record length.
    """

    operands = "[LENGTH]"

    def perform(self) -> Sequence[Said | str]:
        with self.opened() as work:
            wanted = self["length"]
            return [work.recordLength() if wanted is None else work.setRecordLength(_lengthIn(wanted))]


class Info(Operation):
    """
    Show what is known of a key database as a whole.
    """

    _facts: tuple[tuple[str, str, object], ...] = ()

    def perform(self) -> Sequence[Said | str]:
        with self.opened() as work:
            database, records = work.database, work.database.records()
            self._facts = (
                ("database", "Database", os.path.abspath(self.path)),
                ("expires", "Expiration", database.expires),
                ("recordLength", "Record length", database.recordLength),
                ("default", "Default key", database.default()),
                ("keys", "Keys", sum(record.hasKey for record in records)),
                ("certificates", "Certificates", sum(not record.hasKey for record in records)),
                ("revocations", "Revocation lists", len(listRevocations(database))),
            )
        return formatFacts(*((name, _readable(key, value)) for key, name, value in self._facts))

    def shown(self, done: Sequence[Said | str]) -> object:
        return {key: value for key, _, value in self._facts}


class DeleteDatabase(Operation):
    """
    Remove a key database with its requests and its stash.  It needs the password.
    """

    def perform(self) -> Sequence[Said | str]:
        return [deleteDatabase(self.path, self.password())]


class List(Operation):
    """
    Show all certificates and revocation lists, a line for each.
    """

    optFlags = [
        ["revocations", "c", "Show the revocation lists only"],
        ["requests", "q", "Show the certificate requests only"],
    ]

    _records: tuple[CertificateRecord | RequestRecord | RevocationRecord, ...] = ()

    def perform(self) -> Sequence[Said | str]:
        with self.opened() as work:
            if self["requests"]:
                return self._requests(work.database)
            lists = listRevocations(work.database)
            records = [] if self["revocations"] else work.database.records()
        self._records = tuple(lists if self["revocations"] else records)
        table = formatList(records, time.time()) if records else []
        below = formatRevocations(lists, time.time())
        return [*table, *([""] if table and below else []), *below] or [said("SSLP308I", path=self.path)]

    def _requests(self, database: Database) -> Sequence[Said | str]:
        requests = [describeRequest(found.label, found.request) for found in requestsOf(database)]
        self._records = tuple(requests)
        return formatRequests(requests) or [said("SSLP392I", kind="certificate requests", path=self.path)]

    def shown(self, done: Sequence[Said | str]) -> object:
        return [asdict(record) for record in self._records]


class Show(LabelOperation):
    """
    Show one certificate, or the default one.
    """

    optFlags = [["default", None, "Show the default key; no label is needed"]]

    _record: CertificateRecord | None = None

    def postOptions(self) -> None:
        if not self["default"]:
            super().postOptions()

    def perform(self) -> Sequence[Said | str]:
        with self.opened() as work:
            label = work.database.default() if self["default"] else self.label
            if label is None:
                return [said("SSLP393I", path=self.path)]
            self._record = work.database.record(label)
        return formatDetails(self._record, time.time())

    def shown(self, done: Sequence[Said | str]) -> object:
        return None if self._record is None else asdict(self._record)


class Expiring(Operation):
    """
    Show the certificates that have expired or soon will, the next one first.
    """

    optParameters = [["days", None, "30", "Within how many days"]]

    _records: tuple[CertificateRecord, ...] = ()

    def perform(self) -> Sequence[Said | str]:
        days = daysIn(self["days"])
        with self.opened() as work:
            self._records = tuple(work.expiring(days))
        nothing = [said("SSLP384I", path=self.path, days=days)]
        return formatList(self._records, time.time()) if self._records else nothing

    def shown(self, done: Sequence[Said | str]) -> object:
        return [asdict(record) for record in self._records]


def _readable(key: str, value: object) -> str:
    if value is None:
        return "none"
    return formatTime(value) if key == "expires" and isinstance(value, float) else str(value)


def _lengthIn(text: str) -> int:
    if not (text.isdecimal() and len(text) < 10):
        raise operatorError("SSLP385E", length=repr(text), least=RECORD_LENGTH, most=65536)
    return int(text)
